"""Agreement under a spec from Python."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..graph.context import RunContext
from ..models.executors import HERE
from ..panel.records import Panel
from ..review.agreement import Agreement
from ..review.agreement import agreement as measured
from ..review.groups import GroupsFound, measured_groups
from ..spec import Spec
from .config import MEASURING
from .progress import Callback, Tracker
from .session import open_run
from .settings import configured
from .source import Source


async def agreement(
    spec: Spec | Path | str,
    panel: Panel | Path | str,
    *,
    model: str | None = None,
    groups: Sequence[str] = (),
    progress: Callback | None = None,
    on: str = HERE,
    **settings: Any,
) -> Agreement:
    """How far a ranker under this spec agrees with the people, overall and by section.

    Open conversations only: the sealed test split stays shut. `groups`: demographic keys to tell agreement by.
    `settings` and `on` as for `revise`. Nothing but the call cache is written. Raises InputError, BudgetEnded, CallFailed.
    """
    config = configured(spec, panel, model=model, settings=settings, roles=MEASURING)
    session = open_run(Source.read(spec, panel), config, tracker=Tracker(progress), keep=False, on=on)
    try:
        return await measured(session.inputs, groups, meter=session.tracker)
    finally:
        await session.close_models()
        session.close()


async def groups(
    spec: Spec | Path | str,
    panel: Panel | Path | str,
    *,
    model: str | None = None,
    by: Sequence[str] = (),
    progress: Callback | None = None,
    on: str = HERE,
    **settings: Any,
) -> GroupsFound:
    """Agreement under this spec by group of people, with intervals, and pooled so that small groups don't shout.

    `by`: attributes of people, or `clusters` found from their rankings; none: every attribute with two groups that are
    large enough. Otherwise as `agreement`. Raises InputError, BudgetEnded, CallFailed.
    """
    config = configured(spec, panel, model=model, settings=settings, roles=MEASURING)
    session = open_run(Source.read(spec, panel), config, tracker=Tracker(progress), keep=False, on=on)
    try:
        return await measured_groups(RunContext.of(session.inputs, meter=session.tracker), by)
    finally:
        await session.close_models()
        session.close()
