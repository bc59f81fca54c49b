"""The sign of support in planted worlds: proposals validated as shipped, by a reader that errs, with labels and without.

Each rule of a world, and each place where people want something else, is changed in every way that the language has;
the change is a person's proposal. The shipped code chooses the justifications, renders the prompts, weighs the verdicts, and
draws whom to label; the labels are what a careful reader says. The right sign is the careful reader's of all who were asked.
"""

from collections.abc import Callable, Iterator, Sequence

from ..agents.justifications import one_each
from ..agreement.stances import Stance
from ..agreement.support import Support, SupportShare
from ..graph.context import RunContext
from ..graph.labelling import WANTED, Label, as_verdicts
from ..graph.options import Options
from ..graph.validating import voiced, weighed
from ..models.records import Where
from ..records import Record
from ..spec import Proposal, Spec
from ..spec.derive import derive_edits
from .confusion import Confusion, Interval, share_of
from .synthetic import language
from .synthetic.config import WorldConfig
from .synthetic.language import AVOID, SHOULD, Rule
from .synthetic.model import SimulatedModel, shifts, stance_of
from .synthetic.texts import panel
from .synthetic.world import Gap, World, document, make_world
from .worlds.shipped import inputs

BEARING = 40
"""Justifications that a proposal needs, at the least, that speak to it."""


class Voiced(Record):
    """One proposal with the true sign of support and the two that were told."""

    world: int
    right: int
    """1: most who take a side support it; -1: most refute it."""
    bearing: int
    """Justifications, of those asked about, that speak to it."""
    labels: int
    unlabelled: SupportShare
    labelled: SupportShare

    @property
    def signs(self) -> tuple[bool, bool]:
        """Whether the sign is right, by labels and without."""
        corrected = self.labelled.corrected
        told = corrected.share if corrected else None
        return _right(told, self.right), _right(self.unlabelled.share, self.right)


async def signs(
    config: WorldConfig, *, worlds: int, seed: int, labels: int = WANTED, say: Callable[[str], None] = print
) -> dict[str, float | str | None]:
    """Figures: `worlds`, `proposals` (of `BEARING` bearing justifications or more), `single_accuracy` of one verdict,
    `lean_on_silent`; `sign_right_share`, of all and of those that most support; and without
    labels `sign_right_share_unlabelled`; shares each with `_low` and `_high` (95 %, exact, proposals taken as
    independent). `wrongly_passed` and `wrongly_passed_unlabelled`: proposals that most refute, and that pass.
    `unlabelled_corrected`: shares that are told as corrected though nobody labelled.
    """
    found: list[Voiced] = []
    verdicts: list[tuple[Stance, Stance | None]] = []
    for number in range(seed, seed + worlds):
        here, told = await _world(config, number, labels)
        found += here
        verdicts += told
        say(
            f"world {number}: {len(here)} proposals, {sum(each.signs[0] for each in here)} with the right sign"
        )
    confusion = Confusion.of(verdicts)
    figures: dict[str, float | str | None] = {
        "worlds": float(worlds),
        "proposals": float(len(found)),
        "supported": float(sum(each.right > 0 for each in found)),
        "labels": float(labels),
        "unlabelled_corrected": float(sum(each.unlabelled.corrected is not None for each in found)),
    }
    shares: dict[str, Interval] = {
        "single_accuracy": confusion.accuracy,
        "lean_on_silent": confusion.lean_on_silent,
        "sign_right_share": _share(found, 0),
        "sign_right_share_supported": _share([each for each in found if each.right > 0], 0),
        "sign_right_share_unlabelled": _share(found, 1),
    }
    for name, interval in shares.items():
        figures |= dict(zip((name, f"{name}_low", f"{name}_high"), interval, strict=True))
    for name, pick in (("", "labelled"), ("_unlabelled", "unlabelled")):
        against = [each for each in found if each.right < 0]
        passed = sum(getattr(each, pick).outcome == "pass" for each in against)
        figures[f"wrongly_passed{name}"] = float(passed)
        backed = [each for each in found if each.right > 0]
        figures[f"passed{name}"] = float(sum(getattr(each, pick).outcome == "pass" for each in backed))
    return figures


async def _world(
    config: WorldConfig, number: int, labels: int
) -> tuple[list[Voiced], list[tuple[Stance, Stance | None]]]:
    language.forget()
    world = make_world(config, number)
    spec = Spec.parse(world.spec)
    given = inputs(spec, panel(world), SimulatedModel(world), Options(seed=number, split_seed=number))
    context = RunContext.of(given)
    await context.scope.grade_all(spec, Where(round=1, node="measure"))
    written = {
        each.assessment: each for name in context.folds.items for each in context.justifications.on(name)
    }
    found: list[Voiced] = []
    told: list[tuple[Stance, Stance | None]] = []
    for proposal, after in _proposals(world, spec):
        context.records.proposals.add([proposal])
        moved = shifts([(spec.text, after.text)])
        record = await voiced(context, spec.digest, proposal.id, 1)
        verdicts = [
            each
            for each in context.records.verdicts.find(proposal=proposal.id)
            if each.assessment not in record.elsewhere_asked
        ]
        truth = {each.assessment: _stance(moved, written[each.assessment].text) for each in verdicts}
        told += [(truth[each.assessment], each.stance) for each in verdicts]
        careful = [
            each.model_copy(update={"stance": truth[each.assessment], "strength": "asks"})
            for each in verdicts
        ]
        right = Support.of(one_each(careful).values())
        bearing = sum(stance != "silent" for stance in truth.values())
        if bearing < BEARING or right.support == right.refute:
            continue
        stated = [
            Label(proposal=proposal.id, assessment=name, stance=truth[name], by="a careful reader")
            for name in record.to_label[:labels]
        ]
        known = as_verdicts(stated, context.justifications.writers, [proposal.id])
        found.append(
            Voiced(
                world=number, right=1 if right.support > right.refute else -1, bearing=bearing, labels=len(stated),
                unlabelled=record.support, labelled=weighed(context, [*verdicts, *known]),
            )
        )  # fmt: skip
    return found, told


def _proposals(world: World, spec: Spec) -> Iterator[tuple[Proposal, Spec]]:
    """Each place of the world's rules and of its truth, changed in every way, with the text that comes of it."""
    now = {rule.place: rule.strength for rule in world.plan.rules}
    for place in sorted({*now, *world.truth}):
        before = now.get(place, 0.0)
        for after in (SHOULD, AVOID, 0.0):
            if after == before or place[0] not in world.plan.topics:
                continue
            gap = Gap("clarification", *place, before, after, False)
            text = Spec.parse(document(world.plan.mended([gap]), world.seed))
            said = language.write(Rule(*place, after or before))
            proposal = Proposal(
                edits=tuple(edit for group in derive_edits(spec, text) for edit in group.edits),
                intent=said if after else f"Drop the rule: {said}",
                kind="clarification" if before * after >= 0 else "change_of_principle",
                origin="human",
                base=spec.digest,
            )
            yield proposal, text


def _stance(moved: dict[tuple[int, int], tuple[float, float]], text: str) -> Stance:
    found = stance_of(moved, text)
    return "support" if found == "support" else "refute" if found == "refute" else "silent"


def _share(found: Sequence[Voiced], which: int) -> Interval:
    return share_of(sum(each.signs[which] for each in found), len(found))


def _right(share: float | None, sign: int) -> bool:
    return share is not None and (share - 0.5) * sign > 0
