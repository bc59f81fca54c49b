"""Makes a world from a seed: topics, a spec, what people want otherwise, their judgements, and how it reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...agreement.measures import Places, Values
from ...records import content_id
from . import noise
from .config import WorldConfig
from .language import (  # fmt: skip
    ANY,
    AVOID,
    LONG,
    MAY,
    QUALITIES,
    SHOULD,
    TOPICS,
    Place,
    Rule,
    Weights,
    intro,
    weights,
    write,
)
from .people import Ints, PanelShape, judged, pair_weights, tasks

Kind = Literal["clarification", "change_of_principle", "missing_rule", "unbacked_rule"]
KINDS: tuple[Kind, ...] = ("clarification", "change_of_principle", "missing_rule", "unbacked_rule")
_AUTHORITIES = ("developer", "user", "user", "guideline")
_CHAPTERS = ("Conduct", "Care", "Craft", "Money matters", "Public life", "Leisure", "House and home", "Study")
FRESH_RATERS = 10
DISLIKE = 0.35
"""How far people would rather have the opposite of a rule that they don't back."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A place where people want something else than the spec says."""

    kind: Kind
    topic: int
    quality: int
    before: float
    after: float
    new_section: bool = False

    @property
    def id(self) -> str:
        return f"{self.kind}:{TOPICS[self.topic]}"

    @property
    def place(self) -> Place:
        return self.topic, self.quality


@dataclass(frozen=True)
class Plan:
    """Which topics have a section, and which rules stand there."""

    topics: tuple[int, ...]
    rules: tuple[Rule, ...]
    chapter: int

    def mended(self, gaps: Sequence[Gap]) -> "Plan":
        """With every gap closed; a topic without section gets one at the end."""
        closed = {gap.place for gap in gaps}
        kept = [rule for rule in self.rules if rule.place not in closed]
        added = [Rule(*gap.place, gap.after) for gap in gaps if gap.after]
        homes = dict.fromkeys((*self.topics, *(rule.topic for rule in added)))
        return Plan(tuple(homes), tuple(kept + added), self.chapter)


@dataclass(frozen=True, eq=False)
class World:
    """A world and its hidden truth.

    Arrays run over N = C + F conversations (the panel's C, then F fresh ones that no method sees), 4 responses and
    the qualities. Utilities are in sd of what people share.
    """

    config: WorldConfig
    seed: int
    plan: Plan
    gaps: tuple[Gap, ...]
    concerns: NDArray[np.bool_]
    """(N, topics)"""
    base: Values
    """(N, 4): what everyone sees."""
    own: Values
    """(N, 4): how the reader sees that, with its lasting errors on each item."""
    length: Values
    """(N, 4) logarithm of length, sd 1."""
    latent: Values
    """(N, 4, qualities): how much a response has of a quality, by its weight."""
    truth: Weights
    dissent: tuple[Weights, ...]
    """One a subgroup: the strengths that it wants instead."""
    member: Ints
    """(participants,): the subgroup of each, -1 for none; the panel's people, then the fresh ones."""
    conversation: Ints
    """(n,) of each assessment, the panel's first."""
    participant: Ints
    places: Places
    """(n, 4) how each assessment ranks the responses."""

    @property
    def size(self) -> int:
        """Conversations of the panel."""
        return self.config.conversations

    @cached_property
    def fresh(self) -> Ints:
        return np.arange(self.size, len(self.base))

    @cached_property
    def spec(self) -> str:
        """The spec as the loop is given it."""
        return document(self.plan, self.seed)

    @cached_property
    def true_spec(self) -> str:
        """The spec that people want."""
        return document(self.plan.mended(self.gaps), self.seed)

    @cached_property
    def original(self) -> Weights:
        return weights(self.plan.rules)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Ids of the panel's conversations, shaped like the UUIDs of CA-1."""
        return tuple(uuid("conversation", self.seed, index) for index in range(self.size))

    @cached_property
    def participant_names(self) -> tuple[str, ...]:
        return tuple(uuid("participant", self.seed, i) for i in range(self.config.people.participants))

    @cached_property
    def index(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.names)}

    @cached_property
    def topic_sets(self) -> tuple[frozenset[int], ...]:
        return tuple(frozenset(map(int, np.flatnonzero(row))) for row in self.concerns)

    @cached_property
    def judged(self) -> int:
        """Assessments of the panel; the fresh ones come after."""
        return int(np.searchsorted(self.conversation, self.size))

    @cached_property
    def pair_weights(self) -> Values:
        """(N, 6): see `people.pair_weights`; everybody counts."""
        return pair_weights(self.conversation, self.participant, self.places, len(self.base))

    @cached_property
    def shared(self) -> Values:
        """(N, 4): what people share about a response, in sd."""
        return standardised(self.utility(self.truth))

    def utility(self, wanted: Weights, at: Ints | slice = slice(None)) -> Values:
        """(n, 4): what the rules `wanted` make of every response, to someone who sees what everyone sees."""
        return self.base[at] + pull(self.latent[at], self.concerns[at], wanted)


def pull(latent: Values, concerns: NDArray[np.bool_], wanted: Weights) -> Values:
    """(n, 4): what rules add to the responses of the conversations that they bear on."""
    total = np.zeros(latent.shape[:2])
    for (topic, quality), strength in wanted.items():
        if strength:
            here = concerns[:, topic, None] if topic != ANY else True
            total += np.where(here, strength * latent[:, :, quality], 0.0)
    return total


def make_world(config: WorldConfig, seed: int) -> World:
    """The world of a seed. Deterministic; needs a second or two at CA-1's size."""
    rng = np.random.default_rng([seed, 2025])
    kinds = [KINDS[(place + seed) % 4] for place in range(config.planted)]
    bare = [kind == "missing_rule" and rng.random() < 4 * config.new_sections for kind in kinds]
    topics = [int(t) for t in rng.permutation(len(TOPICS))[: config.sections + sum(bare)]]
    total = config.conversations + config.fresh
    concerns = _dealt(config, topics, total, rng)
    plan, truth, gaps = _planted(config, topics, kinds, bare, rng)
    weight = config.backed * np.exp(0.2 * rng.normal(size=len(QUALITIES)))
    median, spread = config.weight
    drawn = median * np.exp(spread * rng.normal(size=len(QUALITIES)))
    for gap in gaps:
        weight[gap.quality] = drawn[gap.quality] / abs(gap.after - gap.before)
    used = {rule.quality for rule in plan.rules} | {quality for _, quality in truth}
    unused = np.array([quality not in used for quality in range(len(QUALITIES))])
    weight[unused] = drawn[unused]
    latent = rng.normal(size=(total, 4, len(QUALITIES))) * weight
    length = rng.normal(size=(total, 4))
    latent[:, :, LONG] = 0.5 * length
    base = rng.normal(0.0, config.base, size=(total, 4))
    insight = config.reader.insight
    own = insight * base + sqrt(1 - insight**2) * config.base * rng.normal(size=base.shape)
    people = config.people
    conversation, participant, everyone = _asked(config, rng)
    member = rng.integers(0, 5, everyone)
    member = np.where(member < people.subgroups, member, -1)
    dissent = tuple(_opposed(truth, people.subgroup_rules, rng) for _ in range(people.subgroups))
    scores = group_scores(base, latent, concerns, truth, dissent, member, conversation, participant)
    tastes = people.taste * rng.normal(size=(everyone, len(truth)))
    for column, (topic, quality) in enumerate(sorted(truth)):
        mine = concerns[conversation, topic, None] * tastes[participant, column, None]
        scores += mine * latent[conversation, :, quality]
    scores = standardised(scores) + people.length_taste * length[conversation]
    places = judged(scores, rng, noise=people.noise, closeness=people.closeness, unevenness=people.unevenness)
    return World(
        config, seed, plan, gaps, concerns, base, own, length, latent, truth, dissent, member, conversation,
        participant, places,
    )  # fmt: skip


def section_id(topic: int) -> str:
    return TOPICS[topic].replace(" ", "_")


def section(topic: int, rules: Sequence[Rule], seed: int, level: int = 2) -> str:
    """One section: a heading, an introduction, a paragraph a rule."""
    pick = noise.key("section", seed, topic)
    authority = _AUTHORITIES[pick % len(_AUTHORITIES)]
    head = f"{'#' * level} {TOPICS[topic].capitalize()} {{#{section_id(topic)} authority={authority}}}"
    body = [intro(topic, pick >> 8)] + [
        write(rule, noise.key("wording", seed, *rule.place)) for rule in rules
    ]
    return head + "\n\n" + "\n\n".join(body) + "\n"


def document(plan: Plan, seed: int) -> str:
    """The whole spec; the same plan and seed give the same bytes."""
    blocks = ["This spec belongs to a planted world. It is synthetic.\n"]
    for place, topic in enumerate(plan.topics):
        if place % plan.chapter == 0:
            number = place // plan.chapter
            name = _CHAPTERS[number % len(_CHAPTERS)] + (f" {number}" if number >= len(_CHAPTERS) else "")
            blocks.append(f"# {name} {{#chapter_{number} authority=root}}\n\nHere follow single subjects.\n")
        blocks.append(section(topic, [rule for rule in plan.rules if rule.topic == topic], seed))
    return "\n".join(blocks)


def uuid(*parts: object) -> str:
    digits = content_id(*parts) + content_id("tail", *parts)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))


def standardised(scores: Values) -> Values:
    """(n, 4): centred, and scaled to sd 1 over all; what a conversation leaves open stays open."""
    centred = scores - scores.mean(axis=1, keepdims=True)
    return np.asarray(centred / centred.std() * sqrt(3 / 4))


def _dealt(
    config: WorldConfig, topics: Sequence[int], total: int, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """(total, topics) what each conversation is about; the planted topics come up as often as configured."""
    shares = rng.uniform(*config.touches, size=config.planted)
    others = list(topics[config.planted :])
    popular = rng.dirichlet(np.full(len(others), 8.0)) if others else np.array([])
    count = rng.choice([1, 2, 3], size=total, p=np.array(config.concerns) / sum(config.concerns))
    concerns = np.zeros((total, len(TOPICS)), dtype=bool)
    for part in (np.arange(config.conversations), np.arange(config.conversations, total)):
        slots = np.repeat(part, count[part])
        deck = np.repeat(topics[: config.planted], np.rint(shares * len(part)).astype(int))[: len(slots)]
        rest = len(slots) - len(deck)
        filled = rng.choice(others, size=rest, p=popular) if others else rng.choice(topics, size=rest)
        concerns[rng.permutation(slots), np.concatenate([deck, filled]).astype(int)] = True
    return concerns


def _planted(
    config: WorldConfig,
    topics: Sequence[int],
    kinds: Sequence[Kind],
    bare: Sequence[bool],
    rng: np.random.Generator,
) -> tuple[Plan, Weights, tuple[Gap, ...]]:
    """Writes rules into every section, and another truth into the first sections."""
    qualities = iter(int(q) for q in rng.permutation(LONG))
    gaps: list[Gap] = []
    rules: list[Rule] = []
    truth: list[Rule] = []
    for topic, kind, new in zip(topics, kinds, bare, strict=False):
        way = SHOULD if rng.random() < 0.7 else AVOID
        before, after = {
            "clarification": (MAY, SHOULD),
            "change_of_principle": (way, -way),
            "missing_rule": (0.0, way),
            "unbacked_rule": (way, 0.0),
        }[kind]
        gap = Gap(kind, topic, next(qualities), before, after, new)
        gaps.append(gap)
        rules += [Rule(*gap.place, before)] if before else []
        truth.append(Rule(*gap.place, after or -DISLIKE * before))
    for place, topic in enumerate(topics):
        if place < len(bare) and bare[place]:
            continue
        for _ in range(1 if place < len(kinds) else 2):
            strength = [SHOULD, AVOID, MAY][int(rng.choice(3, p=[0.65, 0.2, 0.15]))]
            backed = Rule(topic, next(qualities, 0), strength)
            rules.append(backed)
            truth.append(backed)
    housed = [t for place, t in enumerate(topics) if not (place < len(bare) and bare[place])]
    plan = Plan(tuple(int(t) for t in rng.permutation(housed)), tuple(rules), config.chapter)
    return plan, weights(tuple(truth)), tuple(gaps)


def _opposed(truth: Weights, count: int, rng: np.random.Generator) -> Weights:
    """What a subgroup wants instead of the truth, at `count` places."""
    places = sorted(truth)
    return {places[i]: -truth[places[i]] for i in rng.permutation(len(places))[:count]}


def _asked(config: WorldConfig, rng: np.random.Generator) -> tuple[Ints, Ints, int]:
    """(conversation, participant) of all assessments, in the order of the conversations, and how many people."""
    people = config.people
    raters = min(people.raters, people.participants)
    crowd = int(people.crowd)
    cells = (config.conversations - crowd) * raters + crowd * people.participants
    twice = round(cells * people.duplicates)
    conversation, participant = tasks(
        PanelShape(
            conversations=config.conversations, participants=people.participants, assessments=cells + twice,
            everyone=crowd, duplicates=twice,
        ),
        rng,
    )  # fmt: skip
    order = np.argsort(conversation, kind="stable")
    fresh = 2 * config.fresh
    more = np.repeat(np.arange(config.conversations, config.conversations + config.fresh), FRESH_RATERS)
    others = people.participants + rng.integers(0, fresh, len(more))
    return (
        np.concatenate([conversation[order], more]),
        np.concatenate([participant[order], others]),
        people.participants + fresh,
    )


def group_scores(
    base: Values, latent: Values, concerns: NDArray[np.bool_], truth: Weights, dissent: Sequence[Weights],
    member: Ints, conversation: Ints, participant: Ints,
) -> Values:  # fmt: skip
    """(n, 4): the utility of each response to the group of the person who judges it."""
    scores = (base + pull(latent, concerns, truth))[conversation]
    group = member[participant]
    for number, wanted in enumerate(dissent):
        mine = group == number
        other = base + pull(latent, concerns, truth | wanted)
        scores[mine] = other[conversation[mine]]
    return scores
