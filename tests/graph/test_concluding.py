"""The sealed test: opened once, for what changed, with every text side by side."""

import asyncio
from pathlib import Path

import pytest
from builders import World, kinder, ranked

from concord.errors import SplitReopened
from concord.graph import Finished, launch
from concord.graph.sealed import SealedSplit
from concord.models.protocol import Request
from concord.store.ledger import Ledger
from concord.testing.scripted import Scripted

KINDER = {"batch_proposer": kinder, "conversation_proposer": kinder}


def run(given: World, ledger: Ledger | None = None, name: str = "run") -> Finished:
    result = asyncio.run(launch(given.inputs, ledger=ledger, run=name))
    assert isinstance(result, Finished)
    return result


def conversation(request: Request) -> str:
    asked: dict[str, str] = request.data("conversation")  # type: ignore[assignment]  # its data is an object
    return asked["id"]


def test_original_proven_likely_and_no_spec_stand_side_by_side() -> None:
    given = World(answers=KINDER, held=6)
    found = run(given).summary.sealed_test
    assert found is not None
    assert (found.conversations, found.context, found.failed) == (4, "full", 0)
    assert found.original.estimate == 0.0
    assert found.no_spec.estimate == 0.5
    assert found.likely.agreement.estimate == 1.0
    assert found.proven.gain.estimate == 1.0
    assert found.unseen_people is not None
    assert found.unseen_people.participants == 6


def test_the_headline_is_the_gain_for_people_who_had_no_say() -> None:
    with_reserve = run(World(answers=KINDER, held=6)).summary.sealed_test
    without = run(World(answers=KINDER, held=0)).summary.sealed_test
    assert with_reserve is not None
    assert without is not None
    assert with_reserve.unseen_people is not None
    assert with_reserve.gain == with_reserve.unseen_people.likely_gain
    assert without.unseen_people is None
    assert with_reserve.gain_note != without.gain_note


def test_a_spec_that_did_not_change_opens_nothing(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    given = World()
    summary = run(given, ledger).summary
    assert summary.sealed_test is None
    assert "didn't change" in summary.sealed_note
    assert ledger.openings(given.panel.digest) == 0
    assert not [request for request in given.asked if "test-" in str(request.parts)]


def test_openings_and_runs_on_the_same_data_are_counted(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    run(World(), ledger, "first")
    summary = run(World(answers=KINDER, options={"seed": 1}), ledger, "second").summary
    assert summary.use is not None
    assert (summary.use.openings, summary.use.runs) == (1, 2)


def test_it_opens_once_a_run() -> None:
    given = World(answers=KINDER)
    result = run(given)
    split = SealedSplit(World().context())
    split.open()
    with pytest.raises(SplitReopened):
        split.open()
    with pytest.raises(SplitReopened):
        SealedSplit(result.context).open()


def test_a_conversation_whose_revised_call_alone_failed_counts_as_its_worst() -> None:
    def fails_on_the_new_text(request: Request) -> Scripted:
        if conversation(request) == "test-0" and "must be kind" in str(request.data("sections")):
            return "no answer"
        return ranked(request)

    found = run(World(answers={**KINDER, "ranker": fails_on_the_new_text})).summary.sealed_test
    assert found is not None
    assert found.conversations == 4
    assert found.likely.failed_as_worst == 1
    assert found.likely.agreement.estimate == 0.75


def test_a_conversation_whose_original_call_failed_is_left_out() -> None:
    def fails_on_the_old_text(request: Request) -> Scripted:
        told = str(request.data("sections"))
        if conversation(request) == "test-0" and "must be short" in told and "must be kind" not in told:
            return "no answer"
        return ranked(request)

    found = run(World(answers={**KINDER, "ranker": fails_on_the_old_text})).summary.sealed_test
    assert found is not None
    assert (found.conversations, found.failed) == (3, 1)
    assert found.likely.agreement.estimate == 1.0


def test_sealed_conversations_reach_no_prompt_before(tmp_path: Path) -> None:
    given = World(answers=KINDER)
    run(given)
    for call in given.records.calls.find():
        if call.where.node != "conclude":
            assert "test-" not in str(call.parts)


def test_a_run_context_holds_no_sealed_conversation() -> None:
    context = World().context()
    assert context.sealed == 4
    assert not [name for name in context.conversations if name.startswith("test")]
