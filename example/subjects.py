"""The words of the example's conversations: subjects with prompts and facts, habits with their snippets."""

import random
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from pydantic import Field

from ..records import Record


class Subject(Record):
    """What a conversation is about. One with a title has no section in the spec."""

    name: str
    prompts: tuple[str, ...]
    a: tuple[str, ...]
    b: tuple[str, ...]
    facts: tuple[str, ...]
    title: str = ""
    words: tuple[str, ...] = ()
    behaviours: tuple[str, ...] = ()
    """For a subject without section: what people may want there."""

    def prompt(self, rng: random.Random) -> str:
        return rng.choice(self.prompts).format(a=rng.choice(self.a), b=rng.choice(self.b))


class Habit(Record):
    """How a behaviour looks in a response, and what people call it."""

    place: Literal["first", "middle", "last"]
    shown: tuple[str, ...] = Field(min_length=1)
    called: tuple[str, ...] = Field(min_length=1)
    hinted: tuple[str, ...] = Field(min_length=1)


@lru_cache(maxsize=1)
def subjects() -> dict[str, Subject]:
    """By name, in the order of the file."""
    found = [Subject.model_validate(row) for row in _toml("subjects.toml")["subject"]]
    return {subject.name: subject for subject in found}


@lru_cache(maxsize=1)
def habits() -> dict[str, Habit]:
    """By the name of the behaviour."""
    return {name: Habit.model_validate(row) for name, row in _toml("habits.toml").items()}


def response(subject: Subject, behaviours: frozenset[str], rng: random.Random) -> str:
    """A response on a subject that shows exactly these behaviours."""
    parts: dict[str, list[str]] = {"first": [], "middle": [], "last": []}
    for name in sorted(behaviours):
        habit = habits()[name]
        parts[habit.place].append(rng.choice(habit.shown))
    parts["middle"] += rng.sample(subject.facts, rng.randint(2, 4))
    for part in parts.values():
        rng.shuffle(part)
    sentences = [*parts["first"], *parts["middle"], *parts["last"]]
    if len(sentences) > 4 and rng.random() < 0.5:
        cut = len(sentences) // 2
        return " ".join(sentences[:cut]) + "\n\n" + " ".join(sentences[cut:])
    return " ".join(sentences)


def _toml(name: str) -> dict[str, list[dict[str, object]]]:
    return tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))
