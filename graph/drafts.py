"""Proposals as texts: what the acceptance engine asks of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import EditError
from ..models.records import Where
from ..spec import apply, changed_sections
from .parts import parts_of, with_parts
from .run_records import RunRecords
from .scope import Scope
from .texts import Texts


@dataclass(frozen=True)
class RunDrafts:
    """Implements trials.Drafts over a run's proposals, in one round."""

    texts: Texts
    scope: Scope
    records: RunRecords
    round: int

    def combine(self, text: str, proposal: str) -> str:
        """The digest of `text` with the proposal's edits. Raises EditError where they don't apply."""
        found = self.records.proposals.get(proposal)
        before = self.texts.spec(text)
        after = apply(before, found.edits)
        alone = []
        if found.base and found.base != text:
            base = self.texts.spec(found.base)
            alone = [apply(base, found.edits)]
        self.scope.descend(before, after, alone)
        return self.texts.keep(after)

    async def affected(
        self, proposal: str, current: str, candidate: str, among: Sequence[str], *, node: str
    ) -> list[str]:
        where = Where(round=self.round, node=node, subject=proposal)
        return await self.scope.bears_on(self.texts.spec(current), self.texts.spec(candidate), among, where)

    def changed(self, current: str, candidate: str) -> tuple[str, ...]:
        return changed_sections(self.texts.spec(current), self.texts.spec(candidate))

    def sections(self, text: str) -> tuple[str, ...]:
        return tuple(section.id for section in self.texts.spec(text).sections)

    def parts(self, proposal: str) -> int:
        return parts_of(self.records.proposals.get(proposal))

    def keep(self, proposal: str, parts: Sequence[int]) -> str | None:
        """A variant joins the run's proposals; None where the parts don't apply to the text they were written for."""
        found = self.records.proposals.get(proposal)
        variant = with_parts(found, parts)
        if variant is None:
            return None
        try:
            if found.base:
                apply(self.texts.spec(found.base), variant.edits)
        except EditError:
            return None
        self.records.proposals.add([variant])
        return variant.id
