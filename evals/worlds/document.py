"""The spec of a planted world, as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass

from .language import TOPICS, Rule, intro, write
from .noise import key

_AUTHORITIES = ("root", "system", "developer", "user", "guideline")
_CHAPTERS = (
    "At home",
    "Out in the world",
    "Work and money",
    "Body and mind",
    "Leisure",
    "Learning",
    "The rest",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which topics have a section, in order, and which rules stand there."""

    topics: tuple[int, ...]
    rules: tuple[Rule, ...]
    chapter: int
    """Sections in a chapter."""

    def mended(self, changes: Sequence[tuple[int, int, float]]) -> "Plan":
        """With the rule on each (topic, quality) at another strength; 0 takes it out."""
        changed = {(topic, quality) for topic, quality, _ in changes}
        kept = tuple(rule for rule in self.rules if (rule.topic, rule.quality) not in changed)
        added = tuple(Rule(topic, quality, strength) for topic, quality, strength in changes if strength)
        new = tuple(dict.fromkeys(rule.topic for rule in added if rule.topic not in self.topics))
        return Plan(self.topics + new, kept + added, self.chapter)


def section_id(topic: int) -> str:
    return TOPICS[topic].replace(" ", "_")


def section(topic: int, rules: Sequence[Rule], seed: int, level: int = 2) -> str:
    """One section: a heading, an introduction, a paragraph a rule."""
    pick = key("section", seed, topic)
    authority = _AUTHORITIES[pick % len(_AUTHORITIES)]
    head = f"{'#' * level} {TOPICS[topic].capitalize()} {{#{section_id(topic)} authority={authority}}}"
    body = [intro(topic, pick >> 8)] + [write(rule, key("wording", seed, *_place(rule))) for rule in rules]
    return head + "\n\n" + "\n\n".join(body) + "\n"


def document(plan: Plan, seed: int) -> str:
    """The whole spec; the same plan and seed give the same bytes."""
    blocks = ["This spec belongs to a planted world. It is synthetic.\n"]
    for place, topic in enumerate(plan.topics):
        if place % plan.chapter == 0:
            number = place // plan.chapter
            name = _CHAPTERS[number % len(_CHAPTERS)] + (f" {number}" if number >= len(_CHAPTERS) else "")
            blocks.append(f"# {name} {{#chapter_{number} authority=root}}\n\nHere follow single subjects.\n")
        blocks.append(section(topic, [rule for rule in plan.rules if rule.topic == topic], seed))
    return "\n".join(blocks)


def _place(rule: Rule) -> tuple[int, int]:
    return rule.topic, rule.quality
