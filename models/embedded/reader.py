"""The ranker: scores responses by the rules in scope, and says what it read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...panel.ranking import Ranking
from .asked import MessageData, ResponseData, SectionData
from .rules import Reading, Rule, firmest, read_rules
from .table import Table
from .topics import in_scope, is_general


@dataclass(frozen=True, slots=True)
class InForce:
    """A rule that counts for a conversation, and the section that it stands in."""

    rule: Rule
    section: str
    general: bool
    grade: int

    @property
    def rank(self) -> tuple[bool, int, float]:
        """The more specific section goes before, then the more relevant one, then the firmer rule."""
        return (not self.general, self.grade, abs(self.rule.weight))


class Reader:
    """Reads sections with one table; what was read once is remembered by its text."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._readings: dict[str, Reading] = {}

    def read(self, text: str) -> Reading:
        """The rules of a section's text."""
        if text not in self._readings:
            if len(self._readings) > 4096:
                self._readings.clear()
            self._readings[text] = read_rules(text, self.table)
        return self._readings[text]

    def in_force(
        self, sections: Sequence[SectionData], messages: Sequence[MessageData]
    ) -> dict[str, InForce]:
        """Behaviour to the one rule that counts for a conversation: the most specific section's firmest."""
        chosen: dict[str, InForce] = {}
        for section, points in in_scope(sections, messages):
            general = is_general(section)
            for name, rule in firmest(self.read(section.text).rules).items():
                found = InForce(rule, section.id, general, points)
                if name not in chosen or found.rank > chosen[name].rank:
                    chosen[name] = found
        return chosen

    def scores(
        self,
        sections: Sequence[SectionData],
        messages: Sequence[MessageData],
        responses: Sequence[ResponseData],
    ) -> list[float]:
        """One score a response: the sum of the weights of the behaviours it shows."""
        rules = self.in_force(sections, messages)
        return [
            sum(rules[name].rule.weight for name in self.table.shown(response.text) if name in rules)
            for response in responses
        ]

    def rank(
        self,
        sections: Sequence[SectionData],
        messages: Sequence[MessageData],
        responses: Sequence[ResponseData],
    ) -> tuple[Ranking, str]:
        """The ranking with its explanation."""
        rules = self.in_force(sections, messages)
        scores = dict(
            zip((one.label for one in responses), self.scores(sections, messages, responses), strict=True)
        )
        readings = [self.read(section.text) for section, _ in in_scope(sections, messages)]
        asked = sum(reading.asked for reading in readings)
        understood = sum(reading.understood for reading in readings)
        lines = [
            f"{one.label} ({scores[one.label]:+g}): {self._explanation(one.text, rules)}"
            for one in sorted(responses, key=lambda one: one.label)
        ]
        share = (
            f"{understood / asked:.2f} ({understood} of {asked} sentences)"
            if asked
            else "0.00 (none in scope)"
        )
        return Ranking.from_scores(scores), "; ".join(lines) + f". Share of the rules in scope read: {share}."

    def _explanation(self, text: str, rules: Mapping[str, InForce]) -> str:
        reasons = [
            f"{name} {rules[name].rule.weight:+g} by {rules[name].section}"
            for name in sorted(self.table.shown(text))
            if name in rules
        ]
        return ", ".join(reasons) or "no rule in scope names what it does"
