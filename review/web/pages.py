"""The pages that only show: each reads what it needs and hands it to its template."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Any, cast, get_args
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from ...errors import RunError
from ...spec import unified_patch
from ..csv_safety import inert
from ..decided import chosen, decided
from ..reading.comparing import compare_readings
from ..reading.conversations import ORDERS, ConversationFilter
from ..reading.listing import run_rows
from ..reading.run import RunReading
from ..reading.stability import compare_several
from ..reading.trace import CallFilter, Where
from ..redlining import flag_sentences, section_redlines
from .answering import NOT_FOUND, answer, notice, page_of, reading_of, site_of, waits_for

SIZE = 50
"""Rows on a page."""
MOST_RUNS = 20
"""Runs that are held against each other."""
MOST_OFFERED = 200
"""Proposals to choose from, those that most deserve attention."""


def runs(request: Request) -> Response:
    """The runs there are, or the only one."""
    site = site_of(request)
    if site.only is not None and "all" not in request.query_params:
        return RedirectResponse(f"/runs/{site.only.id}/", status_code=302)
    offset = page_of(request) * SIZE
    rows, total = run_rows(site.folders(), limit=SIZE, offset=offset)
    return answer(request, "runs.html", rows=rows, total=total, page=page_of(request), size=SIZE)


def overview(request: Request) -> Response:
    reading = reading_of(request)
    progress = reading.progress()
    return answer(
        request, "overview.html", reading, view=reading.overview(), progress=progress,
        headers=None if progress.has("people") else {"refresh": "2"},
        going=site_of(request).going(reading.id),
    )  # fmt: skip


def sections(request: Request) -> Response:
    reading = reading_of(request)
    if (wait := waits_for(request, reading, "people")) is not None:
        return wait
    view = reading.sections()
    key = request.query_params.get("group", "")
    groups = reading.groups(key) if key in view.keys else None
    return answer(request, "sections.html", reading, view=view, groups=groups, key=key)


def docket(request: Request) -> Response:
    reading = reading_of(request)
    chosen = {name: request.query_params.get(name, "") for name in ("status", "origin", "section")}
    view = reading.docket(**chosen, limit=SIZE, offset=page_of(request) * SIZE)
    summary = reading.source.summary()
    origins = summary.origins if summary else None
    return answer(
        request,
        "docket.html",
        reading,
        view=view,
        chosen=chosen,
        page=page_of(request),
        size=SIZE,
        origins=origins,
    )


def proposal(request: Request) -> Response:
    return show_proposal(request)


def show_proposal(
    request: Request, *, problem: str = "", given: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    """One proposal's page; with `problem` and `given`, what was wrong with a decision and what was typed."""
    reading = reading_of(request)
    every = "quotes" in request.query_params
    view = reading.proposal(request.path_params["proposal"], quotes=200 if every else 5)
    if view is None:
        return notice(request, "There is no such proposal in this run.", 404, reading)
    titles = {case.row.id: case.row.title for case in (*view.best, *view.worst)}
    return answer(
        request, "proposal.html", reading, status=status, view=view, titles=titles, problem=problem,
        hangs=reading.hangs_on.get(view.row.id, ""),
        given=given or {}, progress=reading.progress(), every=every,
        openings=site_of(request).openings(reading), testing=site_of(request).going(reading.id) == "testing",
    )  # fmt: skip


def preview(request: Request) -> Response:
    """What approving these and not those would do to the text: the proposals named with `with`, or what was decided."""
    reading = reading_of(request)
    outcome = decided(reading)
    wanted = request.query_params.getlist("with")
    so_far = [each.proposal for each in outcome.applied]
    here = outcome
    if "only" in request.query_params:
        here = chosen(reading, set(wanted))
    else:
        wanted = so_far
    original = reading.known.original
    if "patch" in request.query_params:
        name = reading.source.launched.spec_name
        return PlainTextResponse(unified_patch(original.text, here.text.text, name))
    rows = reading.docket_rows()
    offered = [row for row in rows if row.effect is not None or row.id in {*wanted, *so_far}]
    return answer(
        request, "preview.html", reading, rows=offered[:MOST_OFFERED], by_id={row.id: row for row in rows},
        wanted=set(wanted), outcome=here, redlines=section_redlines(original, here.text, 1),
        flags=flag_sentences(original, here.text),
        beside=section_redlines(outcome.text, here.text, 1) if here.text.text != outcome.text.text else (),
        address="?" + urlencode([("only", "1"), *(("with", id_) for id_ in wanted)]),
    )  # fmt: skip


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


def trace(request: Request) -> Response:
    reading = reading_of(request)
    if (wait := waits_for(request, reading, "calls")) is not None:
        return wait
    wanted = _call_filter(request)
    view = reading.calls(wanted, limit=SIZE, offset=page_of(request) * SIZE)
    return answer(
        request, "trace.html", reading, nodes=reading.nodes(), view=view, wanted=wanted, page=page_of(request),
        size=SIZE, progress=reading.progress(), chosen=_chosen(wanted), intents=_intents(reading),
    )  # fmt: skip


def call(request: Request) -> Response:
    reading = reading_of(request)
    found = reading.call(request.path_params["call"])
    if found is None:
        return notice(request, "There is no such call in this run.", 404, reading)
    parsed = json.dumps(found.answer, ensure_ascii=False, indent=2)
    return answer(request, "call.html", reading, call=found, parsed=parsed, intents=_intents(reading))


def text(request: Request) -> Response:
    """A text of the run as plain Markdown, or its patch against the original."""
    reading = reading_of(request)
    texts = reading.texts()
    found = texts.get(request.path_params["name"])
    if found is None:
        return notice(request, f"The run has no such text; it has {', '.join(texts)}.", 404, reading)
    if "patch" in request.query_params:
        patch = unified_patch(texts["original"].text, found.text, reading.source.launched.spec_name)
        return PlainTextResponse(patch)
    return PlainTextResponse(found.text)


def changes(request: Request) -> Response:
    """The whole revision as one redline."""
    reading = reading_of(request)
    texts = reading.texts()
    found = texts.get(request.path_params["name"])
    if found is None:
        return notice(request, f"The run has no such text; it has {', '.join(texts)}.", 404, reading)
    redlines = section_redlines(texts["original"], found, 1)
    return answer(request, "changes.html", reading, name=request.path_params["name"], redlines=redlines)


def compare(request: Request) -> Response:
    """Two runs side by side."""
    site = site_of(request)
    ids = [folder.id for folder in site.folders()]
    chosen = [request.query_params.get(name, "") for name in ("a", "b")]
    view = None
    if all(chosen):
        try:
            view = compare_readings(site.reading(chosen[0]), site.reading(chosen[1]))
        except RunError as problem:
            return notice(request, str(problem), 404)
    return answer(request, "compare.html", ids=ids[:500], a=chosen[0], b=chosen[1], view=view)


def stability(request: Request) -> Response:
    """Several runs of the same: how far they decide alike."""
    site = site_of(request)
    ids = [folder.id for folder in site.folders()]
    wanted = list(dict.fromkeys(request.query_params.getlist("run")))[:MOST_RUNS]
    try:
        readings = [site.reading(id_) for id_ in wanted]
    except RunError as problem:
        return notice(request, str(problem), 404)
    view = compare_several(readings) if len(readings) > 1 else None
    return answer(request, "stability.html", ids=ids[:500], wanted=wanted, view=view)


def keys(request: Request) -> Response:
    return answer(request, "keys.html")


def missing(request: Request, problem: Exception) -> Response:
    return notice(request, str(problem) if isinstance(problem, RunError) else NOT_FOUND, 404)


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


def _call_filter(request: Request) -> CallFilter:
    asked: Callable[[str], str] = lambda name: request.query_params.get(name, "")  # noqa: E731
    where = asked("where")
    return CallFilter(
        round=int(asked("round")) if asked("round").isdecimal() and len(asked("round")) < 9 else None,
        node=asked("node"), subject=asked("subject"), role=asked("role"), failed=bool(asked("failed")),
        failed_first=bool(asked("failed_first")), search=asked("q")[:500],
        where=cast(Where, where if where in get_args(Where) else "everything"),
    )  # fmt: skip


def _chosen(wanted: CallFilter) -> dict[str, Any]:
    return {
        "round": wanted.round, "node": wanted.node, "subject": wanted.subject, "role": wanted.role,
        "failed": wanted.failed and "1", "failed_first": wanted.failed_first and "1", "q": wanted.search,
        "where": "" if wanted.where == "everything" else wanted.where,
    }  # fmt: skip


def _intents(reading: RunReading) -> dict[str, str]:
    return {id_: each.intent for id_, each in reading.known.by_id.items()}
