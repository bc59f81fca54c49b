"""Launches a run: from its inputs to a summary, through the machine, with resume and approval."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from langgraph.types import Command
from langsmith import tracing_context

from ..errors import RunError, RunFailing
from ..spec import Spec
from ..store.protocol import Uses
from ..trials.acceptance import first_ledger
from .checkpoints import Place, Saver, saver
from .context import RunContext, RunInputs
from .estimating import check_budget, conclude_amount
from .failing import worst_failures
from .machine import Machine, build
from .progress import Meter
from .question import Answer, Question, read_answer
from .state import State, first_state
from .summary import Summary, summarise

Approver = Callable[[Question], Awaitable[Answer]]
"""Shown an accepted edit, answers with a decision on that edit."""
STEPS_A_ROUND = 12


@dataclass(frozen=True)
class Finished:
    """A run that came to its end, or stopped because its calls fail (`summary.stop_reason`)."""

    summary: Summary
    spec: Spec
    """The text with everything adopted."""
    proven: Spec
    """The text with the proven edits alone."""
    context: RunContext
    """For a closer look."""


@dataclass(frozen=True)
class Paused:
    """A run that waits for a reviewer. Launch it again, with an approver, to go on."""

    question: Question


async def launch(
    inputs: RunInputs,
    *,
    run: str = "run",
    checkpoint: Place = None,
    ledger: Uses | None = None,
    approver: Approver | None = None,
    meter: Meter | None = None,
) -> Finished | Paused:
    """Run the loop to its end, or to a question that nobody is there to answer.

    `checkpoint` is where the machine's checkpoints are kept: a SQLite file, or a shared store, by the run's lease; where
    there are some already the run goes on from its last step. None keeps them in memory. `ledger` counts, over runs, how often this data was used. Calls that
    were answered before cost nothing again. A run whose calls fail too often gives Finished with the stop reason
    `failing`, and goes on from there when it is launched again.

    Raises DataError for data too small to split, OptionError for a budget that can't cover one round and the sealed
    test, or for an answer to another question.
    """
    # LangGraph would send its traces away where the environment says so; nothing leaves the machine unasked.
    with tracing_context(enabled=False):
        context = RunContext.of(inputs, run=run, ledger=ledger, meter=meter)
        async with saver(checkpoint) as kept:
            return await _Run(context, kept).drive(approver)


class _Run:
    """One process's work on a run."""

    def __init__(self, context: RunContext, kept: Saver) -> None:
        self.context = context
        self.machine: Machine = build(kept)
        rounds = context.options.rounds
        self.config: Any = {
            "configurable": {"thread_id": context.run},
            # One step a question besides: a round may accept many edits.
            "recursion_limit": STEPS_A_ROUND * (rounds + 1) + 100 * rounds,
        }

    @property
    def _limited(self) -> bool:
        budget = self.context.inputs.budget
        return any(limit is not None for limit in (budget.max_calls, budget.max_tokens, budget.max_usd))

    async def drive(self, approver: Approver | None) -> Finished | Paused:
        step: Any = await self._first_step()
        if self._limited:
            amount = conclude_amount(self.context)
            self.context.inputs.budget.hold(amount.calls, amount.tokens, amount.usd)
        while True:
            try:
                await self.machine.ainvoke(step, self.config, context=self.context, durability="sync")
            except RunFailing:
                return await self._finished(failing=True)
            finally:
                self.context.records.flush()
            asked = (await self.machine.aget_state(self.config)).interrupts
            if not asked:
                return await self._finished(failing=False)
            question = Question.model_validate(asked[0].value)
            answer = await self._answer(question, approver)
            if answer is None:
                return Paused(question)
            step = Command(resume={asked[0].id: answer.model_dump(mode="json")})

    async def _first_step(self) -> State | None:
        """None where the run began before: it goes on from its last checkpoint."""
        context = self.context
        if values := (await self.machine.aget_state(self.config)).values:
            _check_records(context, cast(State, values))
            return None
        if self._limited:
            check_budget(context)
        if context.ledger:
            context.ledger.record_selection(
                context.inputs.panel.digest, context.options.split_seed, context.run
            )
        return first_state(context.inputs.spec.digest, first_ledger(context.policies.acceptance))

    async def _answer(self, question: Question, approver: Approver | None) -> Answer | None:
        """None: nobody is there, or the reviewer leaves; the machine hears of neither."""
        if approver is None:
            return None
        answer = await approver(question)
        answer = read_answer(question.proposal, answer.model_dump(mode="json"))
        return None if answer.decision == "pause" else answer

    async def _finished(self, *, failing: bool) -> Finished:
        context = self.context
        values = (await self.machine.aget_state(self.config)).values
        state = cast(
            State,
            values or first_state(context.inputs.spec.digest, first_ledger(context.policies.acceptance)),
        )
        report = worst_failures(context) if failing else None
        return Finished(
            summary=summarise(context, state, report),
            spec=context.texts.spec(state["current"]),
            proven=context.texts.spec(state["proven"]),
            context=context,
        )


def _check_records(context: RunContext, state: State) -> None:
    """Raises RunError where the records lack what the last checkpoint rests on: one of the two files is another's."""
    try:
        for id_ in state["docket"]:
            context.records.proposals.get(id_)
        for text in (state["current"], state["proven"]):
            context.texts.spec(text)
    except KeyError as missing:
        raise RunError(
            f"the run's records lack {missing.args[0]}, which its checkpoint rests on: bring back a copy of run.db "
            "and checkpoint.db from one moment, or start a new run (answers that were paid for are in the call cache)"
        ) from None
