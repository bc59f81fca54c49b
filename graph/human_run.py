"""A person's proposals on the docket of a run: one of their own, or one that the loop has worked on."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from langgraph.errors import InvalidUpdateError
from langsmith import tracing_context

from ..errors import RunError
from ..spec import Spec
from ..spec.proposal_file import Written
from ..store.protocol import Uses
from ..trials.acceptance import first_ledger
from .checkpoints import Place, saver
from .context import RunContext, RunInputs
from .human import try_proposals
from .human_records import ProposalResult
from .labelling import Label
from .launching import Finished
from .machine import build
from .origins import compared_origins
from .progress import Meter
from .state import State, first_state
from .summary import summarise

MIDDLE = "the run stands in the middle of a step; let it go on to its end or its next question first"
_BEFORE = {
    (): "conclude", ("adopt",): "decide", ("decide",): "validate", ("validate",): "trial", ("trial",): "screen",
    ("screen",): "consolidate",
}  # fmt: skip
"""What a run does next to the node in whose name its state is changed: one that leads there whatever the state."""
Read = Callable[[Spec], Sequence[Written]]
"""The text that proposals are tested on to the proposals: what a file says of them."""


async def propose(
    inputs: RunInputs,
    read: Read,
    *,
    run: str = "run",
    checkpoint: Place = None,
    ledger: Uses | None = None,
    meter: Meter | None = None,
    labels: Sequence[Label] = (),
    validate_only: bool = False,
) -> tuple[ProposalResult, Finished]:
    """Test proposals against a run's current text, and put them on its docket with the alpha that they took.

    `checkpoint` is the run's file of checkpoints: where it holds a run, that run's text, docket and alpha ledger are
    taken up, and what is found is written back, so that the loop goes on from it; otherwise a run of their own
    begins and ends with them. The test split stays sealed. An accepted proposal waits on the docket: a person adopts
    it. With `validate_only` the docket stays as it is.

    Raises what `read` raises, OptionError for a proposal that is on the docket already, RunError where the run stands in
    the middle of a step, and BudgetEnded.
    """
    with tracing_context(enabled=False):
        context = RunContext.of(inputs, run=run, ledger=ledger, meter=meter)
        async with saver(checkpoint) as kept:
            machine = build(kept)
            config: Any = {"configurable": {"thread_id": run}}
            before = await machine.aget_state(config)
            own = not before.values
            state = (
                first_state(inputs.spec.digest, first_ledger(context.policies.acceptance))
                if own
                else cast(State, before.values)
            )
            if not own and not validate_only and before.next not in _BEFORE:
                raise RunError(MIDDLE)
            written = read(context.texts.spec(state["current"]))
            if own and ledger is not None:
                ledger.record_selection(inputs.panel.digest, context.options.split_seed, run)
            try:
                result, update = await try_proposals(
                    context, state, written, labels=labels, validate_only=validate_only
                )
                if update:
                    after = cast(State, {**state, **update})
                    if own:
                        after["stop"] = "budget" if result.budget_ended else "person"
                        await machine.aupdate_state(config, after, as_node="conclude")
                    else:
                        await _put_back(machine, config, before.next, update)
                    state = after
                    await compared_origins(context, state["docket"], state["round"])
            finally:
                context.records.flush()
            finished = Finished(
                summary=summarise(context, state),
                spec=context.texts.spec(state["current"]),
                proven=context.texts.spec(state["proven"]),
                context=context,
            )
            return result, finished


async def _put_back(machine: Any, config: Any, following: tuple[str, ...], update: dict[str, Any]) -> None:
    try:
        await machine.aupdate_state(config, update, as_node=_BEFORE[following])
    except InvalidUpdateError:
        raise RunError(MIDDLE) from None
