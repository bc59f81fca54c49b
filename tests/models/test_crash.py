"""A run that is killed pays for nothing twice when it goes on."""

import asyncio
import multiprocessing
import os
from pathlib import Path

from concord.agents.answers import RankingAnswer
from concord.models.budget import Budget
from concord.models.call_log import StoredCalls
from concord.models.caller import Answered, Caller
from concord.models.protocol import Profile, Request
from concord.models.records import Where
from concord.prompts.render import Part
from concord.store.cache import DiskCallCache
from concord.store.sqlite import SqliteStore
from concord.testing.scripted import Scripted, ScriptedModel

QUESTIONS = 60
KILLED_AT = 25


def question(n: int) -> Request:
    return Request(
        role="ranker",
        template="ranker@0",
        parts=(Part(name="conversation", text=f"question {n}"),),
        answer=RankingAnswer,
    )


def ask(
    folder: Path, store: SqliteStore, model: ScriptedModel
) -> list[Answered[RankingAnswer]]:  # fmt: skip
    cache = DiskCallCache(folder / "cache")
    caller = Caller(model, cache=cache, calls=StoredCalls(store), budget=Budget())
    try:
        requests = (question(n) for n in range(QUESTIONS))
        return asyncio.run(caller.ask(requests, Where(round=1), RankingAnswer))
    finally:
        cache.close()


def killed_midway(folder: Path) -> None:
    def script(request: Request) -> Scripted:
        if f"question {KILLED_AT}" in request.user:
            os._exit(9)
        return {"explanation": "", "ranking": "A"}

    store = SqliteStore.create(folder / "run")
    ask(folder, store, ScriptedModel(script, profile=Profile(concurrency=1)))


def test_a_killed_run_goes_on_from_its_last_answer(tmp_path: Path) -> None:
    process = multiprocessing.get_context("fork").Process(target=killed_midway, args=(tmp_path,))
    process.start()
    process.join()
    assert process.exitcode == 9

    model = ScriptedModel(lambda _: {"explanation": "", "ranking": "A"}, profile=Profile(concurrency=1))
    store = SqliteStore.open(tmp_path / "run")
    answered = ask(tmp_path, store, model)
    assert all(a.answer for a in answered)
    assert len(model.asked) == QUESTIONS - KILLED_AT
    assert StoredCalls(store).count(status="answered") == QUESTIONS
    store.close()
