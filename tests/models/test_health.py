"""How a base model is doing, role by role: what a loop needs to stop before it wastes a run."""

import asyncio
from collections.abc import Callable

from concord.agents.answers import RankingAnswer
from concord.models.budget import Budget
from concord.models.call_log import StoredCalls
from concord.models.caller import Caller
from concord.models.exchange import RetryPolicy
from concord.models.health import Health, together
from concord.models.protocol import Failure, Profile, Request
from concord.models.records import Where
from concord.prompts.render import Part
from concord.store.memory import MemoryCallCache
from concord.testing.scripted import Scripted, ScriptedModel

GOOD = {"explanation": "", "ranking": "A"}


def question(n: int, role: str = "ranker") -> Request:
    parts = (Part(name="conversation", text=f"question {n}"),)
    return Request(role=role, template="t@0", parts=parts, answer=RankingAnswer)


def health(script: Callable[[Request], Scripted], *requests: Request) -> Health:
    model = ScriptedModel(script, profile=Profile(concurrency=1))
    caller = Caller(
        model, cache=MemoryCallCache(), calls=StoredCalls.in_memory(), budget=Budget(),
        retry=RetryPolicy(attempts=1, first_delay=0.0),
    )  # fmt: skip
    for role in dict.fromkeys(request.role for request in requests):
        batch = [request for request in requests if request.role == role]
        asyncio.run(caller.ask(batch, Where(), RankingAnswer))
    return caller.health()


def test_nothing_asked_is_no_failure() -> None:
    assert health(lambda _: GOOD) == Health()
    assert Health().worst() is None


def test_answers_and_failures_are_counted_by_role() -> None:
    def script(request: Request) -> Scripted:
        return GOOD if request.role == "ranker" else "I would rather talk about the weather."

    found = health(script, *(question(n) for n in range(4)), *(question(n, "validator") for n in range(3)))
    assert (found.roles["ranker"].answered, found.roles["ranker"].failed_share) == (4, 0.0)
    assert (found.roles["validator"].failed, found.roles["validator"].failed_share) == (3, 1.0)
    assert found.roles["validator"].raw == "I would rather talk about the weather."
    worst = found.worst()
    assert worst is not None
    assert worst[0] == "validator"


def test_the_commonest_failure_is_told_whatever_number_it_names() -> None:
    def script(request: Request) -> Scripted:
        number = int(request.user.split()[-1])
        return (
            Failure(message="no such model")
            if number == 0
            else Failure(message=f"error {number} at line {number}")
        )

    (role,) = health(script, *(question(n) for n in range(5))).roles.values()
    assert (role.failed, role.commonest_count) == (5, 4)
    assert role.commonest.startswith("error ")


def test_answers_out_of_the_cache_count_as_answered() -> None:
    assert health(lambda _: GOOD, question(1), question(1)).answered == 2


def test_several_callers_are_one() -> None:
    bad = health(lambda _: "prose", question(1), question(2))
    whole = together([health(lambda _: GOOD, question(1)), bad, Health(paused_for=5.0)])
    assert (whole.answered, whole.failed, whole.paused_for) == (1, 2, 5.0)
    assert whole.roles["ranker"].raw == "prose"
