"""Where a text stands by both evaluators, people's rankings and people's rubric scores, and where the two part."""

from ..records import Record, content_id
from .records import Figure


class CriterionTold(Record):
    """A criterion with what people make of it, and how far the response that the ranker put first meets it."""

    text: str
    people: int
    mean: float
    """Points from -10 to 10."""
    met: float
    """Of the ranker's first response, from 0 to 1."""


class Parting(Record):
    """A conversation on which the two evaluators see the ranker's answer differently."""

    conversation: str
    asked: str
    """The last message, cut."""
    rankings: float
    """Mean agreement of the ranker with the people's rankings there; `rubrics`: with their rubric scores."""
    rubrics: float
    raters: int
    """People who ranked there; `scorers`: people who scored criteria there."""
    scorers: int
    ranker: str
    """Its ranking under the text."""
    by_rankings: str
    """The people's average ranking; `by_rubrics`: the order of their common rubric score."""
    by_rubrics: str
    criteria: tuple[CriterionTold, ...] = ()
    """Those that people feel most about."""

    @property
    def difference(self) -> float:
        """By rubrics minus by rankings."""
        return self.rubrics - self.rankings


class SectionBoth(Record):
    """One section's conversations (relevance 5, with scored criteria) by both evaluators."""

    section: str
    title: str
    conversations: int
    rankings: Figure
    rubrics: Figure


class BothEvaluators(Record):
    """One text, on the open conversations that have scored criteria."""

    text: str
    """Digest."""
    conversations: int
    participants: int
    """Who scored criteria there."""
    items: int
    """Criteria that were graded."""
    ungraded: int
    """Scored criteria whose grading failed."""
    rubrics: Figure
    """Agreement of the ranker with people's rubric scores, person by person."""
    pooled: Figure
    """The same with the people's common score: one order a conversation, the interval over conversations alone."""
    rankings: Figure
    """Agreement with people's rankings on the same conversations."""
    no_spec: Figure | None = None
    """By rubrics, of a ranker without a spec; None where it wasn't asked."""
    explained: Figure
    """Agreement of the order of the common rubric score with people's rankings there: how far criteria and grades
    say the same as the rankings do. The scorers may be the rankers, so it flatters."""
    sections: tuple[SectionBoth, ...] = ()
    partings: tuple[Parting, ...] = ()
    """The furthest apart first; those that differ by chance alone stand there too, with how many people spoke."""


class RubricRecord(Record):
    """Both evaluators at the end of a run: the original text and the one that it came to."""

    round: int
    original: BothEvaluators
    current: BothEvaluators | None
    """None where the text didn't change."""
    gain: Figure | None = None
    """By rubrics, of the current text over the original, paired. The open conversations chose the edits: it flatters."""
    rankings_gain: Figure | None = None
    """By rankings, on the same conversations."""

    @property
    def id(self) -> str:
        return content_id("rubrics", self.round)
