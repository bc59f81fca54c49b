"""The loop from Python: a spec and its people in, a run out."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from ..errors import InputError
from ..graph.launch import Finished, Paused, launch
from ..panel.records import Panel
from ..spec import Spec
from .answers import Answering, Person, Question, Unanswered, note_question
from .config import Limits
from .inputs import Inputs
from .probe import probe
from .progress import Callback, Tracker
from .runs import Run
from .session import RunSession, open_run, reopen_run
from .settings import configured

Approve = Callable[[Mapping[str, JsonValue]], Awaitable[Mapping[str, str]]]


async def revise(
    spec: Spec | Path | str,
    panel: Panel | Path | str,
    *,
    model: str | None = None,
    out: Path | str | None = None,
    keep: bool = True,
    progress: Callback | None = None,
    person: Person | None = None,
    policies: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Run:
    """Revise a spec until it agrees with the people.

    `spec` and `panel` are objects, or paths as on the command line. `model` is the base model of every agent;
    `settings` are the command line's options by name: those of `Options` (`rounds=3`), of `Limits`
    (`max_usd=20`), and of `AgentModels` (`ranker_model=…`, `config=…`). The run lies in the folder `out`, by
    default in one of its own under the home; with `keep=False` nothing but the call cache is written.

    `progress` hears where the run stands (a `Progress`). With `approve=True` each adoption waits for `person`,
    an async function from a `Question` to an `Answer`, or to None to let the run wait; without one the run comes
    back paused. `policies` are the run's own objects in place of those the options name, such as a selector.

    Raises InputError for what can't be used, CallFailed where the model's side is down. What was answered is kept.
    """
    config = configured(spec, panel, model=model, settings=settings)
    session = open_run(
        Inputs.read(spec, panel), config, out=Path(out) if out else None, keep=keep, tracker=Tracker(progress),
        policies=policies,
    )  # fmt: skip
    return await carried_out(session, person)


async def resume(
    run: Path | str,
    *,
    approve: bool = False,
    progress: Callback | None = None,
    person: Person | None = None,
    **limits: Any,
) -> Run:
    """Go on with a run that was paused, interrupted, or ended by its budget. `limits`: a new budget.

    Raises RunError for what is no run, or whose spec or data has changed.
    """
    session = reopen_run(
        run, spec=None, data=None, approve=approve, limits=Limits(**limits), tracker=Tracker(progress)
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
        store = None if session.folder else session.setup.store
        return Run(
            folder=session.folder, store=store, original=session.setup.spec, spec=spec, summary=summary
        )
    except InputError:
        session.discard()
        raise
    finally:
        session.close()


async def driven(session: RunSession, person: Person | None) -> Finished | Question:
    """Run the session's loop to its end, or to a question that nobody answers. Closes the base models."""
    store = session.setup.store
    try:
        await probe(session.setup)
        ended = await launch(
            session.setup,
            run=session.config.run or "run",
            checkpoint=session.folder.checkpoint if session.folder else None,
            ledger=session.ledger,
            approver=Answering(store, person),
        )
    except Unanswered as waiting:
        return waiting.question
    finally:
        await session.close_models()
    if isinstance(ended, Paused):
        question = Question.of(ended.question)
        note_question(store, question)
        return question
    return ended
