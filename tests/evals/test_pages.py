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
    assert 0 < (figures["first_byte_ms_median"] or 0) <= (figures["first_byte_ms_p99"] or 0)
    assert 20 < (figures["peak_mb"] or 0) < 500
