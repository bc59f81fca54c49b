"""The end of a round: whether another one is worth it, and the last word on what is open when none is."""

from collections.abc import Sequence

from ..trials.outcomes import EvidenceLedger, Outcome
from .context import RunContext
from .docket import Docket, after, candidates, open_for_trial, rounds_since_adoption, standing
from .policies import Progressed
from .staging import keep_outcomes
from .state import State, StopReason


def why_stop(context: RunContext, state: State, ledger: EvidenceLedger) -> StopReason | None:
    """What the stopping policy says of this round."""
    chosen = context.records.selections.find(round=state["round"])
    return context.policies.stopping.reason(
        Progressed(
            round=state["round"],
            rounds_since_adoption=rounds_since_adoption(state["docket"], state["round"]),
            waiting=len(standing(state["docket"], "retry", "queued")),
            selected=any(each.batches or each.singles for each in chosen),
            trials_left=context.policies.acceptance.max_trials - ledger.made,
        )
    )


def closed(context: RunContext, state: State, ledger: EvidenceLedger) -> Docket:
    """The docket with the last word on everything that is still open; what the budget cut off gets that reason."""
    docket, round_ = state["docket"], state["round"]
    outcomes: list[Outcome] = []
    if state["stop"] == "budget":
        cut_off = standing(docket, "proposed", "queued", "retry", "passed")
        note = "The budget ended before its turn."
        outcomes += [Outcome(proposal=id_, status="rejected", reason="budget", note=note) for id_ in cut_off]
    still_open = [id_ for id_ in open_for_trial(docket) if id_ not in {each.proposal for each in outcomes}]
    engine = context.engine(round_, "turn")
    outcomes += engine.close(ledger, candidates(docket, still_open))
    keep_outcomes(context, round_, "turn", outcomes)
    return after(docket, outcomes, round_)


def fruitful(context: RunContext, state: State, adopted: Sequence[str]) -> tuple[str, ...]:
    """Themes of the conversations that adopted edits came from, under the text that the round began with."""
    measured = context.records.measures.find(round=state["round"])
    if not measured:
        return ()
    spec = context.texts.spec(measured[-1].text)
    names = {name for id_ in adopted for name in context.records.proposals.get(id_).conversations}
    return tuple(sorted({context.scope.theme(spec, name) for name in names}))
