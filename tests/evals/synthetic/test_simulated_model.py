"""The simulated model reads the rendered prompt: what the text tells it, it does, and errs as its config says."""

import json
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from concord.agents.ranker import Question, Ranker
from concord.agents.relevance import RelevanceGrader
from concord.agents.validator import Justification, Validator
from concord.evals.synthetic.answers import SimulatedAnswers
from concord.evals.synthetic.config import ReaderConfig, WorldConfig, shaped
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
from concord.review.measured_reader import error_sd
from concord.spec import Edit, Proposal, Spec
from concord.store.memory import MemoryCallCache, MemoryStore
from concord.testing.hash_answers import Asked
from concord.testing.inverted_prompts import inverted
from concord.testing.prompt_reader import PromptUnreadable, read_prompt


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


def test_behind_a_wire_it_answers_as_here_and_a_seed_stands_for_a_repeat(world: World) -> None:
    erring = make_world(exact(retest_flips=0.4), 1)
    server = SimulatedAnswers(erring)
    request = asked(erring, Spec.parse(erring.spec), 3)

    def over_the_wire(**body: int) -> Any:
        return json.loads(server(Asked(request.system, request.user, "strict_schema", None, body)))

    assert over_the_wire() == answer(erring, request)
    repeats = [answer(erring, request.model_copy(update={"repeat": number})) for number in range(20)]
    assert [over_the_wire(seed=number) for number in range(20)] == repeats
    assert len({each["ranking"] for each in repeats}) > 1
    assert server(Asked("Hello.", "Who are you?", "json_mode", None, {})) == "{}"


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


def test_a_reader_that_is_not_told_which_end_is_first_answers_nothing(world: World) -> None:
    request = asked(world, Spec.parse(world.spec), 0)
    silent = [
        part.model_copy(update={"text": "Rank these."}) if part.name == "system" else part
        for part in request.parts
    ]
    with pytest.raises(PromptUnreadable):
        answer(world, request.model_copy(update={"parts": tuple(silent)}))


def test_relevance_is_graded_by_the_text_that_is_shown(world: World) -> None:
    spec = Spec.parse(world.spec)
    conversations = list(people_of(world).conversations.values())[:30]
    _, readings = RelevanceGrader(caller(world)).requests(spec, spec.ids, conversations)
    assert any(answer(world, reading.request)["grades"] for reading in readings)
    for reading in readings:
        listed, rest = (
            {(grade["conversation"], grade["section"]) for grade in answer(world, reading.request, invert=turned)["grades"]}
            for turned in (False, True)
        )  # fmt: skip
        assert not listed & rest
        for key, section in listed:
            topics = world.topic_sets[world.index[reading.conversations[key].id]]
            assert any(spec.source_of(section).lower().count(t) for t in map(_topic, topics))


def test_the_validator_hears_reasons_for_and_against(world: World) -> None:
    from concord.evals.synthetic.language import SHOULD, Rule, reason, write

    spec = Spec.parse(world.spec)
    edit = Edit(op="insert", section=spec.ids[1], anchor="", text="\n" + write(Rule(4, 9, SHOULD)) + "\n")
    proposal = Proposal(
        edits=(edit,),
        intent="Put these first.",
        kind="clarification",
        origin="batch",
        conversations=(),
        base=spec.digest,
    )
    texts = [
        reason(4, 9, 1, "A", own_words=True, pick=0),
        reason(4, 9, -1, "A", own_words=False, pick=1),
        "ok",
    ]
    said = {
        f"k{n}": Justification(
            assessment=f"a{n}", participant="p", conversation=world.names[0], text=text, ranking="A>B>C>D"
        )
        for n, text in enumerate(texts)
    }
    request = Validator(caller(world)).request(
        proposal, said, spec=spec, conversations=people_of(world).conversations
    )
    stances = [verdict["stance"] for verdict in answer(world, request)["verdicts"]]
    assert stances == ["support", "refute", "silent"]
    turned = [verdict["stance"] for verdict in answer(world, request, invert=True)["verdicts"]]
    assert turned == ["refute", "support", "silent"]
    assert read_prompt(inverted(request.system), request.user).role == "validator"


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
