"""Launches a run: from a setup to a summary, through the machine, with resume and approval."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import aiosqlite
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.types import Command
from langsmith import tracing_context
from pydantic import JsonValue

from ..spec import Spec
from ..store.ledger import Ledger
from ..trials.ledger import AlphaLedger
from .concluding import conclude_calls, conclude_tokens
from .machine import build
from .nodes import Nodes
from .options import Options
from .sealed import NOTE, Seal
from .state import State, first_state
from .summary import SealedTest, Summary, summarise
from .workshop import Setup, Workshop

__all__ = ["Finished", "Options", "Paused", "Setup", "launch"]

Approver = Callable[[Mapping[str, JsonValue]], Awaitable[Mapping[str, str]]]
"""Shown a proposal that holds (`proposal`, `intent`, `reason`), answers with `decision` (adopt, defer,
set_aside, stop), `name` and `note`."""

STEPS_A_ROUND = 12


class Finished:
    """A run that came to its end: its summary, its final spec, and the workshop for a closer look."""

    def __init__(self, summary: Summary, spec: Spec, shop: Workshop) -> None:
        self.summary = summary
        self.spec = spec
        self.shop = shop


class Paused:
    """A run that waits for a reviewer: what it asks. Launch it again, with an approver, to go on."""

    def __init__(self, question: Mapping[str, JsonValue]) -> None:
        self.question = question


async def launch(
    setup: Setup,
    *,
    run: str = "run",
    checkpoint: Path | None = None,
    ledger: Ledger | None = None,
    approver: Approver | None = None,
) -> Finished | Paused:
    """Run the loop to its end, or to a question that nobody is there to answer.

    `checkpoint` is the SQLite file of the machine's checkpoints; where it exists already the run goes on
    from its last step. None keeps them in memory. `ledger` counts openings of the sealed split across runs.
    Calls that were answered before cost nothing again. Raises DataError for data too small to split.
    """
    # LangGraph would send its traces away where the environment says so; nothing leaves the machine unasked.
    with tracing_context(enabled=False):
        return await _saved(setup, run, checkpoint, ledger, approver)


def plain_serializer() -> JsonPlusSerializer:
    """Reads and writes checkpoints of plain values. A tampered one revives no class and unpickles nothing."""
    return JsonPlusSerializer(pickle_fallback=False, allowed_msgpack_modules=None)


async def _saved(
    setup: Setup, run: str, checkpoint: Path | None, ledger: Ledger | None, approver: Approver | None
) -> Finished | Paused:
    if checkpoint is None:
        return await _drive(setup, run, InMemorySaver(serde=plain_serializer()), ledger, approver)
    async with aiosqlite.connect(checkpoint) as connection:
        saver = AsyncSqliteSaver(connection, serde=plain_serializer())
        return await _drive(setup, run, saver, ledger, approver)


async def _drive(
    setup: Setup,
    run: str,
    saver: InMemorySaver | AsyncSqliteSaver,
    ledger: Ledger | None,
    approver: Approver | None,
) -> Finished | Paused:
    shop = Workshop(setup)
    setup.budget.hold(conclude_calls(shop), *conclude_tokens(shop))
    machine = build(Nodes(shop, Seal(shop, ledger, run)), saver)
    config: Any = {
        "configurable": {"thread_id": run},
        "recursion_limit": STEPS_A_ROUND * (setup.options.rounds + 1),
    }
    before = await machine.aget_state(config)
    alpha = AlphaLedger(alpha=setup.options.alpha, max_trials=setup.options.max_trials)
    step: Any = None if before.values else first_state(setup.spec.digest, alpha)
    while True:
        try:
            await machine.ainvoke(step, config, durability="async")
        finally:
            setup.store.flush()
        asked = (await machine.aget_state(config)).interrupts
        if not asked:
            break
        if approver is None:
            return Paused(asked[0].value)
        step = Command(resume=dict(await approver(asked[0].value)))
    state: State = (await machine.aget_state(config)).values  # type: ignore[assignment]  # LangGraph types values as a plain dict
    note = setup.store.note(NOTE)
    summary = summarise(
        setup.store,
        state,
        SealedTest.model_validate(note) if note is not None else None,
        models=_models(setup),
        notice=_notice(setup),
        block=setup.options.block,
    )
    return Finished(summary, shop.bench.spec(state["current"]), shop)


def _models(setup: Setup) -> dict[str, str]:
    """Role to the base model's uri."""
    roles = ("ranker", "relevance", "batch_proposer", "conversation_proposer", "validator")
    found = {role: setup.callers[role].model.uri for role in roles}
    proposers = {found.pop("batch_proposer"), found.pop("conversation_proposer")}
    return {**found, "proposer": ", ".join(sorted(proposers))}


def _notice(setup: Setup) -> str:
    """What every output must say: of the data, and of each base model, once each."""
    notices = [setup.panel.notice, *(caller.model.profile.notice for caller in setup.callers.values())]
    return " ".join(dict.fromkeys(notice for notice in notices if notice))
