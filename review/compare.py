"""Comparing readers: the same spec, questions and people, ranked by several base models.

The study's results "can change depending upon the base model used"; this says by how much. Open
conversations only: the sealed test split stays shut.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from ..agents.ranker import Question, Ranker
from ..agents.relevance import Grades, RelevanceGrader, section_key
from ..agreement.intervals import Clusters, Estimate, estimate
from ..agreement.people import People
from ..errors import OptionError
from ..graph.records import Figure
from ..graph.run_records import RunRecords
from ..models.budget import Budget
from ..models.caller import Caller, Watcher
from ..models.config import ModelConfig
from ..models.protocol import BaseModel
from ..models.records import Spent, Where
from ..models.registry import open_model
from ..panel.importers.load import load
from ..panel.ranking import Ranking
from ..panel.records import Lens, Panel
from ..panel.splits import FoldSplitter
from ..spec import Spec, read_spec
from ..store.memory import MemoryCallCache
from ..store.protocol import CallCache
from .compare_records import Comparison, Config, Pair, Reader, SectionLevel

MOST_RELEVANT = 5
"""Relevance from which a conversation counts towards a section (the study's Figure 1)."""
_DRAWS = 64
"""Tries to find another order: with two responses each finds one with a chance of a half."""


@dataclass(frozen=True, slots=True)
class _Answers:
    """One reader's rankings by conversation: in two orders, and the first one asked again."""

    first: Mapping[str, Ranking]
    other: Mapping[str, Ranking]
    again: tuple[Mapping[str, Ranking], ...]
    failed: int
    spent: Spent


async def compare(
    config: Config,
    *,
    watcher: Watcher | None = None,
    cache: CallCache | None = None,
    say: Callable[[str], None] | None = None,
) -> Comparison:
    """Rank with each model and compare. Raises InputError for what can't be read or opened, and BudgetEnded."""
    names = list(dict.fromkeys(config.models))
    if len(names) < len(config.models):
        raise OptionError(f"--models names {_twice(config.models)} twice: give each base model once")
    spec, panel = read_spec(config.spec), load(config.data)
    ids = _conversations(panel, config)
    people = People.compile(
        panel, Lens(block=config.block, people="open", split_seed=config.split_seed), conversations=ids
    )
    settings = ModelConfig.read(config.config) if config.config else ModelConfig()
    grading = config.relevance_model or names[0]
    opened: dict[str, BaseModel] = {}
    budget = Budget(config.max_calls, config.max_tokens, config.max_usd)
    kept = cache or MemoryCallCache()

    def caller(name: str, store: RunRecords) -> Caller:
        if name not in opened:
            opened[name] = open_model(name, settings)
        return Caller(opened[name], cache=kept, calls=store.calls, budget=budget, watcher=watcher)

    try:
        # All are opened before the first call, so that a wrong name costs nothing.
        callers = {
            name: (caller(name, store), store)
            for name in names
            for store in [RunRecords.in_memory(texts=False)]
        }
        grader = RunRecords.in_memory(texts=False)
        grades = await _grades(caller(grading, grader), spec, panel, ids)
        answers = {}
        for name, (asking, store) in callers.items():
            if say is not None:
                say(f"{name} reads")
            answers[name] = await _read(asking, store, spec, panel, ids, grades, config)
        notices = {name: opened[name].profile.notice for name in names}
    finally:
        for model in opened.values():
            await model.close()
    return Comparison(
        spec=spec.digest,
        block=config.block,
        context=config.context,
        conversations=len(ids),
        notice=panel.notice,
        readers=tuple(_reader(name, notices[name], answers[name], people, spec, grades) for name in names),
        pairs=tuple(_pair(one, other, answers, people) for one, other in combinations(names, 2)),
        relevance=_total(grader),
    )


def likeness(one: Ranking, other: Ranking) -> float:
    """Over the pairs of responses: 1 where both rankings say the same (a tie included), 0 where they say the
    opposite, ½ where only one of them ties. Symmetric; 1 for a ranking and itself.
    """
    here, there = one.places, other.places
    pairs = list(combinations(here, 2))
    signs = [(_sign(here[b] - here[a]), _sign(there[b] - there[a])) for a, b in pairs]
    return sum(1 - abs(mine - its) / 2 for mine, its in signs) / len(signs)


def _conversations(panel: Panel, config: Config) -> list[str]:
    """Ids outside the test split that somebody ranked, in order; a draw of them under a limit."""
    ranked = {one.conversation for one in panel.assessments if one.judgement(config.block)}
    place_of = FoldSplitter(config.split_seed).place_of
    ids = sorted(id_ for id_ in ranked if place_of(panel.conversations[id_]) != "test")
    if config.limit and config.limit < len(ids):
        ids = sorted(random.Random(f"compare/{config.seed}").sample(ids, config.limit))
    return ids


async def _grades(caller: Caller, spec: Spec, panel: Panel, ids: Sequence[str]) -> Grades:
    grades = Grades()
    conversations = [panel.conversations[id_] for id_ in ids]
    grades.learn(await RelevanceGrader(caller).grade(spec, spec.ids, conversations, Where(node="relevance")))
    return grades


async def _read(
    caller: Caller,
    store: RunRecords,
    spec: Spec,
    panel: Panel,
    ids: Sequence[str],
    grades: Grades,
    config: Config,
) -> _Answers:
    """Every question of one reader in one pass, so that all places on the wire are used."""
    asked = [
        Question(
            conversation=panel.conversations[id_],
            spec=spec,
            sections=grades.scope(spec, id_) if config.context == "scoped" else spec.ids,
            order_seed=f"compare/{config.seed}/first",
        )
        for id_ in ids
    ]
    turned = [_in_another_order(question, config.seed) for question in asked]
    again = [replace(question, repeat=repeat) for repeat in range(1, config.repeats) for question in asked]
    questions = [*asked, *turned, *again]
    ranked = await Ranker(caller).rank(questions, Where(node="compare"))
    found: list[dict[str, Ranking]] = []
    for start in range(0, len(questions), max(1, len(ids))):
        part = ranked[start : start + len(ids)]
        found.append({one.conversation: one.ranking for one in part if one is not None})
    first, other, *later = found
    failed = sum(one is None for one in ranked)
    return _Answers(first, other, tuple(later), failed, _total(store))


def _in_another_order(question: Question, seed: int) -> Question:
    """The question with its responses shown in an order that differs; two draws may well give the same one."""
    for number in range(_DRAWS):
        turned = replace(question, order_seed=f"compare/{seed}/other/{number}")
        if turned.order != question.order:
            return turned
    return question


def _reader(name: str, notice: str, answers: _Answers, people: People, spec: Spec, grades: Grades) -> Reader:
    in_scope = {
        id_: [c for c in answers.first if grades.grade(section_key(spec, id_), c) >= MOST_RELEVANT]
        for id_ in spec.ids
    }
    levels = people.by_section(answers.first, {id_: there for id_, there in in_scope.items() if there})
    return Reader(
        model=name,
        notice=notice,
        conversations=len(answers.first),
        failed=answers.failed,
        level=Figure.of(people.level(answers.first)),
        sections=tuple(
            SectionLevel(section=id_, conversations=len(in_scope[id_]), level=Figure.of(level))
            for id_, level in levels.items()
        ),
        order_consistency=Figure.of(_alike([(answers.first, answers.other)])),
        self_consistency=Figure.of(_alike(list(combinations((answers.first, *answers.again), 2)))),
        spent=answers.spent,
    )


def _pair(one: str, other: str, answers: Mapping[str, _Answers], people: People) -> Pair:
    first, second = answers[one].first, answers[other].first
    return Pair(
        first=one,
        second=other,
        difference=Figure.of(people.gain(first, second)),
        likeness=Figure.of(_alike([(first, second)])),
    )


def _alike(pairs: Sequence[tuple[Mapping[str, Ranking], Mapping[str, Ranking]]]) -> Estimate:
    """Mean likeness over conversations, each the mean over `pairs` of passes that both ranked it."""
    found: dict[str, list[float]] = {}
    for one, other in pairs:
        for id_ in one.keys() & other.keys():
            found.setdefault(id_, []).append(likeness(one[id_], other[id_]))
    values = np.array([sum(each) / len(each) for _, each in sorted(found.items())])
    index = np.arange(values.size)
    alone = Clusters(index, np.zeros(values.size, dtype=np.intp), index, np.ones(values.size))
    return estimate(values, np.full(values.size, 1 / max(1, values.size)), alone, bounds=(0.0, 1.0))


def _total(store: RunRecords) -> Spent:
    return next(iter(store.calls.spent().values()), Spent())


def _twice(names: Sequence[str]) -> str:
    return next(name for name in names if list(names).count(name) > 1)


def _sign(difference: int) -> int:
    return (difference > 0) - (difference < 0)
