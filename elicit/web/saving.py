"""The forms of whoever answers: saved, told what is missing, and where to go on."""

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from ...errors import RunError
from ..answers import Device
from ..steps.protocol import Form
from ..study_store import hashed
from .answering import FormProblem, form_of, site_of
from .person import show_step
from .site import StudySite, Visitor
from .taking import Taken, take
from .visits import (
    ELSEWHERE,
    LATE,
    NOT_SAVED,
    PAUSED,
    STALE,
    address_of,
    said,
    scripted,
    slower,
    visitor_of,
)


async def submit(request: Request) -> Response:
    """Save a step and go on; without all that it needs, say what is missing and keep what was given."""
    form = await _form(request)
    return form if isinstance(form, Response) else await _save(request, form, submitted=True)


async def draft(request: Request) -> Response:
    """Save what stands on the page; with `go` it was submitted by the page's script. Answers in JSON."""
    form = await _form(request)
    if isinstance(form, Response):
        return form
    return await _save(request, form, submitted=form.text("go", 4) == "1")


async def here(request: Request) -> Response:
    """Go on in this browser, and no longer in the other one."""
    form = await _form(request)
    if isinstance(form, Response):
        return form

    def taken_over() -> Response:
        visitor = _known(request, form)
        if isinstance(visitor, Response):
            return visitor
        _take_device(site_of(request), visitor)
        return RedirectResponse(address_of(visitor, visitor.next), status_code=303)

    return await site_of(request).work(taken_over)


async def _save(request: Request, form: Form, *, submitted: bool) -> Response:
    """Read what is known and what was sent, and write it together with what others sent."""
    site = site_of(request)
    found = await site.work(_read, request, form, submitted=submitted)
    if isinstance(found, Response):
        return found
    visitor, taken = found
    place = int(request.path_params["place"])
    try:
        if not visitor.standing:
            await site.work(_take_device, site, visitor)
        await site.saver.save(taken.answers)
    except RunError:
        return said(
            request,
            503,
            "Not saved",
            NOT_SAVED,
            back=f"/s/{visitor.token}/{place}",
            headers={"retry-after": "5"},
        )
    if taken.status != "open":
        told = LATE if taken.status == "closed" else PAUSED
        return said(
            request,
            409 if taken.status == "closed" else 200,
            "The study is " + taken.status,
            told,
            saved=True,
        )
    if submitted and taken.missing:
        if scripted(request):
            return JSONResponse({"saved": True, "problem": taken.missing})
        return await site.work(
            show_step,
            request,
            visitor,
            place,
            given=taken.answers[0].value,
            problem=taken.missing,
            status=422,
        )
    if not submitted:
        return JSONResponse({"saved": True})
    passed = {each.step for each in taken.answers}
    on = place + 1
    while on < len(visitor.walk.steps) and visitor.walk.steps[on].id in passed:
        on += 1
    address = address_of(visitor, on)
    return (
        JSONResponse({"saved": True, "next": address})
        if scripted(request)
        else RedirectResponse(address, status_code=303)
    )


def _read(request: Request, form: Form, *, submitted: bool) -> tuple[Visitor, Taken] | Response:
    """Who sent what; a refusal where it can't be taken."""
    visitor = _known(request, form)
    if isinstance(visitor, Response):
        return visitor
    place = int(request.path_params["place"])
    if place >= len(visitor.walk.steps) or place > visitor.next:
        return said(request, 409, "Not saved", STALE, back=f"/s/{visitor.token}")
    if visitor.elsewhere is not None:
        return said(request, 409, "Not saved", ELSEWHERE, back=f"/s/{visitor.token}")
    return visitor, take(site_of(request), visitor, place, form, submitted=submitted)


async def _form(request: Request) -> Form | Response:
    """The form, within its link's rate."""
    try:
        form = await form_of(request)
    except FormProblem as problem:
        return said(
            request,
            problem.status,
            "Not saved",
            problem.sentence,
            back=request.url.path.removesuffix("/draft"),
        )
    if wait := site_of(request).saves.wait(hashed(request.path_params["token"])):
        return slower(request, wait)
    return form


def _known(request: Request, form: Form) -> Visitor | Response:
    """Whoever sent a form that is from these pages."""
    found = visitor_of(request)
    if isinstance(found, Response) or site_of(request).tokens.holds(
        form.text("token", 200), found.invitation.id
    ):
        return found
    return said(request, 403, "Not saved", STALE, back=f"/s/{found.token}")


def _take_device(site: StudySite, visitor: Visitor) -> None:
    site.store.take_device(
        Device(participant=visitor.participant, mark=hashed(visitor.cookie), at=site.clock())
    )
