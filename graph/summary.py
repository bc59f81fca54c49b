"""What a run comes to: the record behind `summary.json`, the same bytes for the same inputs."""

from collections import Counter
from collections.abc import Mapping

from ..agreement.intervals import Estimate
from ..records import Record
from .run_records import RunRecords
from .state import State, StopReason


class Figure(Record):
    """A fraction from 0 to 1 (or a difference of two) with its two-sided 95 % interval."""

    estimate: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, estimate: Estimate) -> "Figure":
        return cls(
            estimate=_rounded(estimate.estimate), low=_rounded(estimate.low), high=_rounded(estimate.high)
        )


class UnseenPeople(Record):
    """Agreement with the participants held in reserve, on the sealed conversations."""

    participants: int
    original: Figure
    final: Figure
    gain: Figure


class SealedTest(Record):
    conversations: int
    context: str
    """full: the whole spec in every prompt; scoped where the base model's context is too short for that."""
    original: Figure
    final: Figure
    no_spec: Figure
    leave_one_out: Figure
    longest: Figure
    random: Figure
    one_person: Figure
    best_single: Figure
    gain: Figure
    gap_closed: float | None
    unseen_people: UnseenPeople | None
    failed: int
    """Rankings whose calls failed; their conversations are left out everywhere."""


class Adopted(Record):
    id: str
    section: str
    kind: str
    origin: str
    intent: str


class Summary(Record):
    stop_reason: StopReason
    rounds: int
    model: Mapping[str, str]
    notice: str
    block: str
    calls: Mapping[str, int]
    failed_calls: int
    proposals: Mapping[str, int]
    adopted: tuple[Adopted, ...]
    rejected: Mapping[str, int]
    sealed_test: SealedTest | None
    """None: the budget ended before the sealed test could be taken, or there was none to take."""


def summarise(
    store: RunRecords,
    state: State,
    sealed: SealedTest | None,
    *,
    models: Mapping[str, str],
    notice: str,
    block: str,
) -> Summary:
    """The summary of a run that has come to its end."""
    rejected = Counter(str(d.reason) for d in store.decisions.find(by="loop", decision="rejected"))
    adopted = [store.proposals.get(id) for id in state["adopted"]]
    count = store.calls.count
    return Summary(
        stop_reason=state["stop"] or "no_improvement",
        rounds=state["round"],
        model=dict(models),
        notice=notice,
        block=block,
        calls={
            "ranker": count(role="ranker"),
            "relevance": count(role="relevance"),
            "proposer": count(role="batch_proposer") + count(role="conversation_proposer"),
            "validator": count(role="validator"),
        },
        failed_calls=count(status="failed"),
        proposals={
            "made": len(state["proposed"]),
            "tried": sum(trial.outcome != "empty" for trial in store.trials.find(stage="trial")),
            "adopted": len(adopted),
        },
        adopted=tuple(
            Adopted(id=p.id, section=p.edits[0].section, kind=p.kind, origin=p.origin, intent=p.intent)
            for p in adopted
        ),
        rejected=dict(sorted(rejected.items())),
        sealed_test=sealed,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
