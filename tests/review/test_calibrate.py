"""Calibration finds the errors that a simulated reader was given, and prompts travel out and answers back."""

import asyncio
import json
from pathlib import Path

import pytest

from concord.errors import DataError, OptionError
from concord.evals.synthetic.config import ReaderConfig, overlaid, shaped
from concord.evals.synthetic.model import SimulatedModel
from concord.evals.synthetic.texts import panel
from concord.evals.synthetic.world import make_world
from concord.models.budget import Budget
from concord.models.call_log import StoredCalls
from concord.models.caller import Caller
from concord.models.protocol import BaseModel
from concord.models.registry import open_model
from concord.review.calibrate import calibrate
from concord.review.calibration_design import Design, Plan, reworded, unasked
from concord.review.calibration_exchange import export, import_answers
from concord.review.measured_reader import MeasuredReader
from concord.spec import Spec
from concord.store.memory import MemoryCallCache, MemoryStore

DESIGN = Design(conversations=40, relevance_conversations=20, justifications=40)


def plan(reader: ReaderConfig, model: BaseModel | None = None, design: Design = DESIGN) -> Plan:
    world = make_world(shaped("small").model_copy(update={"reader": reader, "fresh": 100}), 5)
    model = model or SimulatedModel(world)
    calls = StoredCalls(MemoryStore(texts=False))
    caller = Caller(model, cache=MemoryCallCache(), calls=calls, budget=Budget())
    return Plan(panel(world), Spec.parse(world.spec), design, caller)


def test_a_reader_s_errors_are_found() -> None:
    steady = ReaderConfig(retest_flips=0, order_flips=0, wording_flips=0, position_bias=0, wording_push=0)
    shaky = ReaderConfig(retest_flips=0.1, order_flips=0.2, wording_flips=0.15, position_bias=0.6)
    calm, wild = (asyncio.run(calibrate(plan(reader))) for reader in (steady, shaky))
    assert (calm.retest_flip_share, calm.order_flip_share, calm.failed) == (0, 0, 0)
    assert wild.retest_flip_share == pytest.approx(0.08, abs=0.05)
    assert (wild.order_flip_share or 0) > (wild.retest_flip_share or 0)
    assert (wild.position_bias or 0) > (calm.position_bias or 0) + 0.05
    assert calm.relevance_repeat == calm.validator_repeat == 1
    told = overlaid(shaped("small"), None, wild.knobs()).reader
    assert told.order_flips == pytest.approx(0.2, abs=0.08)


def test_a_rewording_changes_words_and_keeps_sections() -> None:
    spec = Spec.parse("# One should\n\nThe assistant should help, for example with lists.\n")
    other = reworded(spec)
    assert other.ids == spec.ids
    assert "ought to assist, for instance" in other.text


def test_prompts_go_out_and_answers_come_back(tmp_path: Path) -> None:
    design = Design(conversations=2, relevance_conversations=2, justifications=5)
    asked = plan(ReaderConfig(), unasked(), design)
    assert export(asked.requests, tmp_path / "prompts.jsonl") == len(asked.requests)
    lines = [json.loads(line) for line in (tmp_path / "prompts.jsonl").read_text().splitlines()]
    assert {"id", "role", "messages", "schema", "repeat"} <= lines[0].keys()
    assert "data-" in lines[0]["messages"][1]["content"]
    given = [
        {"id": line["id"], "answer": {"explanation": "By hand.", "ranking": "A>B>C>D"}}
        for line in lines if line["role"] == "ranker"
    ]  # fmt: skip
    (tmp_path / "answers.jsonl").write_text("\n".join(map(json.dumps, given)))
    count = import_answers(asked.requests, tmp_path / "answers.jsonl", tmp_path / "r.jsonl", name="hand")
    assert count == 24
    found = asyncio.run(calibrate(plan(ReaderConfig(), open_model(f"replay:{tmp_path / 'r.jsonl'}"), design)))
    assert (found.answered, found.retest_flip_share) == (24, 0)
    assert found.failed == len(lines) - 24
    (tmp_path / "bad.jsonl").write_text('{"id": 3}\n')
    with pytest.raises(DataError, match="line 1"):
        import_answers(asked.requests, tmp_path / "bad.jsonl", tmp_path / "x.jsonl", name="hand")


def test_the_noise_of_a_difference_falls_with_draws_and_plans_a_run(tmp_path: Path) -> None:
    found = asyncio.run(calibrate(plan(ReaderConfig(retest_flips=0.1, order_flips=0.2))))
    one, two = found.sd_of(1), found.sd_of(2)
    assert one is not None
    assert two is not None
    assert 0.01 < two < one == pytest.approx(found.difference_sd)
    assert (found.sd_of(6) or 0) < two
    (tmp_path / "reader.json").write_text(found.model_dump_json())
    assert MeasuredReader.read(tmp_path / "reader.json") == found
    (tmp_path / "reader.json").write_text("{}")
    with pytest.raises(OptionError, match=r"reader\.json"):
        MeasuredReader.read(tmp_path / "reader.json")
