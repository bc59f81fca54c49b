"""The sealed test: opened once a run, counted across runs, and kept to itself."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from concord.errors import DataError, SealBroken
from concord.graph.concluding import conclude_calls
from concord.graph.launch import Finished, launch
from concord.graph.sealed import NOTE, Seal
from concord.models.protocol import Failure
from concord.store.ledger import Ledger

SHORT = {"rounds": 1, "batches": 1, "singles": 0}


def finished(
    small: Any, run: str = "run", ledger: Ledger | None = None, checkpoint: Path | None = None
) -> Finished:
    ended = asyncio.run(launch(small.setup, run=run, ledger=ledger, checkpoint=checkpoint))
    assert isinstance(ended, Finished)
    return ended


def test_opening_gives_the_conversations_of_the_test_split_alone(world: Any) -> None:
    opened = Seal(world(test=3).shop, None, "run").open()
    assert set(opened.conversations) == {"test-0", "test-1", "test-2"}


def test_a_second_opening_is_an_error(world: Any) -> None:
    seal = Seal(world().shop, None, "run")
    seal.open()
    with pytest.raises(SealBroken):
        seal.open()


def test_it_stays_shut_while_its_result_is_on_record(world: Any) -> None:
    small = world(options=SHORT)
    finished(small)
    with pytest.raises(SealBroken):
        Seal(small.shop, None, "run").open()


def test_the_ledger_counts_runs_that_opened_the_same_data(world: Any, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    first, second = world(), world()
    assert Seal(first.shop, ledger, "first").open().openings == 1
    assert Seal(second.shop, ledger, "second").open().openings == 2
    assert Seal(world(test=5).shop, ledger, "third").open().openings == 1
    assert ledger.openings(first.setup.panel.digest) == 2


def test_a_run_that_is_resumed_while_it_concludes_looked_once(world: Any, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    small = world()
    assert Seal(small.shop, ledger, "run").open().openings == 1
    assert Seal(small.shop, ledger, "run").open().openings == 1


def test_a_finished_run_launched_again_asks_and_opens_nothing(world: Any, tmp_path: Path) -> None:
    ledger, checkpoint = Ledger(tmp_path / "ledger.jsonl"), tmp_path / "checkpoint.db"
    small = world(options=SHORT)
    first = finished(small, ledger=ledger, checkpoint=checkpoint)
    calls = len(small.asked)
    again = finished(small, ledger=ledger, checkpoint=checkpoint)
    assert again.summary == first.summary
    assert again.spec == first.spec
    assert len(small.asked) == calls
    assert ledger.openings(small.setup.panel.digest) == 1


def test_everybody_is_measured_and_those_held_in_reserve_apart(world: Any) -> None:
    shop = world(people=8, held=2).shop
    seal = Seal(shop, None, "run")
    opened = seal.open()
    assert len(seal.people(opened, reserved=False).participants) == 10
    assert set(seal.people(opened, reserved=True).participants) == {"held0", "held1"}


def test_nobody_held_in_reserve_is_said(world: Any) -> None:
    small = world(held=0, options=SHORT)
    seal = Seal(small.shop, None, "run")
    with pytest.raises(DataError, match="reserve"):
        seal.people(seal.open(), reserved=True)
    sealed = finished(world(held=0, options=SHORT)).summary.sealed_test
    assert sealed is not None
    assert sealed.unseen_people is None


def test_without_a_test_split_there_is_no_sealed_test(world: Any, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    small = world(test=0, options=SHORT)
    assert finished(small, ledger=ledger).summary.sealed_test is None
    assert ledger.openings(small.setup.panel.digest) == 0


def test_only_conversations_that_all_three_arms_answered_are_compared(world: Any) -> None:
    small = world(options=SHORT)
    answer = small.answers["ranker"]

    def ranker(request: Any) -> Any:
        lost = request.data("conversation")["id"] == "test-1" and not request.data("sections")
        return Failure(message="lost") if lost else answer(request)

    small.answers["ranker"] = ranker
    sealed = finished(small).summary.sealed_test
    assert sealed is not None
    assert (sealed.conversations, sealed.failed) == (3, 1)


def test_a_sealed_test_of_which_nothing_was_answered_says_so(world: Any) -> None:
    small = world(test=2, options=SHORT)
    answer = small.answers["ranker"]
    small.answers["ranker"] = lambda r: (
        Failure(message="lost") if r.data("conversation")["id"].startswith("test") else answer(r)
    )
    sealed = finished(small).summary.sealed_test
    assert sealed is not None
    assert (sealed.conversations, sealed.gain.estimate, sealed.gap_closed) == (0, None, None)


def test_what_the_sealed_test_takes_is_held_back_from_the_start(world: Any) -> None:
    small = world(test=4, options=SHORT, max_calls=20)
    ended = finished(small)
    assert ended.summary.stop_reason == "budget"
    assert ended.summary.sealed_test is not None
    assert len(small.asked) <= 20


def test_the_result_is_measured_with_the_whole_spec_in_every_prompt(world: Any) -> None:
    small = world(options=SHORT)
    finished(small)
    shown = [r.sections for r in small.store.rankings.find() if r.conversation.startswith("test")]
    assert set(shown) == {small.spec.ids, ()}
    note = small.store.note(NOTE)
    assert isinstance(note, dict)
    assert note["context"] == "full"


def test_a_short_context_scopes_it_instead(world: Any) -> None:
    small = world(options=SHORT)
    short = {"answers": "prompted", "context_tokens": 4200}
    small.model.profile = small.model.profile.model_copy(update=short)
    ended = finished(small)
    assert ended.summary.sealed_test is not None
    assert ended.summary.sealed_test.context == "scoped"


def test_the_grading_of_a_scoped_sealed_test_is_held_back_too(world: Any) -> None:
    small = world(test=4)
    assert conclude_calls(small.shop) == 3 * 4
    short = {"answers": "prompted", "context_tokens": 4200}
    small.model.profile = small.model.profile.model_copy(update=short)
    assert conclude_calls(small.shop) == 3 * 4 + 2  # each of the two texts in one call
