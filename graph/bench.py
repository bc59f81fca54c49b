"""Where texts are put to the test: rankings under any spec text, each question asked once a run."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from ..agents.ranker import Question, Ranker, question_key
from ..agents.records import Ranked
from ..agents.relevance import Grades
from ..agreement.people import People
from ..models.records import Where
from ..panel.ranking import Ranking
from ..panel.records import Conversation
from ..records import digest
from ..spec import Spec
from .options import Options
from .run_records import RunRecords

MEASURE = "measure"
"""The draw of the measure pass: a screen's current arm is read off it, at no cost."""


class Bench:
    """Ranks conversations under spec texts and remembers every answer.

    `people` must cover every conversation that differences are asked for; the test split isn't among them.
    """

    def __init__(
        self, ranker: Ranker, grades: Grades, people: People, conversations: dict[str, Conversation],
        store: RunRecords, options: Options,
    ) -> None:  # fmt: skip
        self.ranker = ranker
        self.grades = grades
        self.people = people
        self.conversations = conversations
        self.store = store
        self.options = options
        self._specs: dict[str, Spec] = {}
        self._asked: dict[str, Ranked] = {ranked.question: ranked for ranked in store.rankings.find()}
        self._in_flight: dict[str, asyncio.Event] = {}

    def keep(self, spec: Spec) -> str:
        """Make a text known by its digest, and keep it in the run's store."""
        if spec.digest not in self._specs:
            self._specs[spec.digest] = spec
            self.store.put_text(spec.text)
        return spec.digest

    def spec(self, digest: str) -> Spec:
        """Raises KeyError for a text that was never kept."""
        if digest not in self._specs:
            self._specs[digest] = Spec.parse(self.store.text(digest))
        return self._specs[digest]

    def scope(self, spec: Spec, conversation: str) -> tuple[str, ...]:
        """The sections that a ranker's prompt carries for a conversation."""
        if self.options.context == "full":
            return tuple(section.id for section in spec.sections)
        return self.grades.scope(spec, conversation)

    def question(
        self, spec: Spec | None, conversation: str, draw: str, forced: Sequence[str] = (), full: bool = False
    ) -> Question:
        """`forced` sections stand in the prompt whatever their relevance; `full` puts in all.

        Another draw is another question, also where it happens to show the responses in the same order.
        """
        if spec is None:
            sections: tuple[str, ...] = ()
        elif full:
            sections = tuple(section.id for section in spec.sections)
        else:
            wanted = {*self.scope(spec, conversation)}
            for id in forced:
                wanted.update((id, *spec.ancestors(id)))
            sections = tuple(section.id for section in spec.sections if section.id in wanted)
        return Question(
            conversation=self.conversations[conversation],
            spec=spec,
            sections=sections,
            draw=f"{self.options.seed}:{draw}",
            repeat=0 if draw == MEASURE else int(digest(draw)[:7], 16),
        )

    async def rank(self, questions: Sequence[Question], where: Where) -> list[Ranked | None]:
        """Answers in the order of `questions`, new ones asked, known ones looked up; None: the call failed.

        What another trial is asking at this moment is waited for. Raises BudgetEnded.
        """
        keys = [question_key(question) for question in questions]
        open = {key: q for key, q in zip(keys, questions, strict=True) if key not in self._asked}
        elsewhere = {key: self._in_flight[key] for key in open if key in self._in_flight}
        await self._ask({key: question for key, question in open.items() if key not in elsewhere}, where)
        for done_event in elsewhere.values():
            await done_event.wait()
        if left := {key: open[key] for key in elsewhere if key not in self._asked}:
            await self.rank(list(left.values()), where)
        return [self._asked.get(key) for key in keys]

    async def _ask(self, fresh: dict[str, Question], where: Where) -> None:
        if not fresh:
            return
        done_event = asyncio.Event()
        self._in_flight.update(dict.fromkeys(fresh, done_event))
        try:
            found = [ranked for ranked in await self.ranker.rank(list(fresh.values()), where) if ranked]
            self.store.rankings.add(found)
            self._asked.update((ranked.question, ranked) for ranked in found)
        finally:
            for key in fresh:
                del self._in_flight[key]
            done_event.set()

    async def rankings(
        self, spec: Spec | None, conversations: Sequence[str], draw: str, where: Where
    ) -> dict[str, Ranked]:
        """Conversation to answer, for those whose call was answered."""
        questions = [self.question(spec, conversation, draw) for conversation in conversations]
        answers = await self.rank(questions, where)
        return {ranked.conversation: ranked for ranked in answers if ranked is not None}

    def arms(self, where: Where, forced: Sequence[str] = ()) -> "BenchArms":
        return BenchArms(self, where, tuple(forced))


@dataclass(frozen=True)
class BenchArms:
    """The function that ranks, as `trials` wants it (trials.protocol.Arms)."""

    bench: Bench
    where: Where
    forced: tuple[str, ...] = ()

    async def differences(
        self, current: str, candidate: str, conversations: Sequence[str], *, draw: str
    ) -> list[float | None]:
        specs = (self.bench.spec(current), self.bench.spec(candidate))
        questions = [
            self.bench.question(spec, conversation, draw, [id for id in self.forced if id in spec])
            for spec in specs
            for conversation in conversations
        ]
        answers = await self.bench.rank(questions, self.where)
        half = len(conversations)
        before, after = (
            _agreements(self.bench.people, answers[:half]),
            _agreements(self.bench.people, answers[half:]),
        )
        return [
            after[conversation] - before[conversation]
            if conversation in before and conversation in after
            else None
            for conversation in conversations
        ]


def _agreements(people: People, answers: Sequence[Ranked | None]) -> dict[str, float]:
    rankings: dict[str, Ranking] = {a.conversation: a.ranking for a in answers if a is not None}
    return people.conversation_agreement(rankings)
