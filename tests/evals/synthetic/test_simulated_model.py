"""The simulated model reads the rendered prompt: what the text tells it, it does, and errs as its config says."""

import json
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from concord.agents.ranker import Question, Ranker
from concord.agents.relevance import RelevanceGrader
from concord.agents.validator import Justification, Validator
from concord.evals.synthetic.config import ReaderConfig, WorldConfig, shaped
from concord.evals.synthetic.instructions import inverted, understood
from concord.evals.synthetic.model import SimulatedModel
from concord.evals.synthetic.proposing import Case, View, propose
from concord.evals.synthetic.reading import Reader
from concord.evals.synthetic.texts import panel
from concord.evals.synthetic.world import World, make_world
from concord.models.budget import Budget
from concord.models.call_log import StoredCalls
from concord.models.caller import Caller
from concord.models.protocol import Request
from concord.panel.records import Panel
from concord.review.calibrate import error_sd
from concord.spec import Edit, Proposal, Spec
from concord.store.memory import MemoryCallCache, MemoryStore


def exact(**more: Any) -> WorldConfig:
    """A small world with a reader that doesn't err."""
    reader = ReaderConfig(
        insight=1, retest_flips=0, order_flips=0, wording_flips=0, position_bias=0, length_bias=0,
        wording_push=0, relevance_recall=1, relevance_precision=1, validator_accuracy=1, synonyms=1,
    )  # fmt: skip
    return shaped("small").model_copy(update={"reader": reader.model_copy(update=more), "fresh": 200})


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(exact(), 1)


def caller(world: World) -> Caller:
    calls = StoredCalls(MemoryStore(texts=False))
    return Caller(model(world), cache=MemoryCallCache(), calls=calls, budget=Budget())


@lru_cache(maxsize=4)
def people_of(world: World) -> Panel:
    return panel(world)


@lru_cache(maxsize=8)
def model(world: World, invert: bool = False) -> SimulatedModel:
    return SimulatedModel(world, invert=invert)


def asked(world: World, spec: Spec, index: int, order_seed: str = "a") -> Request:
    conversation = people_of(world).conversations[world.names[index]]
    question = Question(conversation=conversation, spec=spec, sections=spec.ids, order_seed=order_seed)
    return Ranker(caller(world)).request(question)


def answer(world: World, request: Request, *, invert: bool = False) -> Any:
    return json.loads(model(world, invert).answer(request).text)


def test_a_ranking_follows_the_rules_in_the_prompt_and_nothing_else(world: World) -> None:
    gap = next(gap for gap in world.gaps if gap.kind == "change_of_principle")
    index = int(np.flatnonzero(world.concerns[: world.size, gap.topic])[0])
    before, after = (answer(world, asked(world, Spec.parse(t), index)) for t in (world.spec, world.true_spec))
    assert before["ranking"] != after["ranking"]
    request = asked(world, Spec.parse(world.true_spec), index)
    blind = request.model_copy(
        update={"parts": tuple(part.model_copy(update={"data": None}) for part in request.parts)}
    )
    assert answer(world, blind) == after


def test_one_prompt_and_all_at_once_come_out_alike(world: World) -> None:
    noisy = make_world(exact(retest_flips=0.1, order_flips=0.1, wording_flips=0.1, position_bias=0.2), 2)
    spec = Spec.parse(noisy.spec)
    texts = [spec.source_of(id_).rstrip() for id_ in spec.ids]
    for index in range(5):
        request = asked(noisy, spec, index)
        order = [
            r.label
            for r in Question(
                conversation=people_of(noisy).conversations[noisy.names[index]],
                spec=spec,
                sections=spec.ids,
                order_seed="a",
            ).order
        ]
        places = np.array([[order.index(label) for label in "ABCD"]])
        levels = Reader(noisy).levels(texts, None, np.array([index]), places)[0]
        ranking = answer(noisy, request)["ranking"]
        best = ranking.split(">")[0].split("=")
        assert {"ABCD"[i] for i in np.flatnonzero(levels == levels.max())} == set(best)


def test_with_the_instructions_inverted_the_worst_comes_first(world: World) -> None:
    request = asked(world, Spec.parse(world.spec), 0)
    told, turned = answer(world, request)["ranking"], answer(world, request, invert=True)["ranking"]
    assert told.split(">") == turned.split(">")[::-1]


def test_a_reader_that_is_not_told_which_end_is_first_ranks_by_chance(world: World) -> None:
    request = asked(world, Spec.parse(world.spec), 0)
    silent = [
        p.model_copy(update={"text": "Rank these."}) if p.name == "system" else p for p in request.parts
    ]
    assert answer(world, request.model_copy(update={"parts": tuple(silent)})) != answer(world, request)


def test_every_shipped_prompt_is_understood_and_can_be_inverted(world: World) -> None:
    spec = Spec.parse(world.spec)
    people, who = people_of(world), caller(world)
    grading, _ = RelevanceGrader(who).requests(spec, spec.ids[:3], list(people.conversations.values())[:4])
    ranking = asked(world, spec, 0)
    for request, name in ((ranking, "best_first"), (grading[0], "relevance")):
        assert getattr(understood(request.system), name) == 1
        assert getattr(understood(inverted(request.system)), name) == -1
    with pytest.raises(ValueError, match="inverted"):
        inverted("Say hello.")


def test_relevance_is_graded_by_the_text_that_is_shown(world: World) -> None:
    spec = Spec.parse(world.spec)
    conversations = list(people_of(world).conversations.values())[:30]
    requests, shards = RelevanceGrader(caller(world)).requests(spec, spec.ids, conversations)
    for request, (_, shard) in zip(requests, shards, strict=True):
        for grade in answer(world, request)["grades"]:
            index = world.index[shard[int(grade["conversation"][1:]) - 1].id]
            topics = world.topic_sets[index]
            assert any(spec.source_of(grade["section"]).lower().count(t) for t in map(_topic, topics))


def test_the_validator_hears_reasons_for_and_against(world: World) -> None:
    from concord.evals.synthetic.language import SHOULD, Rule, reason, write

    edit = Edit(op="insert", section=Spec.parse(world.spec).ids[1], anchor="", text=write(Rule(4, 9, SHOULD)))
    proposal = Proposal(
        edits=(edit,),
        intent="Put these first.",
        kind="clarification",
        origin="batch",
        conversations=(),
        base="x",
    )
    said = [
        Justification(assessment=f"a{n}", participant="p", conversation=world.names[0], text=text, ranking="A>B>C>D")
        for n, text in enumerate(
            [reason(4, 9, 1, "A", own_words=True, pick=0), reason(4, 9, -1, "A", own_words=False, pick=1), "ok"]
        )
    ]  # fmt: skip
    request = Validator(caller(world)).request(proposal, said)
    stances = [verdict["stance"] for verdict in answer(world, request)["verdicts"]]
    assert stances == ["support", "refute", "silent"]
    turned = [verdict["stance"] for verdict in answer(world, request, invert=True)["verdicts"]]
    assert turned == ["refute", "support", "silent"]


def test_proposals_come_from_what_people_say_and_turn_with_the_instructions(world: World) -> None:
    from concord.evals.synthetic.language import AVOID, LONG, SHOULD, TOPICS, Rule, reason, rules, write

    section = f"# {TOPICS[4].capitalize()}\n\n{write(Rule(4, 20, SHOULD))}\n"
    ranker = {"A": 0, "B": 1, "C": 2, "D": 3}
    people = [
        ({"A": 3, "B": 2, "C": 1, "D": 0}, reason(4, 9, 1, "A", own_words=True, pick=n)) for n in range(6)
    ]
    config = world.config.proposer.model_copy(
        update={"finds": 1.0, "exact": 1.0, "partial": 0.0, "broad": 0.0}
    )
    view = View(
        seed=1, mark=7, sections={"s": section}, outline=[("s", 1)],
        cases=[Case(frozenset({4}), ranker, people) for _ in range(4)], batch=True,
    )  # fmt: skip
    first = propose(config, view)[0]
    assert rules(first["edits"][0]["text"]) == (Rule(4, 9, SHOULD),)
    turned = propose(config, View(**{**_fields(view), "with_people": -1}))[0]
    assert rules(turned["edits"][0]["text"]) == (Rule(4, 9, AVOID),)
    content = View(**{**_fields(view), "cases": [Case(frozenset({4}), people[0][0], people)]})
    assert all(rules(c["edits"][0]["text"]) != (Rule(4, 9, SHOULD),) for c in propose(config, content))
    assert LONG not in {rule.quality for rule in rules(first["edits"][0]["text"])}


@pytest.mark.parametrize("flips", [0.05, 0.15])
def test_flip_shares_come_out_as_configured(flips: float) -> None:
    sd, rng = error_sd(flips), np.random.default_rng(0)
    value = rng.normal(size=(20_000, 2))
    one, other = (value + sd * rng.normal(size=value.shape) for _ in range(2))
    flipped = ((one[:, 0] > one[:, 1]) != (other[:, 0] > other[:, 1])).mean()
    assert flipped == pytest.approx(flips, abs=0.01)


def _topic(topic: int) -> str:
    from concord.evals.synthetic.language import TOPICS

    return TOPICS[topic]


def _fields(view: View) -> dict[str, Any]:
    return {name: getattr(view, name) for name in View.__dataclass_fields__}
