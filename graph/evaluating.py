"""The ranker with people's rankings as an evaluator: texts and conversations to scores, rater by rater."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ..agents.ranker import Question, Ranker, question_key
from ..agents.records import Ranked
from ..models.records import Where
from ..panel.records import Conversation
from ..records import digest
from ..spec import Spec
from ..trials.engine import MEASURE
from ..trials.evaluator import Score
from .groups import RunGroup
from .options import Options
from .run_records import RunRecords
from .scope import Scope
from .scoring import PeopleScores
from .texts import Texts


@dataclass(frozen=True)
class CachedEvaluator:
    """Implements trials.Evaluator. It remembers nothing itself: equal questions are answered out of the call cache.

    `conversations` are those that may be ranked, `scores_of` covers the people on them.
    """

    ranker: Ranker
    texts: Texts
    scope: Scope
    scores_of: PeopleScores
    conversations: Mapping[str, Conversation]
    records: RunRecords
    options: Options
    where: Where = field(default_factory=Where)
    group: str = ""
    """Whose people `scores_of` covers, where it isn't everybody."""

    def at(self, round_: int, node: str) -> "CachedEvaluator":
        """The same, its calls filed under a node of a round."""
        return replace(self, where=Where(round=round_, node=node))

    def by(self, group: RunGroup) -> "CachedEvaluator":
        """The same answers, scored by a group's people alone."""
        return replace(self, scores_of=group.scores_of, group=group.name)

    async def scores(
        self,
        text: str,
        items: Sequence[str],
        *,
        order_seed: str,
        include: Collection[str] = (),
        subject: str = "",
    ) -> Mapping[str, Score]:
        ranked = await self.rankings(text, items, order_seed=order_seed, include=include, subject=subject)
        return self.scores_of.of({name: found.ranking for name, found in ranked.items()})

    def worst(self, item: str) -> Score:
        return self.scores_of.worst(item)

    def possible_falls(self, text: str, items: Sequence[str]) -> NDArray[np.float64]:
        measured: dict[str, float] = {}
        for record in self.records.measures.find(text=text):
            own = record.groups.get(self.group)
            measured.update(record.scores if not self.group else own.common if own else {})
        best = ((measured.get(item), self.scores_of.best(item).mean) for item in items)
        tops = [known if known is not None else most or 0.0 for known, most in best]
        worst = [self.scores_of.worst(item).mean or 0.0 for item in items]
        return np.asarray(np.clip(np.array(tops) - np.array(worst), 0.0, 1.0))

    async def rankings(
        self, text: str, items: Sequence[str], *, order_seed: str = MEASURE, include: Collection[str] = (),
        subject: str = "",
    ) -> dict[str, Ranked]:  # fmt: skip
        """Conversation to answer, for those whose call was answered. Raises BudgetEnded."""
        spec = self.texts.spec(text)
        answers = await self.rank([self.question(spec, item, order_seed, include) for item in items], subject)
        return {found.conversation: found for found in answers if found is not None}

    async def rank(self, questions: Sequence[Question], subject: str = "") -> list[Ranked | None]:
        """Answers in the order of `questions`; None: the call failed. Raises BudgetEnded.

        The calls are filed under the proposal `subject`, if any.
        """
        answers = await self.ranker.rank(questions, self.where.model_copy(update={"subject": subject}))
        self.records.rankings.add([found for found in answers if found is not None])
        return answers

    def measured(
        self, text: str, items: Sequence[str], *, order_seed: str = MEASURE, include: Collection[str] = ()
    ) -> dict[str, Ranked]:
        """What the measure pass (or a trial, by its order seed and the sections it included) found under a text, out of
        the run's records: nothing is asked."""
        spec = self.texts.spec(text)
        found: dict[str, Ranked] = {}
        for item in items:
            key = question_key(self.question(spec, item, order_seed, include))
            if answers := self.records.rankings.find(question=key):
                found[item] = answers[0]
        return found

    def question(
        self,
        spec: Spec | None,
        item: str,
        order_seed: str,
        include: Collection[str] = (),
        *,
        full: bool = False,
    ) -> Question:
        """`include`: sections in the prompt whatever their relevance; `full` puts in all.

        Another order seed is another question, also where it happens to show the responses in the same order.
        """
        return Question(
            conversation=self.conversations[item],
            spec=spec,
            sections=() if spec is None else self._sections(spec, item, include, full),
            order_seed=f"{self.options.seed}:{order_seed}",
            repeat=0 if order_seed == MEASURE else int(digest(order_seed)[:7], 16),
        )

    def _sections(self, spec: Spec, item: str, include: Collection[str], full: bool) -> tuple[str, ...]:
        if full or self.options.context == "full":
            return spec.ids
        wanted = {*self.scope.grades.scope(spec, item)}
        for id_ in include:
            if id_ in spec:
                wanted.update((id_, *spec.ancestors(id_)))
        return tuple(id_ for id_ in spec.ids if id_ in wanted)
