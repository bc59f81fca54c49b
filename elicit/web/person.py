"""The pages of whoever answers."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any

from pydantic import JsonValue
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from ...errors import RunError
from ..answers import Device
from ..steps.protocol import Form
from ..study_store import hashed
from .answering import COOKIE, FormProblem, form_of, notice, page, site_of
from .site import Visitor
from .taking import asked_at, take

NO_LINK = (
    "This link opens nothing here. Check that it is whole, or ask whoever sent it to you for another one: each link is "
    "for one person."
)
ELSEWHERE = "This link went on in another browser since. Load the page again if you want to go on here: what was saved is kept."
STALE = "This form is not from these pages, or has lost a part: load the page again. What was saved before is kept."
PAUSED = (
    "The study is paused. What you gave is saved; come back later by the same link and go on where you are."
)
CLOSED = "The study is closed. What you gave before is saved, and nothing of it is lost."
LATE = (
    "The study is closed. What you just sent was kept too, marked as late: whoever organises the study decides whether "
    "it counts."
)
NOT_SAVED = "That could not be saved just now. Nothing that was saved before is lost: wait a moment and send it again."
_COOKIE_DAYS = 180

View = Callable[[Request, Visitor], Awaitable[Response]]
Post = Callable[[Request, Visitor, Form], Awaitable[Response]]


def opened(view: View) -> Callable[[Request], Awaitable[Response]]:
    """A page for whoever has a link: unknown links, rates and other browsers are seen to."""

    @wraps(view)
    async def endpoint(request: Request) -> Response:
        found = await _visitor(request)
        if isinstance(found, Response):
            return found
        site = site_of(request)
        if wait := site.pages.wait(found.invitation.id):
            return _slower(request, wait)
        if found.elsewhere is not None:
            return _cookied(_elsewhere(request, found), found, request)
        return _cookied(await view(request, found), found, request)

    return endpoint


def posted(action: Post) -> Callable[[Request], Awaitable[Response]]:
    """A form of whoever has a link."""

    @wraps(action)
    async def endpoint(request: Request) -> Response:
        try:
            form = await form_of(request)
        except FormProblem as problem:
            return _said(
                request,
                problem.status,
                "Not saved",
                problem.sentence,
                back=request.url.path.removesuffix("/draft"),
            )
        found = await _visitor(request)
        if isinstance(found, Response):
            return found
        site = site_of(request)
        if wait := site.saves.wait(found.invitation.id):
            return _slower(request, wait)
        if not site.tokens.holds(form.text("token", 200), found.invitation.id):
            return _said(request, 403, "Not saved", STALE, back=f"/s/{found.token}")
        return await action(request, found, form)

    return endpoint


@opened
async def start(_: Request, visitor: Visitor) -> Response:
    """Where the person is: the first step that isn't done."""
    return RedirectResponse(_address(visitor, visitor.next), status_code=303)


@opened
async def step(request: Request, visitor: Visitor) -> Response:
    """One step's page."""
    place = int(request.path_params["place"])
    if place >= len(visitor.walk.steps):
        return RedirectResponse(_address(visitor, visitor.next), status_code=303)
    site = site_of(request)
    status = await run_in_threadpool(lambda: site.store.status)
    if status != "open":
        return notice(request, "The study is " + status, PAUSED if status == "paused" else CLOSED)
    if place > visitor.next:  # nothing is skipped: consent comes before all else
        return RedirectResponse(_address(visitor, visitor.next), status_code=303)
    return await run_in_threadpool(show_step, request, visitor, place)


@posted
async def submit(request: Request, visitor: Visitor, form: Form) -> Response:
    """Save a step and go on; without all that it needs, say what is missing and keep what was given."""
    return await _save(request, visitor, form, submitted=True)


@posted
async def draft(request: Request, visitor: Visitor, form: Form) -> Response:
    """Save what stands on the page; with `go` it was submitted by the page's script. Answers in JSON."""
    return await _save(request, visitor, form, submitted=form.text("go", 4) == "1")


@posted
async def here(request: Request, visitor: Visitor, form: Form) -> Response:  # noqa: ARG001
    """Go on in this browser, and no longer in the other one."""
    site = site_of(request)
    device = Device(participant=visitor.participant, mark=hashed(visitor.cookie), at=site.clock())
    await run_in_threadpool(site.store.take_device, device)
    return RedirectResponse(_address(visitor, visitor.next), status_code=303)


@opened
async def finish(request: Request, visitor: Visitor) -> Response:
    """Thanks, and a way back to each answer while the study is open."""
    if not visitor.finished:
        return RedirectResponse(_address(visitor, visitor.next), status_code=303)
    site = site_of(request)
    status = await run_in_threadpool(lambda: site.store.status)
    places = [
        (place, visitor.walk.item_number(place), visitor.walk.kind(step).title)
        for place, step in enumerate(visitor.walk.steps)
        if step.item
    ]
    return page(request, "finish.html", visitor=visitor, status_word=status, places=places)


async def front(request: Request) -> Response:
    """What is at the address itself."""
    return notice(
        request,
        site_of(request).store.study.title,
        "Open the personal link that you were sent: it brings you to your own place.",
    )


def show_step(
    request: Request, visitor: Visitor, place: int, *, given: Mapping[str, JsonValue] | None = None, problem: str = "",
    status: int = 200,
) -> Response:  # fmt: skip
    """A step's page, with what stands for it, or with what was just given."""
    site = site_of(request)
    asked = asked_at(site, visitor, place)
    kind = visitor.walk.kind(asked.step)
    values: dict[str, Any] = {
        "visitor": visitor, "place": place, "number": visitor.walk.item_number(place), "step": asked.step, "item": asked.item,
        "given": asked.given if given is None else given, "problem": problem, "base": f"/s/{visitor.token}",
        "token": site.tokens.token(visitor.invitation.id), "mark": secrets.token_hex(8), "shown": f"{site.clock():.3f}",
    }  # fmt: skip
    return page(request, kind.template, status=status, **{**values, **kind.view(asked)})


async def _save(request: Request, visitor: Visitor, form: Form, *, submitted: bool) -> Response:
    site = site_of(request)
    place = int(request.path_params["place"])
    if place >= len(visitor.walk.steps) or place > visitor.next:
        return _said(request, 409, "Not saved", STALE, back=f"/s/{visitor.token}")
    if visitor.elsewhere is not None:
        return _said(request, 409, "Not saved", ELSEWHERE, back=f"/s/{visitor.token}")
    taken = await run_in_threadpool(take, site, visitor, place, form, submitted=submitted)
    try:
        if not visitor.standing:
            device = Device(participant=visitor.participant, mark=hashed(visitor.cookie), at=site.clock())
            await run_in_threadpool(site.store.take_device, device)
        await site.saver.save(taken.answers)
    except RunError:
        return _said(
            request,
            503,
            "Not saved",
            NOT_SAVED,
            back=f"/s/{visitor.token}/{place}",
            headers={"retry-after": "5"},
        )
    if taken.status != "open":
        told = LATE if taken.status == "closed" else PAUSED
        return _said(
            request,
            409 if taken.status == "closed" else 200,
            "The study is " + taken.status,
            told,
            saved=True,
        )
    if submitted and taken.missing:
        if _scripted(request):
            return JSONResponse({"saved": True, "problem": taken.missing})
        return await run_in_threadpool(
            show_step,
            request,
            visitor,
            place,
            given=taken.answers[0].value,
            problem=taken.missing,
            status=422,
        )
    passed = {each.step for each in taken.answers}
    on = place + 1
    while on < len(visitor.walk.steps) and visitor.walk.steps[on].id in passed:
        on += 1
    address = _address(visitor, on)
    if _scripted(request):
        return JSONResponse({"saved": True, "next": address} if submitted else {"saved": True})
    return RedirectResponse(address, status_code=303)


async def _visitor(request: Request) -> Visitor | Response:
    site = site_of(request)
    token = request.path_params["token"]
    cookie = request.cookies.get(COOKIE, "")
    found = await run_in_threadpool(site.visitor, token, cookie[:64])
    if found is not None:
        return found
    client = request.client.host if request.client else ""
    if wait := site.guesses.wait(client):
        return _slower(request, wait)
    return _said(request, 404, "No such link", NO_LINK)


def _elsewhere(request: Request, visitor: Visitor) -> Response:
    site = site_of(request)
    return page(
        request, "elsewhere.html", status=409, visitor=visitor, base=f"/s/{visitor.token}",
        token=site.tokens.token(visitor.invitation.id),
    )  # fmt: skip


def _cookied(response: Response, visitor: Visitor, request: Request) -> Response:
    """Give a browser that has no mark one of its own."""
    if not visitor.cookie:
        # Lax: a link opened from a mail program comes from another site.
        response.set_cookie(
            COOKIE, secrets.token_urlsafe(16), max_age=86_400 * _COOKIE_DAYS, path="/s", httponly=True, samesite="lax",
            secure=request.url.scheme == "https",
        )  # fmt: skip
    return response


def _address(visitor: Visitor, place: int) -> str:
    return f"/s/{visitor.token}/{place if place < len(visitor.walk.steps) else 'finish'}"


def _scripted(request: Request) -> bool:
    return request.url.path.endswith("/draft")


def _slower(request: Request, wait: float) -> Response:
    seconds = max(1, round(wait + 0.5))
    sentence = (
        f"That was too much in too short a time: wait {seconds} {'second' if seconds == 1 else 'seconds'} and try again. "
        "What was saved before is kept."
    )
    return _said(request, 429, "A little slower, please", sentence, headers={"retry-after": str(seconds)})


def _said(
    request: Request, status: int, title: str, sentence: str, *, back: str = "", saved: bool = False,
    headers: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    """One sentence, as a page or to the page's script."""
    if _scripted(request):
        return JSONResponse({"saved": saved, "problem": sentence}, status_code=status, headers=headers)
    return notice(request, title, sentence, status=status, back=back, headers=headers)
