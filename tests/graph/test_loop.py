"""The loop on the bundled example: what it may look at, what it may adopt, and how it stops."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from concord.errors import SealBroken
from concord.graph.concluding import conclude
from concord.graph.launch import Finished, Paused, launch
from concord.graph.options import Options
from concord.graph.run_records import RunRecords
from concord.graph.sealed import Seal
from concord.graph.workshop import Setup, Workshop
from concord.models.budget import Budget
from concord.models.caller import Caller
from concord.models.protocol import BaseModel, Failure, Reply, Request, Role, Ticket
from concord.models.registry import open_model
from concord.panel.importers.load import load
from concord.panel.splits import reserved, split_of
from concord.prompts.render import fence
from concord.spec import read_spec
from concord.store.memory import MemoryCallCache
from concord.store.protocol import CallCache

ROOT = Path(__file__).resolve().parents[2]
ROLES: tuple[Role, ...] = ("ranker", "relevance", "batch_proposer", "conversation_proposer", "validator")
SPEC = read_spec(ROOT / "example" / "spec.md")
PANEL = load(ROOT / "example" / "data")


class Crash(Exception):
    """What a power cut is to a run."""


class Stops:
    """A watcher that breaks the run off after so many answers."""

    def __init__(self, after: int) -> None:
        self.left = after

    def planned(self, role: Role, count: int) -> None:
        pass

    def done(self, role: Role, *, cached: bool, failed: bool) -> None:
        self.left -= 1
        if self.left == 0:
            raise Crash


def setup(
    *,
    options: Options | None = None,
    store: RunRecords | None = None,
    cache: CallCache | None = None,
    budget: Budget | None = None,
    watcher: Stops | None = None,
) -> Setup:
    store, cache, budget = store or RunRecords.in_memory(), cache or MemoryCallCache(), budget or Budget()
    caller = Caller(open_model("embedded"), cache=cache, calls=store.calls, budget=budget, watcher=watcher)
    return Setup(
        spec=SPEC, panel=PANEL, callers=dict.fromkeys(ROLES, caller), budget=budget, store=store,
        options=options or Options(),
    )  # fmt: skip


def run(given: Setup) -> Finished:
    ended = asyncio.run(launch(given))
    assert isinstance(ended, Finished)
    return ended


@pytest.fixture(scope="module")
def finished() -> Finished:
    return run(setup())


def prompts(ended: Finished, *roles: str) -> list[tuple[str, str]]:
    """(node, whole prompt) of every call of these roles."""
    store = ended.shop.store
    return [
        (call.where.node, "".join(text for _, text in call.parts))
        for role in roles
        for call in store.calls.find(role=role)
    ]


def prompt_of(conversation: str) -> str:
    return PANEL.conversations[conversation].messages[-1].content


def test_it_mends_places_and_says_what_the_sealed_test_shows(finished: Finished) -> None:
    summary = finished.summary
    assert summary.proposals["adopted"] >= 3
    assert summary.sealed_test is not None
    gain = summary.sealed_test.gain
    assert gain.low is not None
    assert gain.low > 0
    assert summary.notice.startswith("Synthetic")


def test_what_is_adopted_passed_its_trial_and_the_peoples_words(finished: Finished) -> None:
    store = finished.shop.store
    for adopted in finished.summary.adopted:
        (trial,) = store.trials.find(proposal=adopted.id, stage="trial")
        assert trial.outcome == "positive"
        assert len(set(trial.planned)) == len(trial.planned)
        assert {split_of(id, 0) for id in trial.planned} == {"selection"}
        voices = store.note(f"voices:{adopted.id}")
        assert isinstance(voices, dict)
        assert voices["outcome"] == "pass"


def test_every_proposal_gets_one_decision_of_the_loop(finished: Finished) -> None:
    store = finished.shop.store
    decided = [decision.proposal for decision in store.decisions.find(by="loop")]
    assert sorted(decided) == sorted(proposal.id for proposal in store.proposals.find())


def test_the_sealed_conversations_are_seen_by_conclude_alone(finished: Finished) -> None:
    sealed = {prompt_of(id) for id in PANEL.conversations if split_of(id, 0) == "test"}
    open_ = {prompt_of(id) for id in PANEL.conversations if split_of(id, 0) != "test"}
    only_sealed = sealed - open_
    assert only_sealed
    for node, text in prompts(finished, *ROLES):
        if node != "conclude":
            assert not [found for found in only_sealed if found in text]


def test_proposers_see_training_conversations_only(finished: Finished) -> None:
    train = {prompt_of(id) for id in PANEL.conversations if split_of(id, 0) == "train"}
    others = {prompt_of(id) for id in PANEL.conversations if split_of(id, 0) != "train"} - train
    for _, text in prompts(finished, "batch_proposer", "conversation_proposer"):
        assert not [found for found in others if found in text]


def test_people_held_in_reserve_are_heard_only_at_the_end(finished: Finished) -> None:
    heard: set[str] = set()
    kept: set[str] = set()
    for assessment in PANEL.assessments:
        if assessment.world:
            (kept if reserved(assessment.participant, 0) else heard).add(assessment.world.rationale)
    for _, text in prompts(finished, "batch_proposer", "conversation_proposer", "validator"):
        assert not [words for words in kept - heard if words and fence(words) in text]
    assert finished.summary.sealed_test is not None
    assert finished.summary.sealed_test.unseen_people is not None


def test_both_arms_of_a_trial_show_the_responses_in_one_order(finished: Finished) -> None:
    store = finished.shop.store
    (trial, *_) = store.trials.find(stage="trial", outcome="positive")
    orders: dict[str, set[tuple[str, ...]]] = {}
    calls = {call.id for call in store.calls.find(node="trial", subject=trial.proposal)}
    for ranked in store.rankings.find():
        if ranked.call in calls:
            orders.setdefault(ranked.conversation, set()).add(ranked.order)
    assert orders
    assert all(len(found) == 1 for found in orders.values())


def test_no_question_is_asked_twice(finished: Finished) -> None:
    questions = [ranked.question for ranked in finished.shop.store.rankings.find()]
    assert len(questions) == len(set(questions))


def test_the_same_inputs_give_the_same_summary_and_spec(finished: Finished) -> None:
    again = run(setup())
    assert again.summary == finished.summary
    assert again.spec == finished.spec


def test_another_seed_draws_other_orders(finished: Finished) -> None:
    other = run(setup(options=Options(seed=1, rounds=1)))

    def measured(ended: Finished) -> dict[str, tuple[str, ...]]:
        calls = {call.id for call in ended.shop.store.calls.find(node="measure", round=1)}
        return {r.conversation: r.order for r in ended.shop.store.rankings.find() if r.call in calls}

    assert measured(other).keys() == measured(finished).keys()
    assert measured(other) != measured(finished)


def test_a_budget_that_ends_is_said_and_the_sealed_test_still_taken() -> None:
    ended = run(setup(budget=Budget(max_calls=600)))
    assert ended.summary.stop_reason == "budget"
    assert ended.summary.sealed_test is not None
    assert sum(ended.summary.calls.values()) <= 600


def test_a_run_broken_off_goes_on_without_paying_twice(tmp_path: Path, finished: Finished) -> None:
    store, cache = RunRecords.in_memory(), MemoryCallCache()
    checkpoint = tmp_path / "checkpoint.db"
    with pytest.raises(Crash):
        asyncio.run(launch(setup(store=store, cache=cache, watcher=Stops(700)), checkpoint=checkpoint))
    resumed = asyncio.run(launch(setup(store=store, cache=cache), checkpoint=checkpoint))
    assert isinstance(resumed, Finished)
    assert resumed.summary == finished.summary
    paid = sum(call.attempts for call in store.calls.find())
    assert paid == sum(call.attempts for call in finished.shop.store.calls.find())


def test_without_a_reviewer_an_approved_run_pauses_and_goes_on_later(tmp_path: Path) -> None:
    store, cache = RunRecords.in_memory(), MemoryCallCache()
    checkpoint = tmp_path / "checkpoint.db"
    given = setup(options=Options(approve=True, rounds=1), store=store, cache=cache)
    paused = asyncio.run(launch(given, checkpoint=checkpoint))
    assert isinstance(paused, Paused)
    assert store.decisions.find(decision="adopted") == []

    asked: list[str] = []

    async def approver(question: Mapping[str, object]) -> dict[str, str]:
        asked.append(str(question["proposal"]))
        return {"decision": "adopt" if len(asked) == 1 else "set_aside", "name": "Ada", "note": "read it"}

    given = setup(options=Options(approve=True, rounds=1), store=store, cache=cache)
    ended = asyncio.run(launch(given, checkpoint=checkpoint, approver=approver))
    assert isinstance(ended, Finished)
    assert [adopted.id for adopted in ended.summary.adopted] == asked[:1]
    assert {(d.by, d.note) for d in store.decisions.find(by="Ada")} == {("Ada", "read it")}


def test_the_sealed_split_opens_once_a_run(finished: Finished) -> None:
    shop = Workshop(setup())
    seal = Seal(shop, None, "run")
    seal.open()
    with pytest.raises(SealBroken):
        seal.open()
    with pytest.raises(SealBroken):
        Seal(finished.shop, None, "run").open()


def test_a_workshop_holds_no_sealed_conversation() -> None:
    shop = Workshop(setup())
    assert {split_of(id, 0) for id in shop.open} == {"train", "selection"}
    assert shop.sealed == sum(split_of(id, 0) == "test" for id in PANEL.conversations)


def test_conclude_after_a_resume_keeps_the_result_on_record(finished: Finished) -> None:
    before = finished.shop.store.note("sealed_test")
    state = {"current": finished.spec.digest, "round": 1}
    asyncio.run(conclude(finished.shop, Seal(finished.shop, None, "run"), state))  # type: ignore[arg-type]  # the fields it reads
    assert finished.shop.store.note("sealed_test") == before


@pytest.mark.parametrize(
    ("changed", "absent"),
    [
        ({"proposers": "batch"}, "conversation_proposer"),
        ({"proposers": "conversation"}, "batch_proposer"),
        ({"validating": False}, "validator"),
    ],
)
def test_an_agent_that_is_switched_off_is_not_asked(changed: dict[str, object], absent: str) -> None:
    options = Options.model_validate({"rounds": 1, **changed})
    ended = run(replace(setup(), options=options))
    assert ended.shop.store.calls.count(role=absent) == 0


def test_a_model_whose_calls_fail_costs_those_conversations_only() -> None:
    given = setup(options=Options(rounds=1))
    model = open_model("embedded")
    broken = Flaky(model)
    caller = Caller(broken, cache=MemoryCallCache(), calls=given.store.calls, budget=given.budget)
    ended = run(replace(given, callers=dict.fromkeys(ROLES, caller)))
    assert ended.summary.failed_calls > 0
    assert ended.summary.sealed_test is not None
    assert ended.summary.sealed_test.failed > 0
    assert ended.summary.sealed_test.conversations < ended.shop.sealed


class Flaky:
    """A base model that refuses a tenth of what it is asked."""

    def __init__(self, model: BaseModel) -> None:
        self._model = model
        self.uri, self.identity, self.profile = model.uri, model.identity, model.profile

    async def submit(self, requests: Sequence[Request], /) -> Ticket:
        return await self._model.submit(requests)

    async def collect(self, ticket: Ticket, /) -> AsyncIterator[tuple[int, Reply | Failure]]:
        async for index, reply in self._model.collect(ticket):
            if isinstance(reply, Reply) and sum(reply.text.encode()) % 10 == 0:
                yield index, Reply(text="", finish="refusal")
            else:
                yield index, reply

    async def close(self) -> None:
        await self._model.close()
