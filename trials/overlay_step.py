"""What passed in groups is put into their overlays: each beside the common text and what stands in the overlay already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..errors import EditError
from .beside import beside
from .engine import Engine, rejected
from .group_tests import TrialGroup
from .outcomes import EvidenceLedger, Outcome, Reason
from .records import Trial

Overlays = Mapping[str, Sequence[str]]
"""Group to the proposals in its overlay, in the order in which they were adopted."""


def joined(engine: Engine, text: str, proposals: Sequence[str]) -> str:
    """A text with an overlay's proposals on it. Raises EditError where one no longer applies."""
    for proposal in proposals:
        text = engine.drafts.combine(text, proposal)
    return text


def breaks_overlay(engine: Engine, text: str, overlays: Overlays) -> str:
    """What an edit of the common text would do to an overlay, in a sentence; empty where all still join."""
    for group, proposals in overlays.items():
        try:
            joined(engine, text, proposals)
        except EditError as problem:
            return f"The overlay of {group} would no longer apply: {problem}"
    return ""


@dataclass(slots=True)
class OverlayCombiner:
    """The overlays of one round, growing edit by edit over one common text."""

    engine: Engine
    text: str
    ledger: EvidenceLedger
    round_: int
    overlays: dict[str, list[str]]
    trials: list[Trial] = field(default_factory=list)
    _standing: dict[str, list[tuple[str, frozenset[str]]]] = field(default_factory=dict)

    async def take(self, outcome: Outcome) -> Outcome:
        """Accepted for the groups in whose overlays it stays, or rejected with the last reason. Raises BudgetEnded."""
        kept: list[str] = []
        against: tuple[Reason, str] = ("conflict", "No group of this run wants it.")
        for name in outcome.overlays:
            group = self.engine.group(name)
            if group is None:
                continue
            found = await self._into(group, outcome)
            if found is None:
                kept.append(name)
            else:
                against = found
        if not kept:
            return rejected(outcome.proposal, against[0], against[1], outcome.effect)
        return outcome.model_copy(update={"status": "accepted", "overlays": tuple(kept)})

    async def _into(self, group: TrialGroup, outcome: Outcome) -> tuple[Reason, str] | None:
        inside = self.overlays.setdefault(group.name, [])
        try:
            before = joined(self.engine, self.text, inside)
            after = self.engine.drafts.combine(before, outcome.proposal)
        except EditError as problem:
            return "conflict", f"It doesn't apply beside the overlay of {group.name}: {problem}"
        standing = await self._bearing(group.name, inside)
        own = replace(self.engine, evaluator=group.evaluator)
        against, items, made = await beside(
            own, before, after, outcome, self.ledger, standing, self.round_, group=group.name
        )
        self.trials += made
        if against is None:
            inside.append(outcome.proposal)
            standing.append((outcome.proposal, items))
        return against

    async def _bearing(self, group: str, inside: Sequence[str]) -> list[tuple[str, frozenset[str]]]:
        """The proposals in an overlay, each with the items that it bears on."""
        if group not in self._standing:
            found = []
            for proposal in inside:
                alone = self.engine.drafts.combine(self.text, proposal)
                items = await self.engine.drafts.affected(
                    proposal, self.text, alone, self.engine.folds.items, node="decide"
                )
                found.append((proposal, frozenset(items)))
            self._standing[group] = found
        return self._standing[group]
