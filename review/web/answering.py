"""What every page has in common: the site, the run, the template, and what is said where something is missing."""

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ..reading.index import Stage
from ..reading.run import RunReading
from .site import Site

NOT_FOUND = "There is no such page here."
WAITING: dict[Stage, str] = {
    "calls": "The calls of this run are being counted.",
    "people": "The participants' data is being read.",
    "search": "The words of this run's calls are being indexed.",
}


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def reading_of(request: Request) -> RunReading:
    """The run that the address names. Raises RunError where there is none."""
    return site_of(request).reading(request.path_params["run"])


def user_of(request: Request) -> str:
    """The known user; empty where whoever decides types a name."""
    user: str = request.state.user
    return user


def page_of(request: Request) -> int:
    """The number of the page asked for, from 0."""
    value = request.query_params.get("page", "0")
    return min(int(value), 10_000_000) if value.isdecimal() and len(value) < 9 else 0


def answer(
    request: Request, template: str, reading: RunReading | None = None, *, status: int = 200,
    headers: dict[str, str] | None = None, **values: Any,
) -> Response:  # fmt: skip
    """A rendered page."""
    site = site_of(request)
    user = user_of(request)
    html = request.app.state.templates.get_template(template).render(
        run=reading.id if reading else "", reading=reading, path=request.url.path, user=user,
        typed_name=user or request.cookies.get("concord_name", ""), token=site.tokens.token(user),
        live=bool(reading and not reading.source.finished), mode=site.access.mode,
        **{"notice": reading.notice if reading else "", **values},
    )  # fmt: skip
    # Lone surrogates, as hostile data may hold, have no UTF-8.
    return HTMLResponse(html.encode("utf-8", "replace"), status_code=status, headers=headers)


def notice(request: Request, sentence: str, status: int, reading: RunReading | None = None) -> Response:
    """A page that says one thing."""
    return answer(request, "notice.html", reading, status=status, sentence=sentence, progress=None)


def waits_for(request: Request, reading: RunReading, stage: Stage) -> Response | None:
    """A page that says what is still being made ready, and loads itself again; None where it is there."""
    progress = reading.progress()
    if stage == "people" and progress.problem:
        return notice(request, progress.problem, 200, reading)
    if progress.has(stage):
        return None
    return answer(
        request, "notice.html", reading, status=200, headers={"refresh": "1"}, sentence=WAITING[stage],
        progress=progress,
    )  # fmt: skip
