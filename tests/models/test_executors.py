"""Where work is done: the seam itself, and what runs on nodes, without a cluster."""

import asyncio
from functools import partial

import pytest

from concord.agents.answers import RankingAnswer
from concord.errors import CallFailed, ModelError, OptionError
from concord.models.executors import Here, open_executor
from concord.models.function_model import FunctionModel
from concord.models.protocol import Failure, Profile, Reply, Request
from concord.models.ray_actors import Asker, Pace
from concord.models.registry import open_model
from concord.prompts.render import Part


def test_here_asks_with_the_model_that_is_open_and_does_tasks_in_children() -> None:
    with open_executor() as place:
        assert isinstance(place, Here)
        model = open_model("embedded")
        assert place.spread(model, partial(open_model, "embedded")) is model
        assert list(place.tasks(1).map(abs, [-1, 2])) == [1, 2]


@pytest.mark.parametrize("on", ["dask", "ray:", "ray:0", "ray:many", "ray://", "http://host"])
def test_another_place_is_refused(on: str) -> None:
    with pytest.raises(OptionError, match="--on can't be"):
        open_executor(on)


def test_a_pace_spaces_what_everybody_reserves() -> None:
    async def waits() -> list[list[float]]:
        pace = Pace(600.0, None)
        return [await pace.reserve([1, 1, 1]), await pace.reserve([1, 1])]

    mine, yours = asyncio.run(waits())
    assert mine == pytest.approx([0.0, 0.1, 0.2])
    assert yours == pytest.approx([0.3, 0.4], abs=0.01), "another asker's come after"


def test_a_pace_counts_tokens_and_corrects_them_and_pauses_all() -> None:
    async def waits() -> list[list[float]]:
        pace = Pace(None, 6000.0)
        first = await pace.reserve([100, 100])
        await pace.correct(-100)
        second = await pace.reserve([100])
        await pace.pause(9.0)
        return [first, second, await pace.reserve([100])]

    first, second, third = asyncio.run(waits())
    assert first == pytest.approx([0.0, 1.0])
    assert second == pytest.approx([1.0], abs=0.05)
    assert third == pytest.approx([9.0], abs=0.05)


def asked(model: FunctionModel, requests: list[Request], **profile: object) -> dict[int, Reply | Failure]:
    """What an asker brings back for requests numbered from 0."""

    async def ask() -> dict[int, Reply | Failure]:
        asker = Asker(lambda: model, Profile.model_validate(profile), None)
        await asker.submit(list(enumerate(requests)))
        found: dict[int, Reply | Failure] = {}
        while len(found) < len(requests):
            found |= dict(await asker.take())
        await asker.close()
        return found

    return asyncio.run(ask())


def test_an_asker_brings_every_answer_back_by_its_number() -> None:
    requests = [sample_request(number) for number in range(5)]
    model = FunctionModel("mine", lambda request: str(request.repeat))
    found = asked(model, requests)
    assert {number: isinstance(one, Reply) and one.text for number, one in found.items()} == {
        number: str(number) for number in range(5)
    }


def test_failures_and_time_outs_come_back_as_failures() -> None:
    async def slow(request: Request) -> str:
        if request.repeat:
            raise CallFailed("the server is tired", retryable=True, after=2.0)
        await asyncio.sleep(5)
        return "never"

    found = asked(FunctionModel("slow", slow), [sample_request(0), sample_request(1)], timeout=0.05)
    late, tired = found[0], found[1]
    assert isinstance(late, Failure)
    assert (late.message, late.retryable) == ("no reply within 0.05 s", True)
    assert isinstance(tired, Failure)
    assert (tired.message, tired.after) == ("the server is tired", 2.0)


def test_a_model_that_cant_be_opened_there_is_told() -> None:
    asker = Asker(partial(open_model, "gguf:/nowhere.gguf"), Profile(), None)
    with pytest.raises(ModelError, match="nowhere"):
        asyncio.run(asker.submit([(0, sample_request(0))]))


def test_a_question_that_nobody_waits_for_is_let_go() -> None:
    gone: list[bool] = []

    async def slow(_: Request) -> str:
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            gone.append(True)
            raise
        return "never"

    async def cancelled() -> None:
        asker = Asker(lambda: FunctionModel("slow", slow), Profile(), None)
        await asker.submit([(7, sample_request(0))])
        await asyncio.sleep(0)
        await asker.cancel([7, 8])
        await asyncio.sleep(0)
        await asker.close()

    asyncio.run(cancelled())
    assert gone == [True]


def sample_request(repeat: int) -> Request:
    return Request(
        role="ranker",
        template="ranker@0",
        parts=(Part(name="user", text="Rank."),),
        answer=RankingAnswer,
        repeat=repeat,
    )
