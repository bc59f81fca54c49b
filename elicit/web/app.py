"""The addresses of a study's pages."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ...review.web.access import Access, Guard
from ...review.web.rendering import STATIC as SHARED
from ..steps.protocol import StepKind
from ..steps.walk import STEP_KINDS
from ..study_store import StudyStore
from . import organiser, person, saving
from .answering import notice
from .limits import Limits
from .site import StudySite

STATIC = Path(__file__).parent / "static"
LARGEST_BODY = 8_000_000
"""Bytes that are read at all; what a form may hold is less, and is said on a page."""


def study_app(
    store: StudyStore,
    access: Access,
    *,
    kinds: Sequence[StepKind] = STEP_KINDS,
    limits: Limits | None = None,
    templates: Sequence[Path] = (),
    clock: Callable[[], float] = time.time,
) -> Guard:
    """The web application of one study, guarded. Raises RunError where the store holds no study.

    `kinds` are the steps that people may take; `templates` are folders with templates of further kinds.
    """
    store.study  # noqa: B018 - it is read now, so that a broken study is told before anybody comes
    store.mend()
    site = StudySite(store, access, kinds, limits or Limits(), templates, clock)
    routes = [
        Route("/", person.front),
        Route("/s/{token}", person.start),
        Route("/s/{token}/finish", person.finish),
        Route("/s/{token}/here", saving.here, methods=["POST"]),
        Route("/s/{token}/{place:int}", person.step),
        Route("/s/{token}/{place:int}", saving.submit, methods=["POST"]),
        Route("/s/{token}/{place:int}/draft", saving.draft, methods=["POST"]),
        Route("/o/{token}", organiser.overview),
        Route("/o/{token}/status", organiser.status, methods=["POST"]),
        Route("/o/{token}/export.zip", organiser.export),
        Mount("/static", StaticFiles(directory=SHARED)),
        Mount("/study", StaticFiles(directory=STATIC)),
    ]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            store.store.flush()

    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers={HTTPException: _missing})
    app.state.site = site
    return Guard(app, access.model_copy(update={"older_browsers": True}), largest_body=LARGEST_BODY)


async def _missing(request: Request, problem: Exception) -> Response:
    status = problem.status_code if isinstance(problem, HTTPException) else 404
    return notice(
        request, "No such page", "There is no such page here. Open your personal link again.", status=status
    )
