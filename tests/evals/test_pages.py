"""`concord eval pages`: a run of a given size, served and measured."""

import asyncio

import pytest

from concord.evals.pages import Config, run


@pytest.mark.slow
def test_every_page_of_a_made_run_answers() -> None:
    config = Config(calls=600, assessments=600, prompts=40, proposals=20, repeats=2)
    figures = asyncio.run(run(config))
    assert figures["pages"] == 17
    assert figures["requests"] == 34
    median, high, memory = (
        float(figures[name] or 0) for name in ("first_byte_ms_median", "first_byte_ms_p99", "peak_mb")
    )
    assert 0 < median <= high
    assert 20 < memory < 500
