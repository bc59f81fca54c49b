"""The docket: where each proposal stands, as plain values."""

import json

import pytest

from concord.graph.docket import (
    BY_REVIEWER,
    Docket,
    after,
    candidates,
    changed,
    open_for_trial,
    proposed,
    rounds_since_adoption,
    standing,
)
from concord.trials.outcomes import Outcome


def docket(**statuses: str) -> Docket:
    found: Docket = {}
    for name, status in statuses.items():
        found[name] = {**proposed(0, name, 1), "status": status}  # type: ignore[typeddict-item]  # a status by name
    return found


def test_it_is_plain_json() -> None:
    found = docket(a="queued", b="adopted")
    assert json.loads(json.dumps(found)) == found


def test_a_change_leaves_the_old_docket_as_it_was() -> None:
    old = docket(a="queued")
    new = changed(old, "a", 2, "rejected", "no_evidence")
    assert old["a"]["status"] == "queued"
    assert (new["a"]["status"], new["a"]["reason"], new["a"]["round"]) == ("rejected", "no_evidence", 2)


def test_an_unknown_proposal_is_an_error() -> None:
    with pytest.raises(KeyError):
        changed({}, "a", 1, "queued")


def test_outcomes_give_status_reason_and_label() -> None:
    outcomes = [
        Outcome(proposal="a", status="passed", label="proven"),
        Outcome(proposal="b", status="rejected", reason="harmful"),
    ]
    found = after(docket(a="queued", b="queued"), outcomes, 3)
    assert (found["a"]["status"], found["a"]["label"], found["a"]["round"]) == ("passed", "proven", 3)
    assert (found["b"]["status"], found["b"]["reason"]) == ("rejected", "harmful")


def test_what_passed_a_screen_waits_for_its_trial() -> None:
    found = after(docket(a="proposed"), [Outcome(proposal="a", status="passed")], 1, passed="queued")
    assert found["a"]["status"] == "queued"


def test_what_stays_deferred_keeps_its_round() -> None:
    found = after(docket(a="deferred"), [Outcome(proposal="a", status="deferred")], 5)
    assert found["a"]["round"] == 1


def test_retries_go_first_and_what_a_reviewer_deferred_is_not_tried() -> None:
    found = docket(a="deferred", b="queued", c="retry", d="rejected")
    found["e"] = {**proposed(0, "e", 1), "status": "deferred", "reason": BY_REVIEWER}
    assert open_for_trial(found) == ["c", "b", "a"]


def test_candidates_carry_fold_and_wording() -> None:
    (found,) = candidates({"a": proposed(2, "w", 1)}, ["a"])
    assert (found.proposal, found.fold, found.wording) == ("a", 2, "w")


def test_rounds_since_an_adoption_are_counted_from_it() -> None:
    found = changed(docket(a="accepted"), "a", 2, "adopted")
    assert rounds_since_adoption(found, 2) == 0
    assert rounds_since_adoption(found, 5) == 3
    assert rounds_since_adoption({}, 4) == 4
    assert standing(found, "adopted") == ["a"]
