"""The simulated base model: its errors are those that its config sets, and depend on the exact prompt."""

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from concord.agents.proposers import Case, Proposer
from concord.agents.ranker import Question, Ranker
from concord.agents.records import Ranked
from concord.agents.relevance import RelevanceGrader
from concord.agents.validator import Justification, Validator
from concord.evals.worlds.config import ModelConfig, shaped
from concord.evals.worlds.generate import World, make_world
from concord.evals.worlds.inhabit import panel
from concord.evals.worlds.language import sentences, write
from concord.evals.worlds.model import SimulatedModel
from concord.evals.worlds.reading import Reader, order_numbers
from concord.evals.worlds.truth import Truth
from concord.evals.worlds.validating import stance_of
from concord.graph.run_records import RunRecords
from concord.models.budget import Budget
from concord.models.caller import Caller
from concord.models.records import Where
from concord.panel.records import Panel
from concord.spec import Edit, Proposal, Spec, apply
from concord.store.memory import MemoryCallCache

WORLD: World = make_world(shaped("small"), 0)
PANEL: Panel = panel(WORLD)
SPEC = Spec.parse(WORLD.spec)
HERE = Where(node="test")
PLACES = np.arange(WORLD.size)


def caller(world: World = WORLD, *, exact: bool = False) -> Caller:
    store = RunRecords.in_memory(texts=False)
    model = SimulatedModel(world, exact_relevance=exact)
    return Caller(model, cache=MemoryCallCache(), calls=store.calls, budget=Budget())


def question(name: str, spec: Spec | None = SPEC, *, draw: str = "a", repeat: int = 0) -> Question:
    ids = spec.ids if spec else ()
    return Question(PANEL.conversations[name], spec, ids, draw, repeat)


def rank(questions: Sequence[Question]) -> list[str]:
    answers = asyncio.run(Ranker(caller()).rank(questions, HERE))
    return [str(answer.ranking) for answer in answers if answer is not None]


def share(first: Sequence[object], second: Sequence[object]) -> float:
    return float(np.mean([a != b for a, b in zip(first, second, strict=True)]))


def paraphrased() -> Spec:
    some = sentences(WORLD.spec)[0]
    return Spec.parse(WORLD.spec.replace(some.text, write(some.rule, some.wording + 1)))


def test_the_same_prompt_errs_in_the_same_way_and_any_other_anew() -> None:
    names = WORLD.names[:120]
    first = rank([question(name) for name in names])
    assert rank([question(name) for name in names]) == first
    for other in (
        [question(name, draw="b") for name in names],
        [question(name, paraphrased()) for name in names],
        [question(name, repeat=1) for name in names],
    ):
        assert 0.2 < share(first, rank(other)) < 0.9


def test_without_noise_a_paraphrase_changes_nothing_and_a_rule_counts() -> None:
    quiet = WORLD.config.model_copy(update={"model": ModelConfig(ranker_noise=0)})
    reader = Reader(make_world(quiet, 0))
    orders = order_numbers([[0, 1, 2, 3]] * WORLD.size)
    plain = reader.rank_all([WORLD.spec], PLACES, orders)
    assert np.array_equal(reader.rank_all([paraphrased().text], PLACES, orders), plain)
    dropped = WORLD.spec.replace(sentences(WORLD.spec)[0].text, "")
    assert not np.array_equal(reader.rank_all([dropped], PLACES, orders), plain)


def test_all_at_once_is_one_at_a_time() -> None:
    reader = Reader(WORLD)
    texts = [SPEC.source_of(id).rstrip() for id in SPEC.ids]
    rng = np.random.default_rng(1)
    orders = [[int(v) for v in rng.permutation(4)] for _ in range(40)]
    at = np.arange(40)
    fast = reader.rank_all(texts, at, order_numbers(orders))
    for index in at:
        assert fast[index].tolist() == reader.rank_one(texts, int(index), orders[index])


def test_relevance_has_the_precision_and_recall_that_are_set() -> None:
    world = make_world(shaped("ca1").scaled(0.4), 0)
    reader = Reader(world)
    found = {
        (t, c) for t in world.plan.topics for c in range(world.size) if reader.grade(frozenset({t}), c) >= 4
    }
    true = {(t, c) for t in world.plan.topics for c in range(world.size) if world.concerns[c, t]}
    assert len(found & true) / len(true) == pytest.approx(world.config.model.relevance_recall, abs=0.03)
    assert len(found & true) / len(found) == pytest.approx(world.config.model.relevance_precision, abs=0.03)
    exact = Reader(world, exact_relevance=True)
    assert {
        (t, c) for t in world.plan.topics for c in range(world.size) if exact.grade(frozenset({t}), c) >= 4
    } == true


def test_relevance_is_graded_through_the_shipped_agent() -> None:
    conversations = [PANEL.conversations[name] for name in WORLD.names[:30]]
    ids = [section.id for section in SPEC.sections]
    grades = asyncio.run(RelevanceGrader(caller(exact=True)).grade(SPEC, ids, conversations, HERE))
    high = sum(grade >= 4 for each in grades.values() for grade in each.values())
    housed = set(WORLD.plan.topics)
    assert high == sum(len(WORLD.topic_sets[i] & housed) for i in range(30))


def cases(count: int, topic: int) -> list[Case]:
    """Cases on one topic whose ranker has it upside down."""
    chosen = [WORLD.names[i] for i in np.flatnonzero(WORLD.concerns[:, topic])[:count]]
    people = {
        name: [a.world for a in PANEL.assessments if a.conversation == name and a.world] for name in chosen
    }
    made = []
    for name in chosen:
        first = people[name][0].ranking
        worst = Ranked(
            call="", question="", conversation=name, spec=SPEC.digest, sections=(), order=("A", "B", "C", "D"),
            ranking=type(first)(tiers=tuple(reversed(first.tiers))),
        )  # fmt: skip
        home = [id for id in SPEC.ids if SPEC.section(id).level == 2 and topic in _topics(id)]
        made.append(
            Case(
                conversation=PANEL.conversations[name],
                ranked=worst,
                people=(people[name][0],),
                sections=tuple(home),
            )
        )
    return made


def _topics(id: str) -> frozenset[int]:
    from concord.evals.worlds.language import topics

    return topics(SPEC.source_of(id))


@pytest.mark.parametrize("origin", ["batch", "conversation"])
def test_a_gap_in_view_is_mended_with_the_set_chance_and_every_edit_applies(origin: str) -> None:
    proposer = Proposer(caller(), origin)  # type: ignore[arg-type]  # parametrised
    truth = Truth(WORLD)
    mend = next(m for m in WORLD.mends if not m.new_section and m.before)
    hits = total = 0
    shown = cases(24, mend.topic)
    batches = [shown[i : i + 4] for i in range(0, 20, 2)] if origin == "batch" else [[case] for case in shown]
    for proposal in asyncio.run(proposer.propose(SPEC, batches, [], HERE)):
        step = truth.stand(SPEC.text, apply(SPEC, proposal.edits).text)
        hits += mend.id in step.mends
        total += 1
    assert total >= 20
    assert 0.05 < hits / total < 0.6
    assert hits / total < 1


def test_what_was_tried_is_not_said_again() -> None:
    from concord.agents.proposers import Attempt

    proposer = Proposer(caller(), "batch")
    shown = cases(6, WORLD.mends[0].topic)
    first = asyncio.run(proposer.propose(SPEC, [shown], [], HERE))
    tried = [Attempt(section=p.edits[0].section, intent=p.intent, outcome="no_evidence") for p in first]
    again = asyncio.run(proposer.propose(SPEC, [shown], tried, HERE))
    assert not {p.intent for p in first} & {p.intent for p in again}


def test_the_validator_reads_reasons_rightly_with_the_set_chance() -> None:
    mend = next(m for m in WORLD.mends if m.before and m.after and not m.new_section)
    standing = next(s for s in sentences(WORLD.spec) if (s.rule.topic, s.rule.quality) == mend.place)
    text = write(type(standing.rule)(mend.topic, mend.quality, mend.after))
    edit = Edit(op="replace", section=SPEC.ids[1], anchor=standing.text, text=text)
    proposal = Proposal(edits=(edit,), intent="Move it.", kind="clarification", origin="human")
    asked = [
        Justification(assessment=a.id, participant=a.participant, conversation=a.conversation,
                      text=a.world.rationale, ranking=str(a.world.ranking))
        for a in PANEL.assessments if a.world and WORLD.concerns[WORLD.index[a.conversation], mend.topic]
    ][:600]  # fmt: skip
    verdicts = asyncio.run(Validator(caller()).judge(proposal, asked, HERE))
    moved = {mend.place: (mend.before, mend.after)}
    right = [stance_of(moved, item.text) for item in asked]
    told = [verdict.stance for verdict in verdicts]
    assert 1 - share(right, told) == pytest.approx(WORLD.config.model.validator_accuracy, abs=0.04)
    assert right.count("support") > 2 * right.count("refute")


def test_a_ranking_takes_a_fraction_of_a_millisecond() -> None:
    import time

    model = SimulatedModel(WORLD)
    ranker = Ranker(caller())
    requests = [ranker.request(question(name)) for name in WORLD.names[:200]]
    for request in requests:
        model.answer(request)
    began = time.perf_counter()
    for request in requests:
        model.answer(request)
    assert (time.perf_counter() - began) / len(requests) < 0.002, (
        "0.2 ms is usual; this bounds a slow machine"
    )
