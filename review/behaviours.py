"""Pairs of behaviours in print, blind: which response is under which text stands in a key of its own."""

from collections.abc import Sequence

from pydantic import JsonValue
from rich.console import Console
from rich.text import Text

from ..graph.vote_records import Behaviour, new_comes_first
from ..spec import visible
from .printing import count, indented

READER = ""
"""Whose order it is: a print-out has one order for all; each person of a study has one of their own."""


def blind(behaviours: Sequence[Behaviour]) -> tuple[list[JsonValue], dict[str, JsonValue]]:
    """The pairs as response 1 and 2, and the key: a pair's id to which of them the new text gave."""
    shown: list[JsonValue] = []
    key: dict[str, JsonValue] = {}
    for each in behaviours:
        first = new_comes_first(each.seed, READER, each.proposal, each.conversation)
        texts = (each.new.text, each.old.text) if first else (each.old.text, each.new.text)
        shown.append(
            {
                "id": each.id, "proposal": each.proposal, "conversation": each.conversation,
                "messages": [message.model_dump(mode="json") for message in each.messages],
                "response_1": texts[0], "response_2": texts[1], "same": each.same,
            }
        )  # fmt: skip
        key[each.id] = {
            "new": 1 if first else 2, "old_call": each.old.call, "new_call": each.new.call,
            "old_text": each.old.spec, "new_text": each.new.spec, "model": each.new.model,
        }  # fmt: skip
    return shown, key


def show_behaviours(console: Console, behaviours: Sequence[Behaviour], *, failed: int) -> None:
    """Print them in blind order."""
    for each in behaviours:
        first = new_comes_first(each.seed, READER, each.proposal, each.conversation)
        about = f"{each.proposal}, " if each.proposal else ""
        console.print(Text(f"{about}conversation {visible(each.conversation)}", style="bold"))
        indented(console, visible(each.messages[-1].content))
        if each.same:
            indented(console, f"The same words under both texts: {visible(each.old.text)}", by=4)
            continue
        texts = (each.new.text, each.old.text) if first else (each.old.text, each.new.text)
        for number, text in enumerate(texts, start=1):
            indented(console, f"Response {number}: {visible(text)}", by=4)
    same = sum(each.same for each in behaviours)
    lost = f"; {count(failed, 'conversation')} without an answer, since a call failed" if failed else ""
    console.print(
        f"{count(len(behaviours), 'pair')}, {same} of them with the same words under both texts{lost}."
    )
