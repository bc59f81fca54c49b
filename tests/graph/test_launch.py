"""Launching: what is refused, what stops a run, and that a resumed run is the same run."""

import asyncio
import json
from pathlib import Path

import pytest
from builders import World, kinder, on_disk, ranked
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from pydantic import BaseModel

from concord.errors import DataError, OptionError
from concord.graph import Finished, Meter, Progress, launch
from concord.graph.checkpoints import plain_serializer
from concord.graph.state import first_state
from concord.graph.summary import Summary
from concord.models.protocol import Request
from concord.store.memory import MemoryCallCache
from concord.testing.scripted import Scripted
from concord.trials.acceptance import first_ledger
from concord.trials.policy import AcceptancePolicy

KINDER = {"batch_proposer": kinder, "conversation_proposer": kinder}


def run(given: World, checkpoint: Path | None = None, meter: Meter | None = None) -> Finished:
    result = asyncio.run(launch(given.inputs, checkpoint=checkpoint, meter=meter))
    assert isinstance(result, Finished)
    return result


def broken(request: Request) -> Scripted:
    return "I would rather not say."


def test_a_budget_under_one_round_and_the_sealed_test_is_refused_with_the_least_named() -> None:
    given = World(max_calls=10)
    with pytest.raises(OptionError, match=r"give [0-9,]+ calls or more"):
        run(given)
    assert given.asked == []


def test_the_least_named_is_enough() -> None:
    with pytest.raises(OptionError) as refused:
        run(World(max_calls=1))
    least = int(str(refused.value).split("give ")[1].split(" ")[0].replace(",", ""))
    assert run(World(max_calls=least)).summary.stop_reason in ("nothing_to_try", "no_improvement", "budget")
    with pytest.raises(OptionError):
        run(World(max_calls=least - 1))


def test_a_budget_that_ends_is_told_and_the_sealed_test_still_taken() -> None:
    given = World(answers=KINDER, parts={"0": 8, "1": 8, "2": 8, "test": 4}, max_calls=115)
    summary = run(given).summary
    assert summary.stop_reason == "budget"
    assert sum(summary.calls.values()) - given.records.calls.spent()["ranker"].cached <= 115
    assert summary.proposals["waiting"] == 0
    assert set(summary.rejected) <= {"budget", "no_evidence", "duplicate"}


def test_a_run_whose_calls_fail_stops_keeps_the_seal_and_shows_a_reply() -> None:
    given = World(answers={**KINDER, "ranker": broken})
    summary = run(given).summary
    assert summary.stop_reason == "failing"
    assert summary.sealed_test is None
    assert summary.failing is not None
    assert summary.failing.role == "ranker"
    assert "rather not say" in str(summary.failing)
    assert given.records.sealed.find() == []


def test_it_stops_where_half_of_the_calls_fail() -> None:
    def half(request: Request) -> Scripted:
        asked: dict[str, str] = request.data("conversation")  # type: ignore[assignment]  # its data is an object
        return broken(request) if asked["id"][-1] in "0167" else ranked(request)

    assert run(World(answers={**KINDER, "ranker": half})).summary.stop_reason == "failing"
    lenient = World(answers={**KINDER, "ranker": half}, options={"max_failed_share": 1.0})
    assert run(lenient).summary.stop_reason != "failing"


def test_a_run_that_stopped_failing_goes_on_when_its_model_is_well_again(tmp_path: Path) -> None:
    checkpoint = tmp_path / "checkpoint.db"
    ill = World(answers={**KINDER, "ranker": broken})
    assert run(ill, checkpoint).summary.stop_reason == "failing"
    well = World(answers=KINDER, records=ill.records, cache=ill.cache)
    summary = run(well, checkpoint).summary
    assert summary.stop_reason != "failing"
    assert summary.sealed_test is not None


def test_data_that_falls_into_one_fold_is_refused() -> None:
    with pytest.raises(DataError, match="fold"):
        run(World(parts={"0": 4, "test": 2}))


def test_the_same_inputs_give_the_same_bytes() -> None:
    first, second = (run(World(answers=KINDER)) for _ in range(2))
    assert first.summary.model_dump_json() == second.summary.model_dump_json()
    assert first.spec.text == second.spec.text


IN_FLIGHT = 8
"""Branches of propose that run side by side in these worlds: what is on its way in a crash may be asked once more."""


class Crash(Exception):
    """What a power cut is to a run."""


@pytest.mark.parametrize("events", [3, 9, 14, 17, 20, 24])
def test_a_run_broken_off_goes_on_as_if_it_never_was(tmp_path: Path, events: int) -> None:
    """At the entry or exit of a node; what its process knew is gone, its folder is there."""
    whole = run(World(answers=KINDER))
    seen: list[Progress] = []

    def crash(progress: Progress) -> None:
        if progress.event in ("begins", "ends"):
            seen.append(progress)
            if len(seen) == events:
                raise Crash

    cache = MemoryCallCache()
    given = World(answers=KINDER, records=on_disk(tmp_path), cache=cache)
    with pytest.raises(Crash):
        run(given, tmp_path / "checkpoint.sqlite", Meter(crash))
    given.records.close()
    resumed = World(answers=KINDER, records=on_disk(tmp_path), cache=cache)
    found = run(resumed, tmp_path / "checkpoint.sqlite")
    assert found.summary == whole.summary
    assert found.spec == whole.spec
    twice = len(_keys(given, resumed)) - len(set(_keys(given, resumed)))
    assert twice <= IN_FLIGHT
    resumed.records.close()


def _keys(*worlds: World) -> list[str]:
    return [request.key for world in worlds for request in world.asked]


def test_timing_changes_nothing() -> None:
    """The model answers now fast, now slowly; rounds, decisions and texts are the same."""
    fast, slow = World(answers=KINDER), World(answers=KINDER, latency=0.002)
    assert run(fast).summary == run(slow).summary
    assert _decisions(fast) == _decisions(slow)


def _decisions(given: World) -> list[str]:
    return sorted(each.model_dump_json() for each in given.records.decisions.find())


def test_progress_is_told_in_small_records() -> None:
    told: list[Progress] = []
    run(World(answers=KINDER), meter=Meter(told.append))
    nodes = [each.node for each in told if each.event == "ends" and each.round == 1]
    assert list(dict.fromkeys(nodes)) == [
        "measure", "select", "propose", "consolidate", "screen", "trial", "validate", "decide", "adopt", "turn",
    ]  # fmt: skip
    assert [each.event for each in told].count("adopted") == 2


def test_failures_are_no_progress() -> None:
    told: list[Progress] = []
    meter = Meter(told.append)
    meter.planned("ranker", 2)
    meter.done("ranker", cached=False, failed=True)
    meter.done("ranker", cached=False, failed=False)
    assert (told[-1].planned, told[-1].done, told[-1].failures) == (2, 1, 1)


def test_a_summary_reads_back_from_its_file() -> None:
    summary = run(World(answers=KINDER)).summary
    assert Summary.model_validate_json(summary.model_dump_json()) == summary
    assert json.loads(summary.model_dump_json())["schema_version"] == 2


class Stranger(BaseModel):
    """A class that a tampered checkpoint might name."""

    name: str


def test_a_checkpoint_holds_plain_values_and_revives_no_class() -> None:
    plain = plain_serializer()
    state = first_state("digest", first_ledger(AcceptancePolicy()))
    assert plain.loads_typed(plain.dumps_typed(state)) == state
    tampered = JsonPlusSerializer().dumps_typed(Stranger(name="x"))
    assert not isinstance(plain.loads_typed(tampered), Stranger)
