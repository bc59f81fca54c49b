"""Measures a base model as a reader: how often it contradicts itself, and what moves it that should not.

A planned design: conversations × (original, reworded, edited) spec × two orders of the responses × two draws, then
relevance pairs and justifications, each asked twice. The figures plan a run, and are the errors of the simulated
reader. The literal prompts can be exported as JSON lines and the answers imported, so that an offline model, a
batch queue or people can be measured as well.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from math import cos, pi, sqrt
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field, ValidationError
from scipy.special import ndtri

from ..agents.answers import RankingAnswer, RelevanceAnswer, ValidatorAnswer
from ..agents.justifications import Justification, opaque_keys
from ..agents.ranker import Question, Ranker
from ..agents.relevance import IN_SCOPE, RelevanceGrader
from ..agents.validator import Validator
from ..agreement.measures import pair_agreement
from ..errors import DataError, OptionError
from ..models.answer_schema import strict_schema
from ..models.caller import Answered, Caller
from ..models.protocol import BaseModel, Profile, Reply, Request
from ..models.recorded import write_recording
from ..models.records import Where
from ..panel.ranking import Ranking
from ..panel.records import Panel
from ..records import Record
from ..spec import Edit, Proposal, Spec, apply

Version = Literal["original", "reworded", "edited"]
Asked = tuple[str, Version, str, int]
"""Conversation, version of the spec, order of the responses, draw."""
VERSIONS: tuple[Version, ...] = ("original", "reworded", "edited")
ORDERS = ("first", "second")
WHERE = Where(node="calibrate")
_REWORDED = (
    (r"\bshould\b", "ought to"), (r"\bdo not\b", "don't"), (r"\bdoes not\b", "doesn't"), (r"\bfor example\b", "for instance"),
    (r"\bsuch as\b", "like"), (r"\bHowever,", "Yet"), (r"\bin order to\b", "to"), (r"\bhelp\b", "assist"),
)  # fmt: skip
"""Changes of wording that change no demand."""
EDIT = "Of two answers that are otherwise equal, the assistant should prefer the shorter one."
INTENT = "Prefer the shorter of two answers that are otherwise equal."


class Design(Record):
    """What is asked. Calls: 12 a conversation, and twice the relevance and validator prompts."""

    conversations: int = Field(24, ge=2, description="Conversations to rank, drawn by seed.")
    relevance_conversations: int = Field(
        24, ge=1, description="Conversations to grade against every section."
    )
    justifications: int = Field(60, ge=1, description="Justifications to class.")
    seed: int = 0
    """Draws conversations, justifications and orders."""


class MeasuredReader(Record):
    """How a base model reads. Shares are of strict response pairs, unless said otherwise; None: nothing to tell by."""

    model: str
    retest_flip_share: float | None = None
    """Pairs ordered otherwise when the same prompt is asked again."""
    order_flip_share: float | None = None
    """The same when the responses stand in another order."""
    wording_flip_share: float | None = None
    """The same when the spec says the same in other words."""
    edit_flip_share: float | None = None
    """The same under a spec that asks for shorter answers: what a change that matters does."""
    position_bias: float | None = None
    """How much more often than half the response shown earlier is placed higher."""
    length_bias: float | None = None
    """How much more often than the people does it place the longer one higher."""
    relevance_repeat: float | None = None
    """Of the (section, conversation) pairs graded 4 or 5 once, the share graded so twice."""
    validator_repeat: float | None = None
    """Justifications classed alike twice."""
    validator_confusion: Mapping[str, Mapping[str, int]] = {}
    """Right stance to stance given to how often, on labelled justifications (`concord eval validator --reader`)."""
    answered: int = 0
    failed: int = 0
    conversations: int = 0
    difference_sd: float | None = None
    """Sd over conversations of the change in agreement with the people when the spec says the same in other words,
    each asked once: what a trial has to see an effect through. `difference_sd_of_two`: the mean of two orders."""
    difference_sd_of_two: float | None = None

    def sd_of(self, draws: int) -> float | None:
        """The same where each text is asked in so many orders: var = conversations' part + draws' part / draws."""
        if self.difference_sd is None or self.difference_sd_of_two is None:
            return None
        one, two = self.difference_sd**2, self.difference_sd_of_two**2
        drawn = max(0.0, 2 * (one - two))
        return sqrt(max(one - drawn, 0.0) + drawn / draws)

    @classmethod
    def read(cls, path: Path) -> "MeasuredReader":
        """A `reader.json`. Raises OptionError that names the file."""
        try:
            return cls.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, ValidationError) as problem:
            told = problem.errors()[0]["msg"] if isinstance(problem, ValidationError) else problem
            raise OptionError(f"the reader's file {str(path)!r} can't be read: {told}") from None

    def knobs(self) -> dict[str, Any]:
        """The errors of a simulated reader that comes out alike (`synthetic.config.ReaderConfig`)."""
        told: dict[str, float | None] = {
            "retest_flips": self.retest_flip_share,
            "order_flips": _beyond(self.order_flip_share, self.retest_flip_share),
            "wording_flips": _beyond(self.wording_flip_share, self.retest_flip_share),
            # Neighbours on four places lie 5/3 places apart in the mean, and the bias falls over 1.5 of them.
            "position_bias": _distance(self.position_bias, 10 / 9),
            # Two normal lengths lie 2 / sqrt(pi) apart in the mean.
            "length_bias": _distance(self.length_bias, 1.128),
            # Two readings of recall a have a / (2 - a) of what either finds in common.
            "relevance_recall": None
            if self.relevance_repeat is None
            else 2 * self.relevance_repeat / (1 + self.relevance_repeat),
            # Two readings of accuracy a agree in a² + (1 - a)².
            "validator_accuracy": None
            if self.validator_repeat is None
            else (1 + sqrt(max(0.0, 2 * self.validator_repeat - 1))) / 2,
        }
        knobs: dict[str, Any] = {name: float(value) for name, value in told.items() if value is not None}
        return knobs | ({"validator_confusion": self.validator_confusion} if self.validator_confusion else {})


@dataclass(frozen=True)
class Plan:
    """The prompts of a design, in a fixed order."""

    panel: Panel
    spec: Spec
    design: Design
    caller: Caller

    @cached_property
    def specs(self) -> Mapping[Version, Spec]:
        edited = apply(
            self.spec, [Edit(op="insert", section=self.spec.ids[0], anchor="", text=f"\n{EDIT}\n")]
        )
        return {"original": self.spec, "reworded": reworded(self.spec), "edited": edited}

    @cached_property
    def names(self) -> list[str]:
        """Conversations that somebody ranked, drawn by seed."""
        there = sorted({one.conversation for one in self.panel.assessments if one.world})
        if not there:
            raise DataError(
                "no conversation has a 'world' ranking: there is nothing to compare the reader with"
            )
        chosen = np.random.default_rng(self.design.seed).permutation(len(there))
        return [there[place] for place in chosen]

    @cached_property
    def questions(self) -> list[Asked]:
        """Each ranking prompt."""
        return [
            (name, version, order, draw)
            for name in self.names[: self.design.conversations]
            for version in VERSIONS
            for order in ORDERS
            for draw in (0, 1)
        ]

    def asked(self, name: str, version: Version, order: str, draw: int) -> Question:
        spec = self.specs[version]
        return Question(
            conversation=self.panel.conversations[name], spec=spec, sections=spec.ids,
            order_seed=f"{self.design.seed}:{order}", repeat=draw,
        )  # fmt: skip

    @cached_property
    def ranking(self) -> list[Request]:
        ranker = Ranker(self.caller)
        return [ranker.request(self.asked(*question)) for question in self.questions]

    @cached_property
    def relevance(self) -> list[Request]:
        chosen = [self.panel.conversations[n] for n in self.names[: self.design.relevance_conversations]]
        _, readings = RelevanceGrader(self.caller).requests(self.spec, self.spec.ids, chosen)
        return twice([reading.request for reading in readings])

    @cached_property
    def validation(self) -> list[Request]:
        edit = Edit(op="insert", section=self.spec.ids[0], anchor="", text=f"\n{EDIT}\n")
        proposal = Proposal(
            edits=(edit,), intent=INTENT, kind="clarification", origin="human", conversations=(),
            base=self.spec.digest,
        )  # fmt: skip
        said = [
            Justification(
                assessment=one.id, participant=one.participant, conversation=one.conversation,
                text=one.world.rationale, ranking=str(one.world.ranking),
            )
            for one in self.panel.assessments
            if one.world and one.world.rationale.strip()
        ]  # fmt: skip
        order = np.random.default_rng(self.design.seed).permutation(len(said))[: self.design.justifications]
        keyed = list(opaque_keys(self.design.seed, proposal.id, [said[place] for place in order]).items())
        validator = Validator(self.caller)
        size = validator.batch
        return twice(
            [
                validator.request(
                    proposal,
                    dict(keyed[at : at + size]),
                    spec=self.spec,
                    conversations=self.panel.conversations,
                )
                for at in range(0, len(keyed), size)
            ]
        )

    @property
    def requests(self) -> list[Request]:
        return [*self.ranking, *self.relevance, *self.validation]


async def calibrate(plan: Plan, *, say: Callable[[str], None] = lambda _: None) -> MeasuredReader:
    """Ask everything, and tell how the model reads. Raises BudgetEnded, CallFailed, DataError."""
    say(f"{len(plan.requests)} prompts")
    rankings = await plan.caller.ask(plan.ranking, WHERE, RankingAnswer)
    grades = await plan.caller.ask(plan.relevance, WHERE, RelevanceAnswer)
    stances = await plan.caller.ask(plan.validation, WHERE, ValidatorAnswer)
    every: list[Answered[Any]] = [*rankings, *grades, *stances]
    places = {
        question: Ranking.parse(one.answer.ranking).places
        for question, one in zip(plan.questions, rankings, strict=True)
        if one.answer is not None
    }
    earlier, longer = _tendencies(plan, places)
    one, two = _difference_sds(plan, rankings)
    people = _people_longer(plan)
    return MeasuredReader(
        model=plan.caller.model.uri,
        retest_flip_share=_flips(places, lambda q: (q[0], q[1], q[2], 1 - q[3]) if q[3] == 0 else None),
        order_flip_share=_flips(
            places, lambda q: (q[0], q[1], ORDERS[1], q[3]) if q[2] == ORDERS[0] else None
        ),
        wording_flip_share=_flips(
            places, lambda q: (q[0], "reworded", q[2], q[3]) if q[1] == "original" else None
        ),
        edit_flip_share=_flips(
            places, lambda q: (q[0], "edited", q[2], q[3]) if q[1] == "original" else None
        ),
        position_bias=None if earlier is None else earlier - 0.5,
        length_bias=None if longer is None or people is None else longer - people,
        relevance_repeat=_relevance_repeat(grades),
        validator_repeat=_validator_repeat(stances),
        answered=sum(one.answer is not None for one in every),
        failed=sum(one.answer is None for one in every),
        conversations=len({question[0] for question in places}),
        difference_sd=one,
        difference_sd_of_two=two,
    )


def export(requests: Sequence[Request], path: Path) -> int:
    """Write the literal prompts as JSON lines: `id`, `role`, `messages`, `schema`, and `repeat` where a prompt is to be
    asked anew. Returns how many."""
    with path.open("w", encoding="utf-8") as file:
        for request in requests:
            line = {
                "id": request.key,
                "role": request.role,
                "messages": [
                    {"role": "system", "content": request.system},
                    {"role": "user", "content": request.user},
                ],
                "schema": strict_schema(request.answer),
                "repeat": request.repeat,
            }
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return len(requests)


def import_answers(requests: Sequence[Request], answers: Path, recording: Path, *, name: str) -> int:
    """Turn answers (JSON lines with `id` and `answer`, an object or its text) into a recording for `replay:FILE`.

    Returns how many prompts have an answer. Raises DataError naming the line that is wrong.
    """
    known = {request.key: request for request in requests}
    replies: dict[str, Reply] = {}
    try:
        lines = answers.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise DataError(f"the answers {answers} can't be read: {problem}") from None
    for number, line in enumerate(filter(str.strip, lines), start=1):
        try:
            read = json.loads(line)
            key, answer = str(read["id"]), read["answer"]
        except (json.JSONDecodeError, KeyError, TypeError):
            raise DataError(f"{answers}, line {number}: give an object with 'id' and 'answer'") from None
        if key in known:
            text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
            replies[key] = Reply(text=text, model=name)
    if not replies:
        raise DataError(
            f"{answers} answers none of these prompts: export them with the same spec, data and seed"
        )
    write_recording(recording, name, [(known[key], reply) for key, reply in replies.items()])
    return len(replies)


def reworded(spec: Spec) -> Spec:
    """The spec in words that ask for the same; headings stay."""
    lines = [line if line.startswith("#") else _swapped(line) for line in spec.text.splitlines(keepends=True)]
    text = "".join(lines)
    return Spec.parse(
        text if text != spec.text else text.rstrip("\n") + "\n\nThis is where the section ends.\n"
    )


def twice(requests: Sequence[Request]) -> list[Request]:
    """Each once more, told apart as a repeat; the first ones first."""
    return [*requests, *(request.model_copy(update={"repeat": request.repeat + 1}) for request in requests)]


def unasked(model: BaseModel | None = None) -> BaseModel:
    """A model that only says what prompts may hold: for exporting them without one."""
    return model or _Nobody()


class _Nobody:
    uri = "nobody"
    identity = "nobody"
    profile = Profile()

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"prompts are exported without a model; nothing can be {name}ed")


def _swapped(line: str) -> str:
    for pattern, words in _REWORDED:
        line = re.sub(pattern, words, line)
    return line


def _flips(places: Mapping[Asked, Mapping[str, int]], partner: Callable[[Asked], Any]) -> float | None:
    """Of the pairs that both of two readings order strictly, the share ordered otherwise."""
    same = other = 0
    for question, mine in places.items():
        theirs = places.get(partner(question)) if partner(question) else None
        if theirs is None:
            continue
        for a, b in combinations(sorted(mine), 2):
            product = (mine[a] - mine[b]) * (theirs[a] - theirs[b])
            same += product > 0
            other += product < 0
    return other / (same + other) if same + other else None


def _tendencies(plan: Plan, places: Mapping[Asked, Mapping[str, int]]) -> tuple[float | None, float | None]:
    """Shares of strict pairs in which the earlier, and the longer, response is placed higher."""
    earlier, longer = [], []
    for question, found in places.items():
        order = plan.asked(*question).order
        for (at, a), (later, b) in combinations(enumerate(order), 2):
            if found[a.label] != found[b.label]:
                earlier.append((found[a.label] < found[b.label]) == (at < later))
                if len(a.text) != len(b.text):
                    longer.append((found[a.label] < found[b.label]) == (len(a.text) > len(b.text)))
    return _mean(earlier), _mean(longer)


def _difference_sds(
    plan: Plan, rankings: Sequence[Answered[RankingAnswer]]
) -> tuple[float | None, float | None]:
    """Sd over conversations of what rewording moves: by one order of the responses, and by the mean of two."""
    people: dict[str, list[Ranking]] = {}
    for one in plan.panel.assessments:
        if one.world:
            people.setdefault(one.conversation, []).append(one.world.ranking)
    levels: dict[Asked, float] = {}
    for question, answered in zip(plan.questions, rankings, strict=True):
        if answered.answer is not None:
            read = Ranking.parse(answered.answer.ranking)
            known = [v for v in (pair_agreement(read, each) for each in people[question[0]]) if v is not None]
            if known:
                levels[question] = sum(known) / len(known)
    moved: dict[tuple[str, str, int], float] = {
        (name, order, draw): levels[(name, "reworded", order, draw)] - level
        for (name, version, order, draw), level in levels.items()
        if version == "original" and (name, "reworded", order, draw) in levels
    }
    singles = [[v for (_, o, d), v in moved.items() if (o, d) == key] for key in product(ORDERS, (0, 1))]
    pairs = [
        [(v + moved[(n, ORDERS[1], d)]) / 2 for (n, o, d), v in moved.items() if (o, d) == (ORDERS[0], draw) and (n, ORDERS[1], d) in moved]
        for draw in (0, 1)
    ]  # fmt: skip
    return _pooled_sd(singles), _pooled_sd(pairs)


def _pooled_sd(samples: Sequence[Sequence[float]]) -> float | None:
    known = [float(np.var(each, ddof=1)) for each in samples if len(each) > 1]
    return sqrt(sum(known) / len(known)) if known else None


def _people_longer(plan: Plan) -> float | None:
    """The same of the people on the same conversations."""
    chosen = set(plan.names[: plan.design.conversations])
    longer = []
    for one in plan.panel.assessments:
        if one.conversation in chosen and one.world:
            found = one.world.ranking.places
            for a, b in combinations(plan.panel.conversations[one.conversation].responses, 2):
                if found.get(a.label) != found.get(b.label) and len(a.text) != len(b.text):
                    longer.append((found[a.label] < found[b.label]) == (len(a.text) > len(b.text)))
    return _mean(longer)


def _relevance_repeat(answers: Sequence[Answered[RelevanceAnswer]]) -> float | None:
    half = len(answers) // 2
    both = either = 0
    for one, again in zip(answers[:half], answers[half:], strict=True):
        if one.answer is None or again.answer is None:
            continue
        first, second = (
            {(grade.conversation, grade.section) for grade in each.answer.grades if grade.grade >= IN_SCOPE}
            for each in (one, again)
            if each.answer is not None
        )
        both, either = both + len(first & second), either + len(first | second)
    return both / either if either else None


def _validator_repeat(answers: Sequence[Answered[ValidatorAnswer]]) -> float | None:
    half = len(answers) // 2
    same: list[bool] = []
    for one, again in zip(answers[:half], answers[half:], strict=True):
        if one.answer is not None and again.answer is not None:
            second = {verdict.justification: verdict.stance for verdict in again.answer.verdicts}
            same += [verdict.stance == second.get(verdict.justification) for verdict in one.answer.verdicts]
    return _mean(same)


def _mean(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None


def _beyond(flips: float | None, retest: float | None) -> float | None:
    """The flips that a change brings beyond those of asking again, by their variances."""
    if flips is None:
        return None
    rest = error_sd(flips) ** 2 - error_sd(retest or 0.0) ** 2
    return float(np.arccos(1 / (1 + max(0.0, rest))) / np.pi)


def error_sd(flips: float) -> float:
    """Sd of an error, in sd of what is read, under which two readings order a pair differently so often.

    Two normal readings with correlation r differ in the sign of a difference with chance arccos(r) / pi
    (Sheppard 1899), and r = 1 / (1 + sd²).
    """
    return sqrt(max(1.0 / max(cos(pi * min(flips, 0.49)), 1e-9) - 1.0, 0.0))


def _distance(excess: float | None, scale: float) -> float | None:
    if excess is None:
        return None
    return float(ndtri(np.clip(0.5 + excess, 0.01, 0.99))) * sqrt(2) / scale
