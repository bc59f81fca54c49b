"""Questions for the ranker, as many as wanted: for experiments on the wire, where only their size counts."""

import random
from collections.abc import Iterator

from ..agents.ranker import Question
from ..panel.records import Conversation, Message, Response
from ..spec.document import Spec

_WORDS = [
    "answer",
    "ask",
    "balance",
    "careful",
    "choose",
    "clear",
    "concern",
    "context",
    "detail",
    "direct",
    "doubt",
    "evidence",
    "explain",
    "fact",
    "fair",
    "follow",
    "guess",
    "help",
    "honest",
    "kind",
    "limit",
    "list",
    "mean",
    "offer",
    "open",
    "plain",
    "point",
    "question",
    "reader",
    "reason",
    "refuse",
    "rule",
    "say",
    "sense",
    "short",
    "show",
    "side",
    "simple",
    "source",
    "state",
    "suggest",
    "task",
    "tell",
    "text",
    "think",
    "tone",
    "trust",
    "user",
    "view",
    "warn",
    "word",
]
_LABELS = "ABCDEFGH"


def questions(
    count: int, *, seed: int, sections: int = 4, words: int = 120, responses: int = 4
) -> Iterator[Question]:
    """`count` different questions under one spec of `sections` sections; texts of about `words` words each.

    They are made as they are drawn, so that many of them hold no memory.
    """
    draw = random.Random(f"wire/{seed}")
    text = "\n".join(f"# Section {number}\n\n{_prose(draw, words)}\n" for number in range(1, sections + 1))
    spec = Spec.parse(text)
    for number in range(count):
        yield Question(
            conversation=Conversation(
                id=f"q{number}",
                messages=(Message(role="user", content=_prose(draw, words // 3)),),
                responses=tuple(
                    Response(label=label, messages=(Message(role="assistant", content=_prose(draw, words)),))
                    for label in _LABELS[:responses]
                ),
            ),
            spec=spec,
            sections=spec.ids,
            order_seed="wire",
        )


def _prose(draw: random.Random, words: int) -> str:
    return " ".join(draw.choices(_WORDS, k=max(1, words))).capitalize() + "."
