"""The loop from Python: a spec and its people in, a run out."""

import asyncio
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..graph.launching import Finished, launch
from ..graph.policies import Policies
from ..graph.question import Question
from ..models.executors import HERE
from ..panel.records import Panel
from ..spec import Spec
from .answers import Answering, Person
from .config import Limits
from .probe import probe
from .progress import Callback, Tracker
from .runs import Run
from .session import RunSession, open_run, reopen_run
from .settings import configured
from .source import Source
from .wordings import answer_for, test_wordings


async def revise(
    spec: Spec | Path | str,
    panel: Panel | Path | str,
    *,
    model: str | None = None,
    out: Path | str | None = None,
    keep: bool = True,
    progress: Callback | None = None,
    person: Person | None = None,
    policies: Policies | None = None,
    store: str | None = None,
    on: str = HERE,
    **settings: Any,
) -> Run:
    """Revise a spec until it agrees with the people.

    `spec` and `panel` are objects, or paths as on the command line. `model` is the base model of every agent;
    `settings` are the command line's options by name: those of `Options` (`rounds=3`), of `Limits`
    (`max_usd=20`), and of `AgentModels` (`ranker_model=…`, `config=…`). The run lies in the folder `out`, by
    default in one of its own under the home; with `keep=False` nothing but the call cache is written. `store` is the
    URL of a shared store (`postgresql://…`) for its records, by default $CONCORD_STORE.

    `progress` hears where the run stands (a `Progress`). With `approve=True` each adoption waits for `person`,
    an async function from a `Question` to an `Answer` (`pause` lets the run wait); without one the run comes back
    paused. `policies` stand in place of those that the options name. `on`: where questions are asked, `here`, `ray`
    or `ray://HOST`.

    Raises InputError for what can't be used, CallFailed where the model's side is down. What was answered is kept.
    """
    config = configured(spec, panel, model=model, settings=settings)
    session = open_run(
        Source.read(spec, panel), config, out=Path(out) if out else None, keep=keep, tracker=Tracker(progress),
        policies=policies, store=store, on=on,
    )  # fmt: skip
    return await carried_out(session, person)


async def resume(
    run: Path | str,
    *,
    approve: bool = False,
    progress: Callback | None = None,
    person: Person | None = None,
    store: str | None = None,
    on: str = HERE,
    **limits: Any,
) -> Run:
    """Go on with a run that was paused, interrupted, or ended by its budget. `limits`: a new budget; `on` as for `revise`.

    Raises RunError for what is no run, or whose spec or data has changed.
    """
    session = reopen_run(
        run,
        spec=None,
        data=None,
        approve=approve,
        limits=Limits(**limits),
        tracker=Tracker(progress),
        store=store,
        on=on,
    )
    return await carried_out(session, person)


def revise_sync(spec: Spec | Path | str, panel: Panel | Path | str, **settings: Any) -> Run:
    """`revise` for a script. In a notebook, which has an event loop of its own, await `revise` instead."""
    return asyncio.run(revise(spec, panel, **settings))


async def carried_out(session: RunSession, person: Person | None) -> Run:
    """The session's run, after its outputs are written and everything is closed."""
    try:
        ended = await driven(session, person)
        if isinstance(ended, Finished):
            session.write(ended)
            summary, spec = ended.summary, ended.spec
        else:
            summary, spec = None, None
        records = None if session.folder else session.inputs.records
        return Run(
            folder=session.folder, records=records, original=session.inputs.spec, spec=spec, summary=summary
        )
    except InputError:
        session.discard()
        raise
    finally:
        session.close()


async def driven(session: RunSession, person: Person | None) -> Finished | Question:
    """Run the session's loop to its end, or to a question that nobody answers. Closes the base models."""
    try:
        await probe(session.inputs, session.tracker.note)
        await test_wordings(session)
        ended = await launch(
            session.inputs,
            run=session.config.run or "run",
            checkpoint=session.checkpoint,
            ledger=session.ledger,
            approver=Answering(session.inputs.records, person, lambda asked: answer_for(session, asked)),
            meter=session.tracker,
        )
        if isinstance(ended, Finished):
            ended = (await test_wordings(session))[1] or ended
    finally:
        await session.close_models()
    return ended if isinstance(ended, Finished) else ended.question
