"""Rubric items as evidence: the criteria of the open conversations, their grades, and the evaluator that they make."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..agents.rubric import Graded, RubricGrader
from ..agreement.people import People
from ..agreement.rubrics import Met, pooled_rankings, rubric_people
from ..models.records import Where
from ..panel.ranking import Ranking
from ..panel.records import Panel, RubricItem
from ..trials.evaluator import Score
from .evaluating import CachedEvaluator
from .run_records import RunRecords
from .scoring import PeopleScores


class Rubrics:
    """The criteria that people scored on some conversations, with the points of those who have a say.

    Participants held in reserve have none: neither their points nor the criteria that they alone wrote or scored
    are in it. Grades are asked for once a run and kept in its records.
    """

    def __init__(
        self,
        panel: Panel,
        conversations: Collection[str],
        reserved: Collection[str],
        grader: RubricGrader,
        records: RunRecords,
    ) -> None:
        left_out = set(reserved)
        wanted = set(conversations)
        kept = [
            item.model_copy(
                update={"scores": {who: points for who, points in item.scores.items() if who not in left_out}}
            )
            for item in panel.rubrics
            if item.conversation in wanted and item.author not in left_out
        ]
        # A distilled criterion was scored by nobody; one that only the reserve scored is the reserve's.
        scored = {item.id for item in panel.rubrics if item.scores}
        self.panel = panel.model_copy(
            update={"rubrics": tuple(item for item in kept if item.scores or item.id not in scored)}
        )
        self.grader = grader
        self.records = records
        self.of: dict[str, tuple[RubricItem, ...]] = {}
        """Conversation id to its criteria."""
        for item in self.panel.rubrics:
            self.of[item.conversation] = (*self.of.get(item.conversation, ()), item)

    @property
    def scored(self) -> tuple[str, ...]:
        """Conversations with a criterion that somebody scored, in order of id."""
        return tuple(sorted(name for name, items in self.of.items() if any(item.scores for item in items)))

    async def graded(self, where: Where, among: Iterable[str] | None = None) -> Met:
        """How far the responses meet the scored criteria; what is known already isn't asked. Raises BudgetEnded."""
        known = self.met()
        names = self.scored if among is None else [name for name in among if name in self.of]
        work: dict[str, Sequence[RubricItem]] = {
            name: items
            for name in names
            if (items := [item for item in self.of[name] if item.scores and item.id not in known])
        }
        if work:
            found = await self.grader.grade(work, self.panel.conversations, where)
            self.records.rubric_grades.add(found)
        return self.met()

    def met(self) -> Met:
        """What was graded so far."""
        return {each.item: each.met for each in self.records.rubric_grades.find()}

    def grades(self, conversation: str) -> list[Graded]:
        return self.records.rubric_grades.find(conversation=conversation)

    def people(self, met: Met, conversations: Collection[str] | None = None) -> People:
        """The people as their rubric scores order the responses."""
        return rubric_people(
            self.panel, met, conversations=self.scored if conversations is None else conversations
        )

    def pooled(self, met: Met, conversations: Collection[str] | None = None) -> dict[str, Ranking]:
        """The order of the people's common scores, by conversation."""
        return pooled_rankings(
            self.panel, met, conversations=self.scored if conversations is None else conversations
        )


@dataclass(frozen=True)
class RubricEvaluator:
    """Implements trials.Evaluator: the ranker's own ranking under a text, against people's rubric scores.

    `scores_of` covers the people as `Rubrics.people` has them; conversations without a graded criterion have no score.
    """

    rankings: CachedEvaluator
    scores_of: PeopleScores

    async def scores(
        self,
        text: str,
        items: Sequence[str],
        *,
        order_seed: str,
        include: Collection[str] = (),
        subject: str = "",
    ) -> Mapping[str, Score]:
        ranked = await self.rankings.rankings(
            text, items, order_seed=order_seed, include=include, subject=subject
        )
        return self.scores_of.of({name: found.ranking for name, found in ranked.items()})

    def worst(self, item: str) -> Score:
        return self.scores_of.worst(item)

    def possible_falls(
        self,
        text: str,  # noqa: ARG002  # part of the protocol; what was measured under a text is told of rankings alone
        items: Sequence[str],
    ) -> NDArray[np.float64]:
        """From the best score that the raters allow."""
        best = [self.scores_of.best(item).mean or 0.0 for item in items]
        worst = [self.scores_of.worst(item).mean or 0.0 for item in items]
        return np.asarray(np.clip(np.array(best) - np.array(worst), 0.0, 1.0))
