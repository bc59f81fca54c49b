"""Rules: what a section's sentences ask for, read from the modal verb before each behaviour they name."""

import re
from dataclasses import dataclass

from .table import Table
from .wording import normal, phrases, sentences

MUST, SHOULD, PREFER, MAY = 4.0, 2.0, 1.0, 0.5
"""Weights of the modal verbs; those of prohibitions are negative."""

_MODALS: dict[str, float] = {
    "must not": -MUST,
    "must never": -MUST,
    "should never": -MUST,
    "never": -MUST,
    "cannot": -MUST,
    "under no circumstances": -MUST,
    "must always": MUST,
    "should always": MUST,
    "must": MUST,
    "shall": MUST,
    "assistant always": MUST,
    "is required to": MUST,
    "should not": -SHOULD,
    "shouldn't": -SHOULD,
    "ought not to": -SHOULD,
    "does not": -SHOULD,
    "doesn't": -SHOULD,
    "do not": -SHOULD,
    "don't": -SHOULD,
    "should": SHOULD,
    "ought to": SHOULD,
    "should generally": PREFER,
    "should usually": PREFER,
    "should try to": PREFER,
    "tries to": PREFER,
    "try to": PREFER,
    "aims to": PREFER,
    "prefers to": PREFER,
    "should generally not": -PREFER,
    "may": MAY,
    "can": MAY,
    "is free to": MAY,
    "need not": -MAY,
    "does not need to": -MAY,
    "doesn't need to": -MAY,
    "does not have to": -MAY,
    "doesn't have to": -MAY,
}
_MODAL = phrases(_MODALS)
_TURN = phrases(
    ["avoid", "avoids", "avoiding", "rather than", "instead of", "without", "refrain from", "refrains from"]
)
_EXCEPTION = re.compile(r"(?<!\w)(?:unless|except|even if|even when|although)(?!\w)")
_CLAUSE = re.compile(r";|(?<!\w)but(?!\w)")


@dataclass(frozen=True, slots=True)
class Rule:
    """One behaviour that one sentence asks for (weight above 0) or speaks against (below 0)."""

    behaviour: str
    weight: float
    sentence: str
    start: int
    """Where the sentence begins in the section's text, in characters."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in one section: its rules, and how many sentences asked for something at all."""

    rules: tuple[Rule, ...]
    asked: int
    understood: int


def read_rules(text: str, table: Table) -> Reading:
    """The rules of a section's text. A sentence with a modal verb asks; it is understood if it names a behaviour."""
    rules: list[Rule] = []
    asked = understood = 0
    for sentence in sentences(text):
        weights = sentence_weights(sentence.text, table)
        if weights is None:
            continue
        asked += 1
        understood += bool(weights)
        rules.extend(Rule(name, weight, sentence.text, sentence.start) for name, weight in weights.items())
    return Reading(tuple(rules), asked, understood)


def sentence_weights(sentence: str, table: Table) -> dict[str, float] | None:
    """Behaviour to weight for one sentence; None when no modal verb stands in it.

    A behaviour takes the last modal verb before it. "Avoid", "rather than" and their like turn the sign until the
    next modal verb or clause; what follows "unless" is an exception and not read.
    """
    text = normal(sentence)
    if exception := _EXCEPTION.search(text):
        text = text[: exception.start()]
    modals = [(match.start(), _MODALS[match.group()]) for match in _MODAL.finditer(text)]
    if not modals:
        return None
    turns = [match.start() for match in _TURN.finditer(text)]
    clauses = [match.start() for match in _CLAUSE.finditer(text)]
    weights: dict[str, float] = {}
    for start, _, name in table.named(text):
        before = [(position, weight) for position, weight in modals if position < start]
        if not before:
            continue
        position, weight = before[-1]
        since = max([position, *(clause for clause in clauses if clause < start)])
        if any(since <= turn < start for turn in turns):
            weight = -weight
        if abs(weight) >= abs(weights.get(name, 0.0)):
            weights[name] = weight
    return weights


def firmest(rules: tuple[Rule, ...]) -> dict[str, Rule]:
    """One rule for each behaviour of a section: the firmest; of equally firm ones, the last."""
    chosen: dict[str, Rule] = {}
    for rule in rules:
        if rule.behaviour not in chosen or abs(rule.weight) >= abs(chosen[rule.behaviour].weight):
            chosen[rule.behaviour] = rule
    return chosen
