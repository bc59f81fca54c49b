"""The organiser's page: how it goes, pause and close, and everything so far as a download."""

import secrets
import time
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ..export import export_zip
from ..progress import StudyProgress, study_progress
from ..records import Status
from .answering import FormProblem, form_of, notice, page, site_of
from .visits import NO_LINK, STALE

_USER = "organiser"
_SHOWN_HOURS = 48

View = Callable[[Request], Awaitable[Response]]


def known(view: View) -> View:
    """Only for whoever has the organiser's link."""

    @wraps(view)
    async def endpoint(request: Request) -> Response:
        site = site_of(request)
        token = request.path_params["token"]
        if not secrets.compare_digest(
            token.encode("utf-8", "surrogatepass"), site.store.organiser_token.encode()
        ):
            client = request.client.host if request.client else ""
            if site.guesses.wait(client):
                return notice(request, "A little slower, please", "Wait a minute and try again.", status=429)
            return notice(request, "No such link", NO_LINK, status=404)
        return await view(request)

    return endpoint


@known
async def overview(request: Request) -> Response:
    """How many are through, what lacks raters, and the pace."""
    site = site_of(request)
    found = await run_in_threadpool(study_progress, site.store, site.kinds)
    return page(
        request, "organiser.html", progress=found, pace=pace(found, site.clock()), base=f"/o/{site.store.organiser_token}",
        token=site.tokens.token(_USER),
    )  # fmt: skip


@known
async def status(request: Request) -> Response:
    """Pause, open or close."""
    site = site_of(request)
    try:
        form = await form_of(request)
    except FormProblem as problem:
        return notice(request, "Not done", problem.sentence, status=problem.status)
    wanted = form.choice("status", ("open", "paused", "closed"))
    if not site.tokens.holds(form.text("token", 200), _USER) or not wanted:
        return notice(request, "Not done", STALE, status=403)
    await run_in_threadpool(site.store.set_status, cast(Status, wanted))
    return RedirectResponse(f"/o/{site.store.organiser_token}", status_code=303)


@known
async def export(request: Request) -> Response:
    """Everything so far, in the layout of the collective-alignment release."""
    site = site_of(request)
    packed = await run_in_threadpool(export_zip, site.store)
    stamp = time.strftime("%Y%m%d-%H%M", time.gmtime(site.clock()))
    return Response(
        packed,
        media_type="application/zip",
        headers={"content-disposition": f'attachment; filename="study-{stamp}.zip"'},
    )


def pace(progress: StudyProgress, now: float) -> list[tuple[int, int]]:
    """(hours ago, answers) of the last two days, the oldest first."""
    counts = dict(progress.hours)
    hour = int(now // 3600)
    return [(ago, counts.get(hour - ago, 0)) for ago in range(_SHOWN_HOURS - 1, -1, -1)]
