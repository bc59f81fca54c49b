"""The pages of conversations, and their list as CSV."""

import csv
import io

from starlette.requests import Request
from starlette.responses import Response

from ..csv_safety import inert
from ..reading.conversations import ORDERS, ConversationFilter
from .answering import answer, notice, page_of, reading_of, waits_for

SIZE = 50
"""Rows on a page."""


def conversations(request: Request) -> Response:
    reading = reading_of(request)
    if (wait := waits_for(request, reading, "people")) is not None:
        return wait
    wanted = _talk_filter(request)
    view = reading.conversations(wanted, limit=SIZE, offset=page_of(request) * SIZE)
    picked = {**wanted.model_dump(), "gap": _points(wanted.gap), "by": _points(wanted.by)}
    return answer(
        request, "conversations.html", reading, view=view, chosen=picked, page=page_of(request), size=SIZE
    )


def conversations_csv(request: Request) -> Response:
    """All rows of the filter as CSV; a cell that a spreadsheet would take for a formula is made a text."""
    reading = reading_of(request)
    if (wait := waits_for(request, reading, "people")) is not None:
        return wait
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    names = ("id", "title", "section", "people", "before", "after", "moved", "gap")
    writer.writerow(names)
    view = reading.conversations(_talk_filter(request), limit=1_000_000)
    for row in view.rows:
        writer.writerow([inert(getattr(row, name)) for name in names])
    return download(out.getvalue(), f"{reading.id}-conversations.csv", "text/csv; charset=utf-8")


def conversation(request: Request) -> Response:
    reading = reading_of(request)
    if (wait := waits_for(request, reading, "people")) is not None:
        return wait
    view = reading.conversation(
        request.query_params.get("id", ""), limit=SIZE, offset=page_of(request) * SIZE
    )
    if view is None:
        return notice(
            request,
            "There is no such conversation among those that may be looked at (the sealed test part stays shut).",
            404,
            reading,
        )
    return answer(request, "conversation.html", reading, view=view, page=page_of(request), size=SIZE)


def download(body: str, name: str, kind: str) -> Response:
    return Response(
        body.encode("utf-8", "replace"),
        media_type=kind,
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def _talk_filter(request: Request) -> ConversationFilter:
    asked = request.query_params
    order = asked.get("order", "gap")
    return ConversationFilter(
        section=asked.get("section", ""), moved=asked.get("moved", ""), gap=_fraction(asked.get("gap", "")),
        by=_fraction(asked.get("by", "")), order=order if order in ORDERS else "gap",
    )  # fmt: skip


def _fraction(points: str) -> float:
    """Percentage points as a fraction; 0 for what is no number of them."""
    try:
        value = float(points.replace(",", ".")) / 100
    except ValueError:
        return 0.0
    return value if 0 < value <= 1 else 0.0


def _points(fraction: float) -> str:
    return f"{100 * fraction:g}" if fraction else ""
