"""The validator: whether a justification is for or against what a proposal changes, or says nothing of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ...errors import DataError
from ...panel.ranking import Ranking
from .asked import EditData, JustificationData, ProposalData
from .rules import sentence_weights
from .table import Table
from .wording import normal, phrases, sentences

_LIKING = """
    like* love* prefer* want* best first favourite favorite good better great right useful helpful helps help need*
    important matter* appreciate* glad value* missed misses missing lacks lacking lacked essential deserve* counts trust
    expect*
"""
_DISLIKING = """
    last worst bad worse annoying annoyed pointless useless nothing incomplete unnecessary unwanted tiresome
    dislike* hate* hated noise distracting distracts empty thin wrong patronising patronizing
"""
_DENYING = """
    not no don't didn't doesn't isn't wasn't never without nobody none neither cannot can't hardly nor
"""
_FOR = phrases(_LIKING.split())
_AGAINST = phrases([*_DISLIKING.split(), "put me off", "puts me off", "too much"])
_NOT = phrases(_DENYING.split())
_LABEL = re.compile(r"(?<![\w'])([A-Z])(?![\w'])")
_CLAUSE = re.compile(r"[;,](?=\s)|(?<!\w)(?:but|although|though|whereas|while)(?!\w)", re.IGNORECASE)
_IDIOMS = {
    "could do without": "dislike",
    "can't do without": "need",
    "not only": "",
    "not just": "",
    "no doubt": "",
}
_IDIOM = phrases(_IDIOMS)

_WISHING = """
    want* need* should must expect* wish* please asked best last worst missing lacks
"""
_ASKING = phrases(_WISHING.split())

_DROPPED = re.compile(r"(?:drop|remove|delete|strike|stop|end|no longer)(?!\w)")

Stance = Literal["support", "refute", "mixed", "silent"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A stance, with the sentence that decided it: empty when silent."""

    key: str
    stance: Stance
    quote: str
    strength: Literal["none", "mentions", "asks"]
    about: str
    """The behaviour that the sentence names."""


def denied(text: str) -> bool:
    """Whether normalised words deny what they name: an odd number of "not", "never" and their like."""
    return len(_NOT.findall(text)) % 2 == 1


def directions(edits: Sequence[EditData], table: Table) -> dict[str, int]:
    """Behaviour to 1 where the edits ask for more of it, -1 where for less."""
    moved: dict[str, float] = {}
    for edit in edits:
        for name, weight in _weights(edit.text if edit.op != "delete" else "", table).items():
            moved[name] = moved.get(name, 0.0) + weight
        for name, weight in _weights(edit.anchor if edit.op in ("replace", "delete") else "", table).items():
            moved[name] = moved.get(name, 0.0) - weight
    return {name: (weight > 0) - (weight < 0) for name, weight in moved.items() if weight}


def intended(intent: str, table: Table) -> dict[str, int]:
    """Behaviour to 1 or -1 by an intent's sentences; one without a modal verb is read as what should be done."""
    found: dict[str, int] = {}
    for sentence in sentences(intent):
        weights = sentence_weights(sentence.text, table)
        if weights is None:
            weights = sentence_weights(f"It should {sentence.text}", table) or {}
        turned = -1 if _DROPPED.match(normal(sentence.text)) else 1
        found |= {name: turned * ((weight > 0) - (weight < 0)) for name, weight in weights.items()}
    return found


def stances(
    proposal: ProposalData, justifications: Sequence[JustificationData], table: Table
) -> list[Judged]:
    """One stance for every justification, in their order. Where the edits name no rule, the intent says what is wanted."""
    wanted = directions(proposal.edits, table) or intended(proposal.intent, table)
    return [_judged(one, wanted, table) for one in justifications]


def leanings(text: str, ranking: str, table: Table) -> dict[str, int]:
    """Behaviours that a justification names: above 0 where it wants them, below where it doesn't.

    A clause that names a behaviour and says nothing of liking takes the place, in the person's own ranking, of
    the responses that it names.
    """
    found: dict[str, int] = {}
    for _, leans in leanings_by_sentence(text, ranking, table):
        for name, lean in leans.items():
            found[name] = found.get(name, 0) + lean
    return found


def leanings_by_sentence(text: str, ranking: str, table: Table) -> list[tuple[str, dict[str, int]]]:
    """`leanings` of each sentence that names a behaviour."""
    told: list[tuple[str, dict[str, int]]] = []
    for sentence in sentences(text):
        mood = 0
        found: dict[str, int] = {}
        for original in _clauses(sentence.text):
            clause = _IDIOM.sub(lambda match: _IDIOMS[match.group()], normal(original))
            named = table.named(clause)
            own = _mood(_without(clause, named))
            mood = own or mood
            for name in {name for _, _, name in named}:
                lean = own or _place(original, ranking) or mood
                found[name] = found.get(name, 0) + lean
        if found:
            told.append((sentence.text, found))
    return told


def _clauses(sentence: str) -> list[str]:
    return [part for part in _CLAUSE.split(sentence) if part.strip()]


def _without(clause: str, named: Sequence[tuple[int, int, str]]) -> str:
    """The clause less the names of behaviours: "professional help" is no praise of help."""
    for start, end, _ in named:
        clause = clause[:start] + " " * (end - start) + clause[end:]
    return clause


def _mood(clause: str) -> int:
    feeling = len(_FOR.findall(clause)) - len(_AGAINST.findall(clause))
    sign = (feeling > 0) - (feeling < 0)
    return -sign if len(_NOT.findall(clause)) % 2 else sign


def _place(clause: str, ranking: str) -> int:
    try:
        places = Ranking.parse(ranking).places
    except DataError:
        return 0
    named = [places[label] for label in _LABEL.findall(clause) if label in places]
    if not named or len(set(places.values())) < 2:
        return 0
    middle = sum(places.values()) / len(places)
    mean = sum(named) / len(named)
    return (mean < middle) - (mean > middle)


def _judged(one: JustificationData, wanted: dict[str, int], table: Table) -> Judged:
    """Support or refute by the balance of its sentences; mixed where they speak for both sides alike."""
    found: list[tuple[int, str, str]] = []
    for sentence, leans in leanings_by_sentence(one.text, one.ranking, table):
        for name, sign in wanted.items():
            if side := sign * leans.get(name, 0):
                found.append((side, sentence, name))
    total = sum(side for side, _, _ in found)
    if not found:
        return Judged(one.key, "silent", "", "none", "")
    stance: Stance = "support" if total > 0 else "refute" if total < 0 else "mixed"
    _, quote, about = max(found, key=lambda each: each[0] * (1 if total >= 0 else -1))
    return Judged(one.key, stance, quote, "asks" if _ASKING.search(normal(quote)) else "mentions", about)


def _weights(text: str, table: Table) -> dict[str, float]:
    found: dict[str, float] = {}
    for sentence in sentences(text):
        for name, weight in (sentence_weights(sentence.text, table) or {}).items():
            found[name] = weight
    return found
