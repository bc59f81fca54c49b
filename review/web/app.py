"""The pages' addresses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ...errors import RunError
from . import actions, exporting, pages
from .access import Guard
from .answering import site_of
from .rendering import STATIC, environment
from .site import Site


def build_app(site: Site) -> Guard:
    """The web application over a site, guarded."""
    run = "/runs/{run}"
    routes = [
        Route("/", pages.runs),
        Route("/compare", pages.compare),
        Route("/stability", pages.stability),
        Route("/keys", pages.keys),
        Route(f"{run}/", pages.overview),
        Route(f"{run}/sections", pages.sections),
        Route(f"{run}/docket", pages.docket),
        Route(f"{run}/proposals/{{proposal}}", pages.proposal),
        Route(f"{run}/proposals/{{proposal}}/decide", actions.choose, methods=["POST"]),
        Route(f"{run}/proposals/{{proposal}}/label", actions.label, methods=["POST"]),
        Route(f"{run}/decide", actions.decide_page),
        Route(f"{run}/preview", pages.preview),
        Route(f"{run}/undo", actions.undo, methods=["POST"]),
        Route(f"{run}/go-on", actions.go_on, methods=["POST"]),
        Route(f"{run}/conversations", pages.conversations),
        Route(f"{run}/conversations.csv", pages.conversations_csv),
        Route(f"{run}/conversation", pages.conversation),
        Route(f"{run}/trace", pages.trace),
        Route(f"{run}/calls/{{call}}", pages.call),
        Route(f"{run}/texts/{{name}}", pages.text),
        Route(f"{run}/texts/{{name}}/changes", pages.changes),
        Route(f"{run}/export", exporting.listing),
        Route(f"{run}/export/{{name:path}}", exporting.file),
        Route(f"{run}/report", exporting.report),
        Route(f"{run}/events", events),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            site.close()

    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={RunError: pages.missing, HTTPException: pages.missing},
    )
    app.state.site = site
    app.state.templates = environment()
    return Guard(app, site.access)


async def events(request: Request) -> Response:
    """The stream of one run's changes."""
    reading = site_of(request).reading(request.path_params["run"])
    return StreamingResponse(
        site_of(request).streams.events(reading, request.is_disconnected),
        media_type="text/event-stream",
        headers={"x-accel-buffering": "no"},
    )
