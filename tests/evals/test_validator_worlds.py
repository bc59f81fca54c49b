"""Proposals of planted worlds through the shipped validating code: with labels the sign of support is right."""

import asyncio
import json
from pathlib import Path

import pytest

from concord.errors import OptionError
from concord.evals import validator
from concord.evals.confusion import Confusion
from concord.evals.synthetic.config import PeopleConfig, ReaderConfig, WorldConfig
from concord.evals.validator_worlds import signs

SMALL = WorldConfig(
    conversations=100, fresh=100, sections=3, planted=2, touches=(0.5, 0.6), concerns=(1.0, 0.0, 0.0), new_sections=0.0,
    people=PeopleConfig(participants=110, raters=8),
    reader=ReaderConfig(validator_accuracy=0.85, validator_lean=0.8, synonyms=1.0),
)  # fmt: skip


@pytest.mark.slow
def test_sixty_labels_set_the_sign_right_and_without_any_nothing_is_corrected() -> None:
    told = asyncio.run(signs(SMALL, worlds=1, seed=0))
    assert float(told["proposals"] or 0) >= 8
    assert told["sign_right_share"] == 1.0
    assert float(told["single_accuracy"] or 0) == pytest.approx(0.85, abs=0.03)
    assert float(told["lean_on_silent"] or 0) > 0.05
    assert told["unlabelled_corrected"] == 0.0


@pytest.mark.slow
def test_the_worlds_reader_errs_as_a_measured_confusion_tells(tmp_path: Path) -> None:
    """A validator that takes every silent person for a supporter is wrong without labels, and right with them."""
    counts = Confusion.of([("support", "support"), ("refute", "refute"), *[("silent", "support")] * 9]).counts
    path = tmp_path / "reader.json"
    path.write_text(json.dumps({"model": "m", "validator_confusion": counts}))
    leaning = validator.world_config(validator.Config(worlds=1, reader=path)).reader
    told = asyncio.run(signs(SMALL.model_copy(update={"reader": leaning}), worlds=1, seed=0))
    assert told["lean_on_silent"] == 1.0
    assert float(told["sign_right_share_unlabelled"] or 0) < float(told["sign_right_share"] or 0)


def test_the_confusion_goes_into_the_file_of_the_same_reader_and_no_others(tmp_path: Path) -> None:
    path = tmp_path / "reader.json"
    confusion = Confusion.of([("support", "silent"), ("silent", "silent")])
    path.write_text(json.dumps({"model": "m", "retest_flip_share": 0.1}))
    validator.write_reader(path, confusion, "m")
    written = json.loads(path.read_text())
    assert written["retest_flip_share"] == 0.1
    assert written["validator_confusion"]["support"]["silent"] == 1
    with pytest.raises(OptionError, match="another file"):
        validator.write_reader(path, confusion, "n")
