"""How far a proposal came is read off the records that its run left."""

import pytest

from concord.evals.worlds.shipped import end_of
from concord.graph.records import Decision, OutcomeRecord
from concord.graph.run_records import RunRecords
from concord.trials.outcomes import Outcome, Reason, Status
from concord.trials.records import Trial

Said = tuple[str, Status, Reason | None]
"""A node's word on the proposal: node, status, reason."""


def records(*said: Said, decided: Decision | None = None, tried: bool = False) -> RunRecords:
    found = RunRecords.in_memory()
    for round_, (node, status, reason) in enumerate(said, start=1):
        outcome = Outcome(proposal="p", status=status, reason=reason)
        found.outcomes.put(OutcomeRecord(round=round_, node=node, outcome=outcome))
    if decided:
        found.decisions.add([decided])
    if tried:
        found.trials.add([trial()])
    return found


def trial() -> Trial:
    return Trial(
        proposal="p", round=1, stage="trial", base="a", candidate="b", planned=("c",), differences=(0.1,), looks=(),
        outcome="ended", rule="betting", alpha=0.01,
    )  # fmt: skip


def rejected(reason: Reason) -> Decision:
    return Decision(proposal="p", round=1, by="loop", decision="rejected", reason=reason)


def test_consolidation_leaves_a_decision_alone() -> None:
    assert end_of(records(decided=rejected("duplicate")), "p") == ("refused", "duplicate")


def test_a_form_that_only_pruning_looked_at_is_no_proposal() -> None:
    assert end_of(records(), "p") is None


@pytest.mark.parametrize(
    ("said", "end"),
    [
        ([("screen", "rejected", "not_asked_for")], "not_asked_for"),
        ([("screen", "rejected", "screened")], "screened"),
        ([("screen", "rejected", "anchor")], "refused"),
        ([("screen", "rejected", "superseded")], "untried"),
        ([("screen", "passed", None), ("trial", "rejected", "other_wording")], "untried"),
        ([("screen", "passed", None), ("trial", "rejected", "no_evidence")], "no_evidence"),
        ([("trial", "passed", None), ("validate", "rejected", "silent")], "unsupported"),
        ([("trial", "passed", None), ("validate", "passed", None), ("decide", "rejected", "harmful")], "beside"),
        ([("decide", "accepted", None), ("adopt", "rejected", "conflict")], "beside"),
        ([("screen", "rejected", "screened"), ("screen", "rejected", "not_asked_for")], "screened"),
    ],
)  # fmt: skip
def test_the_furthest_word_counts(said: list[Said], end: str) -> None:
    assert (end_of(records(*said), "p") or ("",))[0] == end


def test_what_a_trial_did_not_bear_out_tells_what_it_waited_for() -> None:
    waited: list[Said] = [("trial", "deferred", None), ("turn", "rejected", "no_evidence")]
    assert end_of(records(*waited, decided=rejected("no_evidence"), tried=True), "p") == (
        "no_evidence",
        "deferred",
    )


def test_what_was_never_tried_is_not_lost_to_its_trial() -> None:
    queued: list[Said] = [
        ("screen", "passed", None),
        ("trial", "queued", None),
        ("turn", "rejected", "no_evidence"),
    ]
    assert end_of(records(*queued, decided=rejected("no_evidence")), "p") == ("untried", "queued")


def test_adopted_is_adopted() -> None:
    adopted = Decision(proposal="p", round=1, by="loop", decision="adopted", label="likely")
    assert end_of(records(("decide", "accepted", None), decided=adopted, tried=True), "p") == ("adopted", "")
