"""`concord eval elicit`: every answer is stored once, also where the server is killed in the middle."""

import asyncio

import pytest

from concord.evals.elicit import Config, run


@pytest.mark.slow
def test_every_answer_is_stored_once_though_the_server_is_killed() -> None:
    config = Config(people=10, prompts=2, conversations=10, think=0.02, resend=0.5, kills=1)
    figures = asyncio.run(run(config))
    assert figures["people"] == 10
    assert figures["answers_sent"] == figures["answers_stored"] == 10 * (2 + 2 * (3 + 3 + 1))
    assert figures["answers_twice"] == 0
    assert figures["answers_lost"] == 0
    assert float(figures["sent_again"] or 0) > 20
