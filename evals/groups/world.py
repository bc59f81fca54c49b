"""Planted groups: two halves of the people want the opposite in a few places, and the same everywhere else."""

from dataclasses import dataclass, replace

import numpy as np

from ...panel.records import Panel
from ..synthetic.config import PeopleConfig, WorldConfig
from ..synthetic.language import AVOID, SHOULD, Place, Weights, rules, weights
from ..synthetic.people import judged
from ..synthetic.texts import panel
from ..synthetic.truth import STEADY
from ..synthetic.world import Gap, World, group_scores, make_world, standardised

GROUPS = ("United States", "Mexico")
"""The values of `country_of_residence` that tell the two groups in a synthetic world."""
ATTRIBUTE = "country_of_residence"


@dataclass(frozen=True, eq=False)
class GroupWorld:
    """A world of two groups. `disputed`: the places where the first wants what the second wants to be avoided."""

    world: World
    disputed: tuple[Place, ...]
    common: tuple[Gap, ...]
    """Places where both want the same, and the spec says something else."""

    @property
    def panel(self) -> Panel:
        return panel(self.world)

    def wanted(self, group: int, place: Place) -> float:
        return (SHOULD, AVOID)[group] if place in self.disputed else 0.0

    def held(self, text: str, group: int) -> int:
        """Disputed places where a text asks for what a group wants."""
        said = weights(rules(text))
        return sum(abs(said.get(place, 0.0) - self.wanted(group, place)) < STEADY for place in self.disputed)

    def silent(self, text: str) -> int:
        """Disputed places of which a text says next to nothing, as the spec did."""
        said = weights(rules(text))
        return sum(abs(said.get(place, 0.0)) < STEADY for place in self.disputed)

    def mended(self, text: str) -> int:
        """Places of the common ground where a text asks for what everybody wants."""
        said = weights(rules(text))
        return sum(
            abs(said.get(gap.place, 0.0) - gap.after) < STEADY * abs(gap.after - gap.before)
            for gap in self.common
        )


def group_world(config: WorldConfig, seed: int, *, disputed: int, apart: bool = True) -> GroupWorld:
    """The world of a seed. Of its planted places the last `disputed` become places where the groups want the opposite
    and the spec says nothing; with `apart` False nobody wants anything there, and the groups differ in nothing.
    """
    people = config.people.model_copy(update={"subgroups": len(GROUPS), "subgroup_rules": 0})
    base = make_world(config.model_copy(update={"people": people}), seed)
    cut = len(base.gaps) - disputed
    common, turned = base.gaps[:cut], base.gaps[cut:]
    places = tuple(gap.place for gap in turned)
    latent = base.latent.copy()
    for gap in turned:
        latent[:, :, gap.quality] *= abs(gap.after - gap.before)
    plan = replace(base.plan, rules=tuple(rule for rule in base.plan.rules if rule.place not in places))
    truth: Weights = {place: strength for place, strength in base.truth.items() if place not in places}
    dissent: tuple[Weights, ...] = (
        tuple(dict.fromkeys(places, strength) for strength in (SHOULD, AVOID)) if apart else ({}, {})
    )
    rng = np.random.default_rng([seed, 77])
    member = rng.permutation(len(base.member)) % len(GROUPS)
    mine = rng.permutation(config.people.participants) % len(GROUPS)
    member[: config.people.participants] = mine
    scores = group_scores(
        base.base, latent, base.concerns, truth, dissent, member, base.conversation, base.participant
    )
    tastes = people.taste * rng.normal(size=(len(member), len(truth)))
    for column, (topic, quality) in enumerate(sorted(truth)):
        here = base.concerns[base.conversation, topic, None] * tastes[base.participant, column, None]
        scores += here * latent[base.conversation, :, quality]
    scores = standardised(scores) + people.length_taste * base.length[base.conversation]
    ranked = judged(scores, rng, noise=people.noise, closeness=people.closeness, unevenness=people.unevenness)
    world = replace(
        base,
        plan=plan,
        gaps=common,
        latent=latent,
        truth=truth,
        dissent=dissent,
        member=member,
        places=ranked,
    )
    return GroupWorld(world, places, common)


def planted(
    *, conversations: int = 240, participants: int = 100, raters: int = 16, common: int = 2, disputed: int = 3
) -> WorldConfig:
    """A world in which what groups want can be found: 8 people of each on a conversation, clear wishes."""
    return WorldConfig(
        conversations=conversations, fresh=100, sections=common + disputed + 3, planted=common + disputed,
        touches=(0.18, 0.24), new_sections=0.0, weights=(2.2, 0.1),
        people=PeopleConfig(participants=participants, raters=raters, duplicates=0.0),
    )  # fmt: skip
