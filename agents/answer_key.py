"""A spec's own labelled examples as questions to a ranker: does it place GOOD over BAD?"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..panel.records import Conversation, Message, Response
from ..records import content_id
from ..spec import Example, Spec, examples
from .ranker import Question
from .records import Ranked

_LABELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One `<comparison>` that shows both a GOOD and a BAD response."""

    conversation: Conversation
    section: str
    labels: Mapping[str, str]
    """Response label to GOOD or BAD, where it is either."""

    def scores(self, ranked: Ranked | None) -> list[float | None]:
        """For each pair of a GOOD and a BAD response: 1 GOOD over BAD, 0 under, ½ tied; None where not ranked."""
        pairs = self.pairs
        if ranked is None:
            return [None] * len(pairs)
        places = ranked.ranking.places
        return [_over(places[one], places[other]) for one, other in pairs]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """(GOOD, BAD) response labels."""
        good = [label for label, verdict in self.labels.items() if verdict == "GOOD"]
        bad = [label for label, verdict in self.labels.items() if verdict == "BAD"]
        return [(one, other) for one in good for other in bad]


def comparisons(spec: Spec) -> list[Comparison]:
    """All comparisons that show both a GOOD and a BAD response, in the spec's order.

    Responses are labelled in the order of a hash of their texts, so that no label tells which is which.
    """
    groups: dict[int, list[Example]] = {}
    for example in examples(spec):
        groups.setdefault(example.group, []).append(example)
    return [
        _comparison(group) for group in groups.values() if {"GOOD", "BAD"} <= {each.label for each in group}
    ]


def question(comparison: Comparison, spec: Spec | None, order_seed: str) -> Question:
    """What the ranker is asked: with the section's rule and its ancestors in view, or with no spec."""
    section = comparison.section
    sections: tuple[str, ...] = ()
    if spec is not None:
        wanted = {section, *spec.ancestors(section)}
        sections = tuple(id_ for id_ in spec.ids if id_ in wanted)
    return Question(comparison.conversation, spec, sections, order_seed)


def _comparison(group: Sequence[Example]) -> Comparison:
    first = group[0]
    order = sorted(group, key=lambda each: hashlib.sha256(each.response.encode()).digest())
    responses = tuple(
        Response(label=label, messages=(Message(role="assistant", content=each.response),))
        for label, each in zip(_LABELS, order, strict=False)
    )
    return Comparison(
        conversation=Conversation(
            id=content_id("answer-key", first.section, first.messages, [each.response for each in order]),
            messages=tuple(Message(role=role, content=content) for role, content in first.messages),
            responses=responses,
        ),
        section=first.section,
        labels={
            label: each.label
            for label, each in zip(_LABELS, order, strict=False)
            if each.label in ("GOOD", "BAD")
        },
    )


def _over(good: int, bad: int) -> float:
    return 0.5 if good == bad else float(good < bad)
