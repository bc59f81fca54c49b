"""What people wrote, as the validator reads it: each with what it is about, under a key that says nothing."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from pydantic import JsonValue

from ..models.tokens import tokens
from ..panel.ranking import Ranking
from ..panel.records import Conversation, RubricItem
from ..prompts.cut import cut
from ..records import Record
from .conversations import message_data
from .criteria import criteria_data
from .records import Stance, Verdict
from .shards import FENCED

JUSTIFICATION = 1500
"""Characters of one justification that the validator sees."""
MESSAGE = 600
"""Characters of each of the last messages of what the user asked."""
MESSAGES = 3
RESPONSE = 400
"""Characters of a response's excerpt."""
CRITERIA = 4
"""Criteria shown beside a justification: those that the person scored first."""
_LETTERS = "bcdfghjkmnpqrstvwxz23456789"
_KEY = 7
_MARKS = " .,;:\"'[]()"
_FIGURES = ("rank", "label", "role", "people", "mean", "wanted", "unwanted", "own")
"""Fields that stand on one line with others: they cost next to nothing."""
_CURLY = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "…": "..."})


class Justification(Record):
    """What one person wrote, and the ranking it was written for."""

    assessment: str
    participant: str
    conversation: str
    text: str
    ranking: str


def opaque_keys(seed: int, subject: str, justifications: Sequence[Justification]) -> dict[str, Justification]:
    """Key to justification in the order of the keys, which are drawn: neither tells anything.

    A key depends on `seed`, `subject` and the assessment alone, so it is the same whatever stands beside it.
    """
    found: dict[str, Justification] = {}
    for item in justifications:
        name = f"{seed}\0{subject}\0{item.assessment}"
        number = int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest(), "big")
        letters = "".join(_LETTERS[number // len(_LETTERS) ** place % len(_LETTERS)] for place in range(24))
        length = _KEY
        while letters[:length] in found:
            length += 1
        found[letters[:length]] = item
    return dict(sorted(found.items()))


def without_repeats(justifications: Iterable[Justification]) -> tuple[list[Justification], list[str]]:
    """Each person's different texts, the first of each; and the assessments whose text was a repeat."""
    kept: dict[tuple[str, str], Justification] = {}
    repeated: list[str] = []
    for item in justifications:
        mark = (item.participant, _plain(item.text))
        if kept.setdefault(mark, item) is not item:
            repeated.append(item.assessment)
    return list(kept.values()), repeated


def justification_data(
    key: str,
    item: Justification,
    conversations: Mapping[str, Conversation],
    rubrics: Sequence[RubricItem] = (),
) -> dict[str, JsonValue]:
    """A justification with what the user asked, the responses as this person ranked them, and a few of the criteria
    that people scored there.

    Raises KeyError for a conversation that isn't there.
    """
    conversation = conversations[item.conversation]
    places = Ranking.parse(item.ranking).places
    texts = {response.label: response.text for response in conversation.responses}
    shown: list[JsonValue] = [
        {"rank": places[label] + 1, "label": label, "text": cut(texts[label], RESPONSE)}
        for label in sorted(texts, key=lambda label: (places.get(label, len(places)), label))
        if label in places
    ]
    return {
        "key": key,
        "text": cut(item.text, JUSTIFICATION),
        "ranking": item.ranking,
        "conversation": item.conversation,
        "messages": message_data(conversation.messages[-MESSAGES:], MESSAGE),
        "responses": shown,
        "criteria": criteria_data(rubrics, CRITERIA, person=item.participant),
    }


def data_tokens(value: JsonValue) -> int:
    """About how many tokens the texts in `value` take in a prompt, with their fences."""
    if isinstance(value, str):
        return tokens(value) + FENCED
    if isinstance(value, dict):
        return sum(data_tokens(each) for name, each in value.items() if name not in _FIGURES)
    return sum(map(data_tokens, value)) if isinstance(value, list) else 0


def stands_in(quote: str, text: str) -> bool:
    """Whether the words quoted stand in the text, whatever the case, the blanks and the kind of quotation marks.

    Where the quote leaves words out ("…"), its pieces must stand there one after the other. A quote of fewer
    than three letters or digits decides nothing, unless it is all that the text has.
    """
    source = _plain(text)
    pieces = [piece.strip(_MARKS) for piece in _plain(quote).split("...")]
    pieces = [piece for piece in pieces if re.search(r"\w", piece)]
    if sum(len(re.findall(r"\w", piece)) for piece in pieces) < 3 and pieces != [source.strip(_MARKS)]:
        return False
    position = 0
    for piece in pieces:
        found = source.find(piece, position)
        if found < 0:
            return False
        position = found + len(piece)
    return bool(pieces)


def one_each(verdicts: Iterable[Verdict]) -> dict[str, Stance]:
    """Participant to one stance, however much the person wrote.

    A person's verdicts are weighed by strength, 2 for what is asked for and 1 for what is mentioned: support
    and refute against each other, mixed and silent with nothing. Where the sides weigh the same, or where there
    are only mixed verdicts, the person is mixed; silent where all are. So a person counts once, and mixed
    counts for no side.
    """
    found: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        found.setdefault(verdict.participant, []).append(verdict)
    return {participant: _stance(each) for participant, each in sorted(found.items())}


def _stance(verdicts: Sequence[Verdict]) -> Stance:
    sides: dict[Stance, int] = {"support": 1, "refute": -1}
    balance = sum(sides.get(each.stance, 0) * (2 if each.strength == "asks" else 1) for each in verdicts)
    if balance:
        return "support" if balance > 0 else "refute"
    return "silent" if all(each.stance == "silent" for each in verdicts) else "mixed"


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).translate(_CURLY).casefold().split())
