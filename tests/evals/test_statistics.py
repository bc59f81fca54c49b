"""The statistics experiment on a small panel: figures equal the plain loop's, and all of them are there."""

import asyncio

import pytest

from concord.errors import OptionError
from concord.evals.statistics import Config, run
from concord.evals.synthetic.people import PanelShape

SMALL = PanelShape(conversations=40, participants=30, assessments=500, duplicates=10)


def test_figures_are_there_and_the_two_ways_agree() -> None:
    said: list[str] = []
    config = Config(shape=SMALL, large=SMALL, resamples=200, plain_resamples=4, large_resamples=2, truth=2000)
    figures = asyncio.run(run(config, seeds=20, seed=3, progress=said.append))
    assert {
        "time_ratio",
        "max_abs_difference",
        "seconds_ca1",
        "peak_mb_ca1",
        "peak_mb_million",
    } <= figures.keys()
    assert figures["max_abs_difference"] == pytest.approx(0, abs=1e-12)
    assert 10 < (figures["peak_mb_million"] or 0) < 2000
    assert 0.8 <= (figures["coverage_level"] or 0) <= 1
    assert 0.8 <= (figures["coverage_gain"] or 0) <= 1
    assert any("20 of 20" in line for line in said)


def test_at_least_one_panel_is_wanted() -> None:
    with pytest.raises(OptionError, match="--seeds"):
        asyncio.run(run(Config(), seeds=0, seed=0))
