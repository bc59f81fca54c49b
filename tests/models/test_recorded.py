"""What one run asked is answered again from a file, and only that."""

import asyncio
import json
from pathlib import Path

import pytest

from concord.agents.answers import RankingAnswer
from concord.errors import ModelError
from concord.models.budget import Budget
from concord.models.call_log import StoredCalls
from concord.models.caller import Answered, Caller
from concord.models.protocol import BaseModel, Failure, Profile, Request
from concord.models.recorded import Recorder, Replay
from concord.models.records import Where
from concord.prompts.render import Part
from concord.store.memory import MemoryCallCache
from concord.testing.scripted import Scripted, ScriptedModel


def question(n: int) -> Request:
    return Request(
        role="ranker",
        template="ranker@0",
        parts=(Part(name="conversation", text=f"question {n}"),),
        answer=RankingAnswer,
        expect={"labels": ["A", "B"]},
    )


def ask(
    model: BaseModel, *numbers: int, cache: MemoryCallCache | None = None
) -> list[Answered[RankingAnswer]]:
    caller = Caller(
        model,
        cache=MemoryCallCache() if cache is None else cache,
        calls=StoredCalls.in_memory(),
        budget=Budget(),
    )
    return asyncio.run(caller.ask([question(n) for n in numbers], Where(), RankingAnswer))


def script(request: Request) -> Scripted:
    if "question 3" in request.user and len(request.parts) == 1:
        return "not an answer"
    if "question 4" in request.user:
        return Failure(message="down")
    return {"explanation": request.user, "ranking": "B>A"}


def recorded(path: Path, *numbers: int) -> list[Answered[RankingAnswer]]:
    return ask(Recorder(ScriptedModel(script, profile=Profile(concurrency=3)), path), *numbers)


def test_a_replay_gives_the_recorded_answers_repairs_included(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "calls.jsonl"
    first = recorded(path, 1, 2, 3)
    again = ask(Replay(path), 3, 2, 1)
    assert [a.answer for a in again] == [a.answer for a in reversed(first)]
    assert all(a.answer for a in again)


def test_an_unseen_prompt_fails_with_its_reason(tmp_path: Path) -> None:
    recorded(tmp_path / "calls.jsonl", 1, 4)
    seen, unseen, never_answered = ask(Replay(tmp_path / "calls.jsonl"), 1, 9, 4)
    assert seen.answer is not None
    assert "holds no reply to this ranker prompt" in unseen.failure
    assert "record it anew" in never_answered.failure


def test_a_warm_cache_keeps_nothing_out_of_a_recording(tmp_path: Path) -> None:
    cache = MemoryCallCache()
    model = ScriptedModel(script)
    ask(model, 1, cache=cache)
    ask(Recorder(model, tmp_path / "calls.jsonl"), 1, cache=cache)
    assert ask(Replay(tmp_path / "calls.jsonl"), 1)[0].answer is not None


def test_a_recording_goes_on_where_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    recorded(path, 1)
    recorded(path, 2)
    assert all(a.answer for a in ask(Replay(path), 1, 2))
    other = ScriptedModel(script, uri="another")
    with pytest.raises(ModelError, match="is a recording of scripted, not of another"):
        Recorder(other, path)


def test_no_key_and_no_prompt_lies_in_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    recorded(path, 1)
    head, entry = (json.loads(line) for line in path.read_text().splitlines())
    assert set(entry) == {"key", "role", "template", "reply"}
    assert head["uri"] == "scripted"


@pytest.mark.parametrize("text", ["", "hello\n", '{"format": "x"}\n'])
def test_a_file_that_is_no_recording_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_text(text)
    with pytest.raises(ModelError, match="record it anew"):
        Replay(path)
