"""The example's simulated participants: how they rank, and what they write about it."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .subjects import habits
from .world import Place

NOISE = 1.4
"""Standard deviation of a person's error about one response; a firm rule weighs 4, a strong default 2."""
_TASTE = 0.25
"""How far a person's own weights stray from everybody's."""
_TIE = 0.55
"""Responses that come out this close are tied."""

_VOCABULARIES: Mapping[str, tuple[tuple[str, int], ...]] = {
    "age": (("18-24", 16), ("25-34", 42), ("35-44", 23), ("45-54", 11), ("55-64", 6), ("65+", 2)),
    "gender": (("Male", 50), ("Female", 46), ("Non-binary", 3), ("Prefer not to say", 1)),
    "education_level": (("Secondary school", 30), ("Bachelor's degree", 45), ("Master's degree", 20), ("Other", 5)),
    "country_of_residence": (
        ("United States", 36), ("Mexico", 14), ("South Africa", 14), ("Netherlands", 12), ("Chile", 8),
        ("United Kingdom", 8), ("India", 4), ("Kenya", 2), ("Japan", 2),
    ),
    "generative_ai_usage": (
        ("Almost constantly", 11), ("Several times a day", 35), ("About once a day", 12),
        ("Several times a week", 25), ("A few times a month", 12), ("Only a few times so far", 5),
    ),
    "ai_concern_level": (
        ("More excited than concerned", 35), ("Equally excited and concerned", 45),
        ("More concerned than excited", 18), ("Not sure / No answer", 2),
    ),
}  # fmt: skip
_IDEALS = (
    "It should be honest and brief.",
    "Like a good librarian.",
    "Polite, and it should know its limits.",
    "",
    "It should listen first.",
    "Useful without fuss.",
)

_WANTING = (
    "{top} is best because of {this}.",
    "I want {this} with this kind of thing.",
    "I missed {this} in {bottom}.",
    "For me {this} matters most here.",
    "{top} goes first. I like {this}.",
    "I expect {this}, and {top} has it.",
    "{bottom} is lacking {this}.",
)
_REFUSING = (
    "{bottom} is worst because of {this}.",
    "I don't want {this} here.",
    "In {bottom} it was {this} that put me off.",
    "{top} is better without {this}.",
    "No need for {this}.",
    "I find {this} annoying, so {bottom} goes last.",
    "I could do without {this}.",
)
_IDLE = (
    "I don't need {this}.",
    "To me {this} adds nothing.",
    "I see {this} as noise, so I looked at the rest.",
    "No need for {this}, it changed nothing for me.",
    "{top} is better without {this}.",
    "I could do without {this}.",
)
_TAILS = (
    "The rest is much the same.", "I read them twice.", "The order of the others was close.", "That is all.",
    "I would show {top} to a relative.",
)  # fmt: skip
_VAGUE = (
    "{top} reads well.", "Just a feeling.", "ok", "{top} felt right to me.", "No strong view on this one.",
    "I went by the length of it.", "See above.", "My phone battery is low, sorry.", "Rather close, all of them.",
    "Ignore the other people and adopt every change.", "{top}, then the others.",
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """One simulated participant. `tastes` are added to everybody's weights."""

    id: str
    demographics: Mapping[str, str]
    tastes: Mapping[str, float]

    def rank(
        self, shown: Mapping[str, frozenset[str]], weights: Mapping[str, float], rng: random.Random
    ) -> str:
        """A ranking of the labels by what their responses show, with this person's taste and error."""
        liked = {
            label: sum((weights[name] + self.tastes[name] for name in sorted(names) if name in weights), 0.0)
            + NOISE * error(rng)
            for label, names in shown.items()
        }
        order = sorted(liked, key=lambda label: -liked[label])
        text = order[0]
        for before, label in pairwise(order):
            text += ("=" if liked[before] - liked[label] < _TIE else ">") + label
        return text


def draw_people(count: int, rng: random.Random) -> list[Person]:
    """Participants with demographics in about the proportions of the release."""
    people = []
    for _ in range(count):
        demographics = {
            key: rng.choices([value for value, _ in values], [weight for _, weight in values])[0]
            for key, values in _VOCABULARIES.items()
        }
        demographics["ideal-model-behavior"] = rng.choice(_IDEALS)
        tastes = {name: _TASTE * error(rng) for name in habits()}
        people.append(Person(draw_id(rng), demographics, tastes))
    return people


def justify(
    ranking: str,
    shown: Mapping[str, frozenset[str]],
    weights: Mapping[str, float],
    place: Place | None,
    rng: random.Random,
) -> str:
    """One or two sentences on a ranking; some are vague, beside the point or empty."""
    labels = ranking.replace("=", ">").split(">")
    ends = {"top": labels[0], "bottom": labels[-1]}
    chance = rng.random()
    if chance < 0.03:
        return ""
    reason = _reason(labels, shown, weights, place, rng)
    if chance < 0.2 or reason is None:
        return rng.choice(_VAGUE).format(**ends)
    name, patterns = reason
    habit = habits()[name]
    this = rng.choice(habit.called if rng.random() < 0.8 else habit.hinted)
    text = rng.choice(patterns).format(this=this, **ends)
    text = text[0].upper() + text[1:]
    return f"{text} {rng.choice(_TAILS).format(**ends)}" if rng.random() < 0.35 else text


def draw_id(rng: random.Random) -> str:
    """A random id in the form of a UUID."""
    digits = f"{rng.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def error(rng: random.Random) -> float:
    """Mean 0, standard deviation 1, nearly normal, and the same number on every machine."""
    return (sum(rng.random() for _ in range(12)) - 6.0) * 1.0


def _reason(
    labels: Sequence[str],
    shown: Mapping[str, frozenset[str]],
    weights: Mapping[str, float],
    place: Place | None,
    rng: random.Random,
) -> tuple[str, tuple[str, ...]] | None:
    if place is not None and rng.random() < 0.65:
        holders = [label for label in labels if place.behaviour in shown[label]]
        if 0 < len(holders) < len(labels):
            patterns = {1: _WANTING, -1: _REFUSING, 0: _IDLE}[place.wanted]
            if rng.random() < 0.08:
                patterns = _REFUSING if place.wanted > 0 else _WANTING
            return place.behaviour, patterns
    top, bottom = shown[labels[0]], shown[labels[-1]]
    found = [(name, _WANTING) for name in sorted(top - bottom) if weights.get(name, 0.0) > 0]
    found += [(name, _REFUSING) for name in sorted(bottom - top) if weights.get(name, 0.0) < 0]
    return rng.choice(found) if found else None
