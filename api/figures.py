"""Agreement under a spec from Python."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..models.executors import HERE
from ..panel.records import Panel
from ..review.agreement import Agreement
from ..review.agreement import agreement as measured
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
