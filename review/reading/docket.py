"""The docket: every proposal with its status, in order of what deserves a reviewer's attention."""

from collections.abc import Mapping, Sequence

from ...graph.conflict_records import ConflictRecord
from ...graph.records import Decision, OutcomeRecord
from ...records import Record
from ...spec import Proposal
from ...trials.outcomes import Effect
from ...trials.records import Trial
from ..desk import Entry
from .words import Status

ATTENTION: dict[Status, int] = {"waiting": 0, "open": 1, "adopted": 2, "rejected": 3}
_LATE = (
    "protected", "refuted", "silent", "harmful", "conflict", "set_aside", "budget", "alpha_spent", "retries_exhausted",
    "no_evidence",
)  # fmt: skip
"""Reasons given late, or that leave the word to a person: worth a second look before the rest."""


class DocketRow(Record):
    """One line of the docket."""

    id: str
    intent: str
    kind: str
    origin: str
    author: str
    section: str
    """Id of the first section it changes."""
    new: bool
    """Whether it puts a new section after that one."""
    round: int
    status: Status
    reason: str
    """Why it was rejected; empty otherwise."""
    note: str
    step: str
    """Where the loop had it last: queued, retry, deferred, passed, accepted; empty before its screen."""
    label: str
    """proven or likely; empty before its trial."""
    effect: float | None
    """What it does to agreement, in fractions: shrunken by all that the run tried where the loop says so, else the
    mean of its last test; None where it was never tried."""
    low: float | None
    high: float | None
    no_improvement: float | None
    """The chance that it brings nothing, where the loop says so; `low` and `high` likewise."""
    conversations: int
    support: int
    refute: int
    silent: int
    conflicts: int
    """How many other places of the spec it contradicts; 0 also where nobody looked."""
    refuted: tuple[str, ...]
    """Groups that refute it while most people support it, a sentence each."""
    voted_for: int
    """People who were asked directly and are for it; `voted_against`, `voted_neither` likewise."""
    voted_against: int
    voted_neither: int
    chosen: str
    """The reviewer's standing choice; empty when none."""
    by: str
    overlays: tuple[str, ...] = ()
    """The groups in whose overlays it stands, or that its trial found it to be for; empty: everybody's text."""


class Docket(Record):
    """A page of rows, and how many there are."""

    rows: tuple[DocketRow, ...]
    total: int
    by_status: Mapping[str, int]


def docket_rows(
    proposals: Mapping[str, Proposal],
    trials: Sequence[Trial],
    decisions: Sequence[Decision],
    outcomes: Sequence[OutcomeRecord],
    stances: Mapping[str, Mapping[str, int]],
    desk: Mapping[str, Entry],
    waiting: str | None,
    rounds: Mapping[str, int],
    conflicts: Mapping[str, ConflictRecord],
    refuted: Mapping[str, tuple[str, ...]],
    voted: Mapping[str, Mapping[str, int]],
) -> list[DocketRow]:
    """Every proposal; `waiting` is the one that a paused run asks about, `rounds` when each was made."""
    of: dict[str, list[Trial]] = {}
    for trial in trials:
        of.setdefault(trial.proposal, []).append(trial)
    found_last = {each.proposal: each.outcome for each in outcomes}
    effects: dict[str, Effect] = {
        each.proposal: each.outcome.effect for each in outcomes if each.outcome.effect
    }
    effects |= {each.proposal: each.effect for each in decisions if each.effect}
    last: dict[str, Decision] = {}
    for decision in decisions:
        if decision.by == "loop" or decision.proposal not in last:
            last[decision.proposal] = decision
    rows = []
    for id_, proposal in proposals.items():
        decided = last.get(id_)
        status: Status = "open"
        if id_ == waiting:
            status = "waiting"
        elif decided is not None and decided.decision in ("adopted", "rejected"):
            status = "adopted" if decided.decision == "adopted" else "rejected"
        told, asked = stances.get(id_, {}), (voted or {}).get(id_, {})
        mean, n = last_effect(of.get(id_, ()))
        effect, outcome = effects.get(id_), found_last.get(id_)
        entry = desk.get(id_)
        rows.append(
            DocketRow(
                id=id_,
                intent=proposal.intent,
                kind=proposal.kind,
                origin=proposal.origin,
                author=proposal.author,
                section=proposal.edits[0].section,
                new=proposal.edits[0].op == "new_section",
                round=rounds.get(id_) or (decided.round if decided else 0),
                status=status,
                reason=(decided.reason or "") if decided and status == "rejected" else "",
                note=decided.note if decided else "",
                step=outcome.status if outcome else "",
                label=(decided.label if decided else None) or (outcome.label if outcome else None) or "",
                effect=effect.mean if effect else mean,
                low=effect.low if effect else None,
                high=effect.high if effect else None,
                no_improvement=effect.no_improvement if effect else None,
                conversations=effect.items if effect else n,
                support=told.get("support", 0),
                refute=told.get("refute", 0),
                silent=told.get("silent", 0),
                conflicts=conflicts[id_].count if id_ in conflicts else 0,
                refuted=refuted.get(id_, ()),
                voted_for=asked.get("support", 0),
                voted_against=asked.get("refute", 0),
                voted_neither=asked.get("silent", 0),
                chosen=entry.choice if entry else "",
                by=entry.name if entry else "",
                overlays=(decided.overlays if decided else ()) or (outcome.overlays if outcome else ()),
            )
        )
    return sorted(rows, key=attention)


def attention(row: DocketRow) -> tuple[object, ...]:
    """What waits first, then what is open, what changed the text, and what was turned down late; before its like what
    most people support and a group refutes."""
    split = not (row.refuted and row.status != "adopted")
    late = _LATE.index(row.reason) if row.reason in _LATE else len(_LATE)
    return (ATTENTION[row.status], split, late, row.effect is None, -(row.effect or 0.0), row.id)


def last_effect(trials: Sequence[Trial]) -> tuple[float | None, int]:
    """Mean difference and number of conversations of the last trial, or of the screen where there was none."""
    for stage in ("trial", "screen"):
        for trial in reversed([each for each in trials if each.stage == stage]):
            known = [each for each in trial.differences if each is not None]
            if known:
                return sum(known) / len(known), len(known)
    return None, 0
