"""The docket: every proposal of a run with where it stands, as plain values that a checkpoint can hold."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NotRequired, TypedDict

from ..trials.outcomes import Candidate, Outcome

Status = Literal["proposed", "queued", "retry", "deferred", "passed", "accepted", "adopted", "rejected"]
"""proposed: waits for the screen. queued: waits for a trial. retry: gets another. deferred: tried, and may become
likely as the run finds more; or a reviewer said not now. passed: its trial bore it out. accepted: it holds beside
the others. adopted: it is in the text. rejected: with its reason."""
BY_REVIEWER = "reviewer"
"""The reason of an entry that a reviewer deferred, and of an accepted one that waits for a reviewer."""


class Entry(TypedDict):
    status: Status
    reason: str
    """Of a rejection (trials.outcomes.Reason); empty otherwise, but for what a reviewer deferred or is to adopt."""
    round: int
    """The round in which it came to this status."""
    label: str
    """proven or likely; empty before its trial."""
    fold: int | None
    """The fold whose cases it came from; None for a person's."""
    wording: str
    """Proposals with one key are wordings of one change."""
    group: NotRequired[str]
    """The group whose conversations it came from; everybody's where it isn't there."""
    overlays: NotRequired[list[str]]
    """The groups in whose overlays it belongs; the common text's where it isn't there."""


Docket = dict[str, Entry]


def proposed(fold: int | None, wording: str, round_: int, group: str = "") -> Entry:
    """The entry of a new proposal."""
    entry = Entry(status="proposed", reason="", round=round_, label="", fold=fold, wording=wording)
    if group:
        entry["group"] = group
    return entry


def changed(docket: Docket, proposal: str, round_: int, status: Status, reason: str = "") -> Docket:
    """The docket with another status of one proposal. Raises KeyError for one that isn't on it."""
    entry: Entry = {**docket[proposal], "status": status, "reason": reason, "round": round_}
    return {**docket, proposal: entry}


def after(docket: Docket, outcomes: Iterable[Outcome], round_: int, *, passed: Status = "passed") -> Docket:
    """The docket after a step of the engine; `passed` is what an outcome that passed this step becomes.

    What stays deferred or queued keeps the round in which it came to that.
    """
    for outcome in outcomes:
        status = passed if outcome.status == "passed" else outcome.status
        before = docket[outcome.proposal]
        if before["status"] != status:
            docket = changed(docket, outcome.proposal, round_, status, outcome.reason or "")
        if outcome.label:
            labelled: Entry = {**docket[outcome.proposal], "label": outcome.label}
            if outcome.overlays:
                labelled["overlays"] = list(outcome.overlays)
            docket = {**docket, outcome.proposal: labelled}
    return docket


def standing(docket: Mapping[str, Entry], *statuses: Status) -> list[str]:
    """Proposals with one of these statuses, in the order in which they came."""
    return [proposal for proposal, entry in docket.items() if entry["status"] in statuses]


def open_for_trial(docket: Mapping[str, Entry]) -> list[str]:
    """What may have a trial or may become likely: retries first, then the queue, then what was deferred."""
    deferred = [id_ for id_ in standing(docket, "deferred") if docket[id_]["reason"] != BY_REVIEWER]
    return [*standing(docket, "retry"), *standing(docket, "queued"), *deferred]


def candidates(docket: Mapping[str, Entry], proposals: Sequence[str]) -> list[Candidate]:
    """As the acceptance engine takes them."""
    return [
        Candidate(
            proposal=id_,
            fold=docket[id_]["fold"],
            wording=docket[id_]["wording"],
            group=docket[id_].get("group", ""),
        )
        for id_ in proposals
    ]


def rounds_since_adoption(docket: Mapping[str, Entry], round_: int) -> int:
    """Rounds since an edit was adopted, this one included; all rounds where none was."""
    return round_ - max(
        (entry["round"] for entry in docket.values() if entry["status"] == "adopted"), default=0
    )
