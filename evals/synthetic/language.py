"""The small language of synthetic worlds: rules as sentences, and the reasons that people give in words of their own.

A rule says how much an answer with a quality is wanted when the talk is about a topic, or in any talk. Each
strength has several wordings of one meaning, so that a rewording changes a text and nothing else.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

SHOULD, MAY, AVOID = 1.0, 0.15, -1.0
ANY = -1
"""The topic of a rule that holds in any talk."""

_WORDINGS: dict[float, tuple[str, ...]] = {
    SHOULD: (
        "The assistant should prefer an answer that {quality} when the talk is about {topic}.",
        "When the talk is about {topic}, the assistant should put first an answer that {quality}.",
        "In talk about {topic}, an answer that {quality} should come first.",
        "Talk about {topic} calls for an answer that {quality}.",
    ),
    MAY: (
        "The assistant may prefer an answer that {quality} when the talk is about {topic}.",
        "When the talk is about {topic}, the assistant may lean towards an answer that {quality}.",
        "In talk about {topic}, an answer that {quality} may come first.",
    ),
    AVOID: (
        "The assistant should avoid an answer that {quality} when the talk is about {topic}.",
        "When the talk is about {topic}, the assistant should put last an answer that {quality}.",
        "In talk about {topic}, an answer that {quality} should come last.",
        "Talk about {topic} speaks against an answer that {quality}.",
    ),
}
_INTROS = (
    "This section is about {topic}.",
    "What follows is about {topic}.",
    "Here the spec turns to talk about {topic}.",
    "Users often bring up {topic}.",
    "The next lines hold for {topic}.",
    "Much that users ask concerns {topic}.",
)
_VERBS = {
    "names": "points out", "weighs": "thinks through", "lists": "sets out one by one", "explains": "makes clear",
    "questions": "casts doubt on", "compares": "holds side by side", "illustrates": "gives a picture of",
    "summarises": "boils down", "quotes": "repeats word for word", "estimates": "puts a number on",
    "repeats": "goes over again", "softens": "plays down",
}  # fmt: skip
_NOUNS = {
    "hidden risks": "what could go wrong", "trusted sources": "where it comes from", "single steps": "what to do in turn",
    "likely costs": "what it will cost me", "open doubts": "what nobody knows", "other views": "how others see it",
    "plain figures": "the numbers", "local customs": "how people do it here", "personal feelings": "how I feel",
    "legal limits": "what the law allows", "common mistakes": "where people slip", "next actions": "where to go from there",
}  # fmt: skip
_ANYTHING = "anything at all"
LONG_WORDS = "runs to some length"
TOPICS: tuple[str, ...] = (
    "travel visas", "bread baking", "tax forms", "rental contracts", "garden pests", "chess openings",
    "school essays", "wedding speeches", "knee pain", "night sleep", "stock picks", "used cars",
    "solar panels", "choir music", "city politics", "border disputes", "prayer customs", "pet adoption",
    "job interviews", "salary talks", "baby names", "marathon training", "vegan recipes", "wine cellars",
    "mountain huts", "river floods", "old castles", "space probes", "home networks", "lost passwords",
    "phone plans", "paint colours", "roof repairs", "street art", "film endings", "crime novels",
    "family quarrels", "first dates", "exam nerves", "hospital bills", "voting rules", "news rumours",
    "harvest moons", "steam trains", "coral reefs", "wool knitting", "market stalls", "sailing knots",
    "desert plants", "board meetings", "poem metres", "glass blowing", "bird calls", "ferry tables",
    "cheese ageing", "map making", "tooth care", "clock repair", "tea houses", "storm shelters",
)  # fmt: skip
QUALITIES: tuple[str, ...] = (*(f"{verb} {noun}" for noun in _NOUNS for verb in _VERBS), LONG_WORDS)
LONG = len(QUALITIES) - 1
"""The quality of being long."""
_QUALITY = {name: index for index, name in enumerate(QUALITIES)}
_TOPIC = {name: index for index, name in enumerate(TOPICS)} | {_ANYTHING: ANY}
_IN_OTHER_WORDS = {
    f"{_VERBS[verb]} {_NOUNS[noun]}": _QUALITY[f"{verb} {noun}"] for noun in _NOUNS for verb in _VERBS
} | {"takes its time": LONG}
OTHER_WORDS: tuple[str, ...] = tuple(sorted(_IN_OTHER_WORDS, key=_IN_OTHER_WORDS.__getitem__))
"""Quality to what people call it who don't use the spec's words."""

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
VAGUE = (
    "Simply better.",
    "ok",
    "I just like {label} more.",
    "{label} reads well.",
    "Gut feeling.",
    "{label} is the best one",
)

Place = tuple[int, int]
"""(topic, quality), both indexes."""
Weights = dict[Place, float]
"""Place to the strength (-1 to 1) with which it is wanted."""


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """How much (from -1 to 1) an answer with a quality is wanted in talk about a topic."""

    topic: int
    quality: int
    strength: float

    @property
    def place(self) -> Place:
        return self.topic, self.quality


@dataclass(frozen=True, slots=True)
class Sentence:
    """A rule as it stands in a text."""

    rule: Rule
    text: str
    wording: int


@dataclass(frozen=True, slots=True)
class Reason:
    """What a justification says: the qualities it names, and 1 for wanting them, -1 against, 0 not caring."""

    qualities: frozenset[int]
    topics: frozenset[int]
    stance: int


def _pattern(template: str) -> re.Pattern[str]:
    quality = "|".join(map(re.escape, QUALITIES))
    topic = "|".join(map(re.escape, _TOPIC))
    return re.compile(
        re.escape(template)
        .replace(re.escape("{quality}"), f"(?P<quality>{quality})")
        .replace(re.escape("{topic}"), f"(?P<topic>{topic})")
        .replace("should", "(?:should|ought to)")
    )


_PATTERNS = tuple(
    (strength, wording, _pattern(template))
    for strength, templates in _WORDINGS.items()
    for wording, template in enumerate(templates)
)
_ABOUT = re.compile("|".join(re.escape(topic) for topic in TOPICS))
_NAMED = re.compile(
    "|".join(re.escape(name) for name in sorted([*QUALITIES, *OTHER_WORDS], key=len, reverse=True))
)


def write(rule: Rule, wording: int = 0) -> str:
    """The rule as one sentence; wordings repeat after the last."""
    templates = _WORDINGS[rule.strength]
    topic = _ANYTHING if rule.topic == ANY else TOPICS[rule.topic]
    return templates[wording % len(templates)].format(quality=QUALITIES[rule.quality], topic=topic)


def reworded(text: str, pick: int) -> tuple[str, str] | None:
    """A sentence of `text`, a rule or an introduction, and another wording of the same; None where there is none."""
    found = [
        (s.text, write(s.rule, other))
        for s in sentences(text) for other in range(len(_WORDINGS[s.rule.strength])) if other != s.wording
    ]  # fmt: skip
    for topic in sorted(topics(text)):
        all_ = [form.format(topic=TOPICS[topic]) for form in _INTROS]
        found += [(old, new) for old in all_ if old in text for new in all_ if new != old]
    return found[pick % len(found)] if found else None


def intro(topic: int, wording: int = 0) -> str:
    return _INTROS[wording % len(_INTROS)].format(topic=TOPICS[topic])


def reason(topic: int, quality: int, stance: int, label: str, *, own_words: bool, pick: int) -> str:
    """What a person writes who wants (1), doesn't want (-1) or doesn't care (0) for a quality."""
    templates = _FOR if stance > 0 else _AGAINST if stance < 0 else _INDIFFERENT
    called = (OTHER_WORDS if own_words else QUALITIES)[quality]
    return templates[pick % len(templates)].format(label=label, quality=called, topic=TOPICS[topic])


@lru_cache(maxsize=65536)
def sentences(text: str) -> tuple[Sentence, ...]:
    """The rules that stand in `text`, in the order of their wordings."""
    return tuple(
        Sentence(Rule(_TOPIC[m["topic"]], _QUALITY[m["quality"]], strength), m[0], wording)
        for strength, wording, pattern in _PATTERNS
        for m in pattern.finditer(text)
    )


@lru_cache(maxsize=65536)
def rules(text: str) -> tuple[Rule, ...]:
    """The distinct rules of `text`: what is said twice counts once."""
    return tuple(sorted({sentence.rule for sentence in sentences(text)}))


@lru_cache(maxsize=65536)
def topics(text: str) -> frozenset[int]:
    """Indexes of the topics that `text` names, upper and lower case alike."""
    return frozenset(_TOPIC[found] for found in _ABOUT.findall(text.lower()))


@lru_cache(maxsize=65536)
def read_reason(text: str) -> tuple[Reason, bool]:
    """What one justification says, and whether in words of the writer's own."""
    named = _NAMED.findall(text)
    own = any(name in _IN_OTHER_WORDS for name in named)
    found = frozenset(_IN_OTHER_WORDS.get(name, _QUALITY.get(name, 0)) for name in named)
    stance = -1 if "puts me off" in text else 0 if "makes no difference" in text else 1
    return Reason(found, topics(text), stance), own


def weights(found: tuple[Rule, ...]) -> Weights:
    """Place to the strength that several rules on it come to: their sum, within -1 and 1."""
    sums: Weights = {}
    for rule in set(found):
        sums[rule.place] = sums.get(rule.place, 0.0) + rule.strength
    return {place: max(-1.0, min(1.0, total)) for place, total in sums.items()}


def forget() -> None:
    """Empty what reading has cached: texts of one world are of no use in the next."""
    for cached in (sentences, rules, topics, read_reason):
        cached.cache_clear()
