"""What the forms do: decide, take back, dispute a verdict, let a paused run go on."""

from collections.abc import Awaitable, Callable
from functools import wraps
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...errors import InputError
from .. import choosing as choices
from ..closing import close_round
from ..decided import decided
from ..labels import label_verdict
from ..redlining import section_redlines
from .access import LARGEST_BODY
from .answering import answer, notice, reading_of, site_of, user_of
from .pages import show_proposal

Form = dict[str, str]
Action = Callable[[Request, Form], Response]
STALE = "This form is older than the server, or not from these pages: load the page again and repeat what you did."


def form(action: Action) -> Callable[[Request], Awaitable[Response]]:
    """Reads a form, refuses one without this user's token, and runs the action off the event loop."""

    @wraps(action)
    async def endpoint(request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                return Response("That is more than a form here may hold.\n", status_code=413)
        try:
            fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=100)
        except ValueError:
            return Response("The form can't be read.\n", status_code=400)
        given = {name: values[-1] for name, values in fields.items()}
        if not site_of(request).tokens.holds(given.get("token", ""), user_of(request)):
            return await run_in_threadpool(notice, request, STALE, 403)
        return await run_in_threadpool(action, request, given)

    return endpoint


@form
def choose(request: Request, given: Form) -> Response:
    """Write down a reviewer's choice on one proposal."""
    reading = reading_of(request)
    id_ = request.path_params["proposal"]
    if id_ not in reading.known.by_id:
        return notice(request, "There is no such proposal in this run.", 404, reading)
    name = user_of(request) or given.get("name", "")
    try:
        choice = given.get("choice", "")
        entry = choices.choose(
            reading, id_, choice, name=name, reason=given.get("reason", ""), wording=given.get("wording", ""),
            colleague=given.get("colleague", "") if choice == "ask" else "",
        )  # fmt: skip
        if entry.choice == "reword":
            site_of(request).try_wordings(reading)
    except InputError as problem:
        return show_proposal(request, problem=str(problem), given=given, status=422)
    return _back(request, f"/runs/{reading.id}/proposals/{id_}#decide", name)


@form
def undo(request: Request, given: Form) -> Response:
    """Take a choice back."""
    reading = reading_of(request)
    name = user_of(request) or given.get("name", "")
    try:
        choices.take_back(reading, given.get("entry", ""), name=name)
    except InputError as problem:
        return show_decide(request, problem=str(problem), status=422)
    return _back(request, f"/runs/{reading.id}/decide", name)


@form
def label(request: Request, given: Form) -> Response:
    """Dispute a verdict: the reviewer's own label beside the validator's."""
    reading = reading_of(request)
    id_ = request.path_params["proposal"]
    name = user_of(request) or given.get("name", "")
    try:
        label_verdict(reading, id_, given.get("assessment", ""), given.get("stance", ""), name=name)
    except InputError as problem:
        return show_proposal(request, problem=str(problem), status=422)
    return _back(request, f"/runs/{reading.id}/proposals/{id_}#words", name)


@form
def go_on(request: Request, given: Form) -> Response:
    """Close the round: hand the choices to the loop and let it go on."""
    reading = reading_of(request)
    try:
        site_of(request).start(reading, close_round(reading, asked=given.get("asked", "")))
    except InputError as problem:
        return show_decide(request, problem=str(problem), status=422)
    return RedirectResponse(f"/runs/{reading.id}/", status_code=303)


def decide_page(request: Request) -> Response:
    return show_decide(request)


def show_decide(request: Request, *, problem: str = "", status: int = 200) -> Response:
    """Everything that was decided, what the text would be, and how to go on."""
    reading = reading_of(request)
    known = reading.known
    outcome = decided(reading)
    rows = {row.id: row for row in reading.docket_rows()}
    standing = reading.desk.standing()
    return answer(
        request, "decide.html", reading, status=status, problem=problem, outcome=outcome, rows=rows,
        standing=standing, asked=known.asked, filed=known.filed, state=reading.state(), going=site_of(request).going(reading.id),
        can_go_on=site_of(request).go_on is not None, openings=site_of(request).openings(reading),
        redlines=section_redlines(known.original, outcome.text, 1), entries=reading.desk.entries(),
        wordings=known.wordings,
    )  # fmt: skip


def _back(request: Request, where: str, name: str) -> Response:
    response = RedirectResponse(where, status_code=303)
    if not user_of(request) and name.isascii() and name.isprintable():
        response.set_cookie("concord_name", name[:120], httponly=True, samesite="strict", max_age=86_400 * 30)
    return response
