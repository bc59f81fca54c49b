"""Downloads: the files of an export, and the report."""

import re

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ..html_report import report_html
from ..publish import ABOUT, export_files
from .answering import answer, notice, reading_of, waits_for

_KINDS = {"json": "application/json", "csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}


def listing(request: Request) -> Response:
    """What there is to take away."""
    reading = reading_of(request)
    files = {
        name: ABOUT.get(name)
        or ABOUT.get(name.rpartition(".")[2])
        or "the revised spec, with the decisions applied"
        for name in export_files(reading)
    }
    return answer(request, "export.html", reading, files=files, standing=reading.desk.standing())


def file(request: Request) -> Response:
    reading = reading_of(request)
    name = request.path_params["name"]
    make = export_files(reading).get(name)
    if make is None:
        return notice(request, "There is no such file in the export.", 404, reading)
    if name == "rankings.jsonl" and (wait := waits_for(request, reading, "people")) is not None:
        return wait
    kind = _KINDS.get(name.rpartition(".")[2], "text/plain; charset=utf-8")
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    return Response(
        make(), media_type=kind, headers={"content-disposition": f'attachment; filename="{plain}"'}
    )


def report(request: Request) -> Response:
    """The report as a download: its styles are inside it, which these pages' own policy wouldn't allow."""
    reading = reading_of(request)
    if (wait := waits_for(request, reading, "people")) is not None and not reading.progress().problem:
        return wait
    name = re.sub(r"[^A-Za-z0-9._-]", "_", reading.id)
    return HTMLResponse(
        report_html(reading).encode("utf-8", "replace"),
        headers={"content-disposition": f'attachment; filename="{name}-report.html"'},
    )
