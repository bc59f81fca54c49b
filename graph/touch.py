"""Which conversations a proposal touches: the set on which it is put to the test."""

import asyncio
from collections.abc import Mapping, Sequence

from ..agents.relevance import IN_SCOPE, Grades, RelevanceGrader, section_key
from ..models.records import Where
from ..panel.records import Conversation
from ..spec import Proposal, Spec, changed_sections
from .likeness import Likeness
from .run_records import RunRecords

PLAUSIBLE_NEW = 120
"""Conversations graded against a new section's text at the most, per split."""
PLAUSIBLE_CHANGED = 12
"""The same for a section that was there before: its old grades say most of it."""


class Touch:
    """Finds the conversations that an edit bears on, asking the grader only about plausible ones.

    A changed section keeps the grades of its old text; what its new words may bring in is looked up by
    likeness to intent and text, and only that is graded.
    """

    def __init__(
        self,
        grader: RelevanceGrader,
        grades: Grades,
        conversations: dict[str, Conversation],
        store: RunRecords,
    ) -> None:
        self.grader = grader
        self.grades = grades
        self.conversations = conversations
        self.store = store
        self._turn = asyncio.Lock()
        self._likeness = Likeness(
            {id: "\n".join(m.content for m in c.messages) for id, c in conversations.items()}
        )

    def governed(self, spec: Spec, sections: Sequence[str], conversation: str) -> bool:
        """Whether one of these sections is relevant to a conversation, by the grades at hand."""
        return any(self.grades.grade(section_key(spec, id), conversation) >= IN_SCOPE for id in sections)

    async def touched(
        self, proposal: Proposal, current: Spec, candidate: Spec, among: Sequence[str], where: Where
    ) -> list[str]:
        """Ids out of `among` with relevance 4 or more to a changed section's old or new text.

        Proposals that are looked at side by side take turns, so that what is asked doesn't hang on timing.
        Raises BudgetEnded.
        """
        changed = changed_sections(current, candidate)
        old = {section.id for section in current.sections}
        new = {section.id for section in candidate.sections}
        before = _earlier_keys(current, candidate)
        async with self._turn:
            for id in changed:
                if id in new:
                    await self._grade(proposal, candidate, id, before.get(id), among, where)
        return [
            conversation
            for conversation in among
            if any(
                self.grades.grade(section_key(spec, id), conversation) >= IN_SCOPE
                for id in changed
                for spec, there in ((current, old), (candidate, new))
                if id in there
            )
        ]

    async def _grade(
        self, proposal: Proposal, candidate: Spec, id: str, parent: str | None, among: Sequence[str],
        where: Where,
    ) -> None:  # fmt: skip
        """`parent`: the key of the text that this one came from; None for a new section."""
        key, fresh = section_key(candidate, id), parent is None
        if parent is not None:
            self._inherit(key, parent)
        done = self.grades.known.get(key, {})
        text = f"{proposal.intent}\n" + (
            candidate.source_of(id) if fresh else "\n".join(edit.text for edit in proposal.edits)
        )
        likeness = self._likeness.to(text, among)
        plausible = [c for c in among if c in proposal.conversations] if fresh else []
        limit = PLAUSIBLE_NEW if fresh else PLAUSIBLE_CHANGED
        ranked = sorted(likeness, key=lambda c: (-likeness[c], c))
        plausible += [c for c in ranked if likeness[c] > 0.05 and c not in plausible]
        if parent is not None:  # by the old text's grades, so that asking a second time asks nothing more
            plausible = [c for c in plausible if self.grades.grade(parent, c) < IN_SCOPE]
        wanted = [self.conversations[c] for c in plausible[:limit] if c not in done]
        if wanted:
            self.learn(await self.grader.grade(candidate, [id], wanted, where))

    def learn(self, found: dict[str, dict[str, int]]) -> None:
        """Keep grades, in memory and in the run's store."""
        self.grades.learn(found)
        for key in found:
            self.store.put_note(f"grades:{key}", dict(self.grades.known[key]))

    def _inherit(self, key: str, parent: str) -> None:
        if key not in self.grades.parents and key not in self.grades.line(parent):
            self.grades.inherit(key, parent)
            self.store.put_note(f"parent:{key}", parent)

    def recall(self) -> None:
        """Read back the grades that a run stored before it was stopped."""
        for name, value in self.store.notes("parent:"):
            self.grades.inherit(name.removeprefix("parent:"), str(value))
        for name, value in self.store.notes("grades:"):
            if isinstance(value, dict):
                self.grades.learn({name.removeprefix("grades:"): {c: int(str(g)) for c, g in value.items()}})


def _earlier_keys(current: Spec, candidate: Spec) -> Mapping[str, str]:
    """Candidate's section id to the key of its text in `current`; a section whose heading changed is found by place."""
    same_size = len(current.sections) == len(candidate.sections)
    earlier = {
        new: old
        for old, new in zip(current.ids, candidate.ids, strict=False)
        if same_size and old not in candidate and new not in current
    }
    earlier |= {id: id for id in candidate.ids if id in current}
    return {new: section_key(current, old) for new, old in earlier.items()}
