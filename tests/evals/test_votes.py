"""`concord eval votes`: the corrected share holds the truth at the stated rate and is narrower than votes alone."""

import asyncio

import numpy as np
import pytest

from concord.evals.registry import EXPERIMENTS
from concord.evals.votes import Config, drawn, run


def test_verdicts_are_right_as_often_as_asked_and_votes_are_drawn_at_random() -> None:
    real, told, asked = drawn(Config(people=4000), np.random.default_rng(1))
    assert np.mean([real[name] == told[name] for name in real]) == pytest.approx(0.8, abs=0.02)
    assert len(set(asked)) == 60
    leaning, said, _ = drawn(Config(people=4000, lean=1.0), np.random.default_rng(1))
    wrong = [said[name] for name in leaning if leaning[name] == "refute" and said[name] != "refute"]
    assert set(wrong) == {"support"}


def figures(seeds: int, **config: float) -> dict[str, float]:
    found = asyncio.run(run(Config.model_validate(config), seeds=seeds, seed=3))
    return {name: value for name, value in found.items() if isinstance(value, float)}


def test_sixty_votes_of_six_hundred_correct_a_validator_that_is_right_in_eighty_of_a_hundred() -> None:
    found = figures(40)
    assert found["draws"] == 40
    assert found["coverage"] >= 0.85
    assert found["width_ratio"] < 0.9
    assert found["width_ratio_exact"] < 0.9


@pytest.mark.slow
@pytest.mark.parametrize("lean", [0.5, 1.0])
def test_coverage_is_nominal_whichever_way_the_validator_errs(lean: float) -> None:
    found = figures(400, lean=lean)
    # Three standard errors of a true 0.95 over 400 draws are 0.033.
    assert found["coverage"] >= 0.917
    assert found["width_ratio"] < 0.9
    assert abs(found["error"]) < 0.02


def test_it_is_an_experiment_of_its_own() -> None:
    assert EXPERIMENTS["votes"].load().Config is Config
