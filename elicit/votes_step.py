"""A proposed change, in a person's words: for or against, why, and which of two behaviours they prefer."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup
from pydantic import JsonValue

from ..graph.vote_records import Behaviour, new_comes_first
from ..records import Record
from ..review.redlining import rendered
from ..spec import redline
from .records import Item, Study
from .steps.protocol import Asked, Form, Given, Where

VOTE = "vote"
"""The kind of item and of step."""
STANCES: Mapping[str, str] = {
    "support": "I am for it",
    "refute": "I am against it",
    "silent": "I have no opinion",
}
PICKS = ("first", "second", "neither")


class VoteContent(Record):
    """What an item of this kind shows."""

    proposal: str
    intent: str
    """What the assistant should do differently, in one sentence."""
    about: str
    """The sections' titles, for people."""
    before: str
    """Source of the sections that it changes; empty where nothing stood there. Likewise `after`."""
    after: str
    behaviours: tuple[Behaviour, ...] = ()
    """Those in which old and new text lead to different words."""


class Vote:
    """One proposed change. The two behaviours stand in an order drawn for each person, and nothing tells which is which."""

    name = VOTE
    title = "your view of a change"
    template = "vote.html"
    where: Where = "item"

    def takes(self, study: Study, item: Item | None, place: int) -> bool:  # noqa: ARG002
        return item is not None and item.kind == VOTE

    def view(self, asked: Asked) -> Mapping[str, Any]:
        shown = content_of(asked.item)
        return {
            "change": shown,
            "marked": Markup(rendered(redline(shown.before + "\n", shown.after + "\n", context=None))),
            "stances": STANCES,
            "pairs": [
                {
                    "number": number,
                    "messages": each.messages,
                    "first": each.new.text if first else each.old.text,
                    "second": each.old.text if first else each.new.text,
                    "conversation": each.conversation,
                }
                for number, (each, first) in enumerate(_ordered(asked, shown), start=1)
            ],
        }

    def read(self, asked: Asked, form: Form) -> Given:
        """`stance`, `why`, and `prefer-N` (first, second, neither) for the N-th conversation.

        Complete with a stance and a choice for each conversation. `skip` passes over the change.
        """
        if form.text("skip", 4) == "yes":
            return Given({"skipped": True}, skipped=True)
        shown = content_of(asked.item)
        choices: list[JsonValue] = []
        left: list[str] = []
        for number, (each, first) in enumerate(_ordered(asked, shown), start=1):
            picked = form.choice(f"prefer-{number}", PICKS)
            if not picked:
                left.append(str(number))
                continue
            choice = "neither" if picked == "neither" else "new" if (picked == "first") == first else "old"
            choices.append({"conversation": each.conversation, "choice": choice, "new_first": first})
        stance = form.choice("stance", tuple(STANCES))
        value: dict[str, JsonValue] = {
            "proposal": shown.proposal, "stance": stance, "why": form.text("why"), "choices": choices,
        }  # fmt: skip
        if not stance:
            return Given(
                value,
                "Say whether you are for the change, against it, or have no opinion. What you gave is kept.",
            )
        if left:
            told = f"conversation {left[0]}" if len(left) == 1 else f"conversations {', '.join(left)}"
            return Given(
                value, f"Say for {told} which response you prefer, or neither. What you gave so far is kept."
            )
        return Given(value)


def content_of(item: Item | None) -> VoteContent:
    """What an item of this kind shows. Raises pydantic's ValidationError for another one (a bug)."""
    assert item is not None
    return VoteContent.model_validate(item.content)


def _ordered(asked: Asked, shown: VoteContent) -> list[tuple[Behaviour, bool]]:
    """Each behaviour with whether the new one is shown first to this person."""
    who = asked.seat.participant
    return [
        (each, new_comes_first(each.seed, who, shown.proposal, each.conversation))
        for each in shown.behaviours
    ]
