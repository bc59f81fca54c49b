"""The pages of whoever answers."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any

from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ..study_store import hashed
from .answering import COOKIE, notice, page, site_of
from .site import Visitor
from .taking import asked_at
from .visits import CLOSED, PAUSED, address_of, slower, visitor_of

_COOKIE_DAYS = 180

View = Callable[[Request, Visitor], Response]


def opened(view: View) -> Callable[[Request], Awaitable[Response]]:
    """A page for whoever has a link: unknown links, rates and other browsers are seen to."""

    def looked(request: Request) -> Response:
        found = visitor_of(request)
        if isinstance(found, Response):
            return found
        page = view(request, found) if found.elsewhere is None else _elsewhere(request, found)
        return _cookied(page, found, request)

    @wraps(view)
    async def endpoint(request: Request) -> Response:
        if wait := site_of(request).pages.wait(hashed(request.path_params["token"])):
            return slower(request, wait)
        return await site_of(request).work(looked, request)

    return endpoint


@opened
def start(_: Request, visitor: Visitor) -> Response:
    """Where the person is: the first step that isn't done."""
    return RedirectResponse(address_of(visitor, visitor.next), status_code=303)


@opened
def step(request: Request, visitor: Visitor) -> Response:
    """One step's page. Nothing is skipped: consent comes before all else."""
    place = int(request.path_params["place"])
    if place >= len(visitor.walk.steps) or place > visitor.next:
        return RedirectResponse(address_of(visitor, visitor.next), status_code=303)
    status = site_of(request).store.status
    if status != "open":
        return notice(request, "The study is " + status, PAUSED if status == "paused" else CLOSED)
    return show_step(request, visitor, place)


@opened
def finish(request: Request, visitor: Visitor) -> Response:
    """Thanks, and a way back to each answer while the study is open."""
    if not visitor.finished:
        return RedirectResponse(address_of(visitor, visitor.next), status_code=303)
    places = [
        (place, visitor.walk.item_number(place), visitor.walk.kind(step).title)
        for place, step in enumerate(visitor.walk.steps)
        if step.item
    ]
    status = site_of(request).store.status
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
