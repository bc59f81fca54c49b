"""What is said in a planted world: prompts, responses, and the reasons that people write."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .generate import World
from .language import QUALITIES, TOPICS, qualities
from .noise import chance, key

LABELS = ("A", "B", "C", "D")

_OPENERS = (
    "Could you help me with {topics}? {detail}",
    "I have a question on {topics}. {detail}",
    "Something about {topics} keeps me busy. {detail}",
    "Tell me more on {topics}, please. {detail}",
)
_DETAILS = (
    "My sister sees it in another way than I do, and we would like to hear a third voice.",
    "I have read a little already, but the pages that I found contradict each other.",
    "Please keep in mind that I am new to all of this and have one evening for it.",
    "There is not much money in it for me, so I would rather not get it wrong.",
    "A friend told me to ask somebody who knows, and so here I am with it.",
)
_FILLER = (
    "It depends on what matters to you most", "there are several ways to go about it", "some care pays off here",
    "many people begin with the simplest part", "it may take a few tries", "a look at the whole helps",
    "the first idea is not always the best one", "a little patience goes far", "you know your own case best",
    "nothing of this has to be decided today", "small changes can be undone later", "others have asked the same",
)  # fmt: skip
_FOR = (
    "{label} comes first for me because it {quality}, and with {topic} I care for that.",
    "What won me over in {label}: it {quality}. Good for {topic}.",
    "With {topic} I want a reply that {quality}; {label} does it best.",
)
_AGAINST = (
    "{label} puts me off: it {quality}, and with {topic} that is the last thing I need.",
    "I ranked {label} low because it {quality}; for {topic} that puts me off.",
    "That {label} {quality} puts me off when I ask about {topic}.",
)
_INDIFFERENT = (
    "Whether a reply {quality} makes no difference to me with {topic}.",
    "That {label} {quality} makes no difference, not for {topic}.",
)
_VAGUE = (
    "Simply better.",
    "ok",
    "I just like {label} more.",
    "{label} reads well.",
    "Gut feeling.",
    "{label} is the best one",
)
_SAYS_AGAINST, _SAYS_INDIFFERENT = "puts me off", "makes no difference"


@dataclass(frozen=True, slots=True)
class Reason:
    """What a justification says: the qualities it names, and 1 for wanting them, -1 against, 0 not caring."""

    qualities: frozenset[int]
    stance: int


def prompt(world: World, conversation: int) -> str:
    """The user's message: it names the conversation's topics."""
    pick = key("prompt", world.seed, conversation)
    named = " and ".join(TOPICS[topic] for topic in sorted(world.topic_sets[conversation]))
    return _OPENERS[pick % len(_OPENERS)].format(topics=named, detail=_DETAILS[(pick >> 16) % len(_DETAILS)])


def response(world: World, conversation: int, place: int) -> str:
    """One response: it shows the qualities that it has most of, among those that rules speak of."""
    pick = key("response", world.seed, conversation, place)
    at_stake = [q for t, q in sorted({**world.original, **world.truth}) if world.concerns[conversation, t]]
    shown = sorted(at_stake, key=lambda q: -world.latent[conversation, place, q])[:2]
    named = [f"It {QUALITIES[q]}." for q in shown if world.latent[conversation, place, q] > 0]
    count = 4 + (pick >> 8) % 8
    filler = [_FILLER[(pick >> (3 * i)) % len(_FILLER)] for i in range(count)]
    return f"Answer {pick % 10**9:09d}. " + " ".join(
        named + [f"{part[0].upper()}{part[1:]}." for part in filler]
    )


def justification(world: World, assessment: int, best: str, worst: str) -> str:
    """Why the person of an assessment ranked so; often it names the quality that moved them."""
    conversation = int(world.drawn.conversation[assessment])
    person = int(world.drawn.participant[assessment])
    told = ("why", world.seed, assessment)
    pick = key(*told)
    if chance("says", *told) > world.config.people.states_reason:
        return _VAGUE[pick % len(_VAGUE)].format(label=best)
    group = int(world.member[person])
    wanted = world.truth if group < 0 else world.truth | world.dissent[group]
    here = sorted({place for place in (*wanted, *world.original) if world.concerns[conversation, place[0]]})
    if not here:
        return _VAGUE[pick % len(_VAGUE)].format(label=best)
    pull = np.array(
        [
            abs(wanted.get(place, 0.0)) * float(np.ptp(world.latent[conversation, :, place[1]]))
            for place in here
        ]
    )
    idle = np.array([0.5 * float(np.ptp(world.latent[conversation, :, q])) for _, q in here])
    weight = np.where(pull > 0, pull, idle)
    cut = chance("which", *told) * weight.sum()
    topic, quality = here[min(int(np.searchsorted(np.cumsum(weight), cut)), len(here) - 1)]
    strength = wanted.get((topic, quality), 0.0)
    templates = _FOR if strength > 0 else _AGAINST if strength < 0 else _INDIFFERENT
    return templates[pick % len(templates)].format(
        label=worst if strength < 0 else best, quality=QUALITIES[quality], topic=TOPICS[topic]
    )


def read_reason(text: str) -> Reason:
    """What a reader of one justification takes from it."""
    stance = -1 if _SAYS_AGAINST in text else 0 if _SAYS_INDIFFERENT in text else 1
    return Reason(qualities(text), stance)


def ranking_text(levels: Sequence[int], labels: Sequence[str] = LABELS) -> str:
    """Levels (higher is better, equal is tied) as a ranking such as `B>C=D>A`."""
    order = sorted(set(levels), reverse=True)
    return ">".join(
        "=".join(label for label, v in zip(labels, levels, strict=True) if v == level) for level in order
    )


def read_ranking(text: str) -> dict[str, int]:
    """Label to level, higher is better, of a ranking text."""
    tiers = text.split(">")
    return {label.strip(): -place for place, tier in enumerate(tiers) for label in re.split("=", tier)}
