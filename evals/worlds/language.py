"""The small language of planted worlds: rules as sentences that a machine reads back out of any text.

A rule says how much an answer with a quality is wanted when the talk is about a topic. Each strength has
several wordings that mean the same, so a paraphrase changes a text and nothing else.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

SHOULD, MAY, AVOID = 1.0, 0.1, -1.0

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
_VERBS = (
    "names", "weighs", "lists", "explains", "questions", "compares", "illustrates", "summarises", "quotes",
    "estimates", "repeats", "softens",
)  # fmt: skip
_NOUNS = (
    "hidden risks", "trusted sources", "single steps", "likely costs", "open doubts", "other views",
    "plain figures", "local customs", "personal feelings", "legal limits", "common mistakes", "next actions",
)  # fmt: skip
_TOPICS = (
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

QUALITIES: tuple[str, ...] = tuple(f"{verb} {noun}" for noun in _NOUNS for verb in _VERBS)
TOPICS: tuple[str, ...] = _TOPICS
_QUALITY = {name: index for index, name in enumerate(QUALITIES)}
_TOPIC = {name: index for index, name in enumerate(TOPICS)}


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """How much (from -1 to 1) an answer with a quality is wanted in talk about a topic; both are indexes."""

    topic: int
    quality: int
    strength: float


@dataclass(frozen=True, slots=True)
class Sentence:
    """A rule as it stands in a text."""

    rule: Rule
    text: str
    wording: int


_PATTERNS = tuple(
    (
        strength,
        wording,
        re.compile(
            re.escape(template)
            .replace(re.escape("{quality}"), "(?P<quality>[a-z]+ [a-z]+ [a-z]+)")
            .replace(re.escape("{topic}"), "(?P<topic>[a-z]+ [a-z]+)")
        ),
    )
    for strength, templates in _WORDINGS.items()
    for wording, template in enumerate(templates)
)
_ABOUT = re.compile("|".join(re.escape(topic) for topic in TOPICS))


def write(rule: Rule, wording: int = 0) -> str:
    """The rule as one sentence; wordings repeat after the last."""
    templates = _WORDINGS[rule.strength]
    return templates[wording % len(templates)].format(
        quality=QUALITIES[rule.quality], topic=TOPICS[rule.topic]
    )


def wordings(strength: float) -> int:
    return len(_WORDINGS[strength])


def intro(topic: int, wording: int = 0) -> str:
    return _INTROS[wording % len(_INTROS)].format(topic=TOPICS[topic])


INTROS = len(_INTROS)


@lru_cache(maxsize=65536)
def sentences(text: str) -> tuple[Sentence, ...]:
    """The rules that stand in `text`, in the order of their wordings."""
    return tuple(
        Sentence(Rule(_TOPIC[m["topic"]], _QUALITY[m["quality"]], strength), m[0], wording)
        for strength, wording, pattern in _PATTERNS
        for m in pattern.finditer(text)
        if m["topic"] in _TOPIC and m["quality"] in _QUALITY
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
def qualities(text: str) -> frozenset[int]:
    """Indexes of the qualities that `text` names."""
    words = re.findall(r"[a-z]+", text.lower())
    runs = (" ".join(words[at : at + 3]) for at in range(len(words) - 2))
    return frozenset(_QUALITY[run] for run in runs if run in _QUALITY)


def forget() -> None:
    """Empty what reading has cached: texts of one world are of no use in the next."""
    for cached in (sentences, rules, topics, qualities):
        cached.cache_clear()


def weights(found: tuple[Rule, ...]) -> dict[tuple[int, int], float]:
    """(topic, quality) to the strength that several rules on it come to: their sum, within -1 and 1."""
    sums: dict[tuple[int, int], float] = {}
    for rule in set(found):
        place = (rule.topic, rule.quality)
        sums[place] = sums.get(place, 0.0) + rule.strength
    return {place: max(-1.0, min(1.0, total)) for place, total in sums.items()}
