"""Which conversations a section's text bears on, for every text of a run."""

import re
from collections.abc import Iterable, Mapping, Sequence

from ..agents.prefilter import find_conversations
from ..agents.relevance import IN_SCOPE, Grades, RelevanceGrader, section_key
from ..models.records import Where
from ..panel.records import Conversation
from ..spec import Spec, changed_sections
from .likeness import Likeness
from .records import GradesRecord
from .run_records import RunRecords

FEW = 120
"""Open conversations up to which all are graded against a changed section: a few calls hold them."""
MOST_OF_CHANGED = 120
"""Where there are more: those most like the new words that are graded. The section's old grades say most of it; for
a new section all are, or a search that measures its own recall (`agents.prefilter`)."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


class Scope:
    """Grades of the open conversations by section text, written to the run's records and read back from them.

    A text made out of another keeps that one's grades; which conversations its new words may bring in is looked
    up by likeness, and only they are graded. What is asked about a text depends on that text and the one it was
    made from, on nothing else: proposals that are looked at side by side ask the same as one after another.
    """

    def __init__(
        self, grader: RelevanceGrader, conversations: Mapping[str, Conversation], records: RunRecords
    ) -> None:
        self.grader = grader
        self.conversations = conversations
        self.records = records
        self.grades = Grades()
        self._records: dict[str, GradesRecord] = {}
        self._likeness = Likeness(
            {name: "\n".join(m.content for m in c.messages) for name, c in conversations.items()}
        )
        for record in records.grades.find():
            self._take(record)

    async def grade_all(self, spec: Spec, where: Where) -> None:
        """Grade every section of the original text against every open conversation. Raises BudgetEnded."""
        missing = [id_ for id_ in spec.ids if not self._is_graded(section_key(spec, id_))]
        if missing:
            found = await self.grader.grade(spec, missing, list(self.conversations.values()), where)
            for id_ in missing:
                key = section_key(spec, id_)
                self._keep(GradesRecord(section=key, grades=_worth(found.get(key, {})), graded=True))

    def descend(self, before: Spec, after: Spec, beside: Iterable[Spec] = ()) -> None:
        """Say that `after` was made from `before`, and from the texts `beside` it: their grades hold for it."""
        for id_, old in _earlier(before, after).items():
            key = section_key(after, id_)
            if key in self._records:
                continue
            known = (old, *(section_key(other, id_) for other in beside if id_ in other))
            parents = tuple(parent for parent in dict.fromkeys(known) if parent in self._records)
            if parents:
                grades = {
                    name: max(self.grades.grade(parent, name) for parent in parents)
                    for name in self.conversations
                }
                self._keep(GradesRecord(section=key, parents=parents, grades=_worth(grades)))

    async def bears_on(self, before: Spec, after: Spec, among: Sequence[str], where: Where) -> list[str]:
        """Conversations out of `among` with relevance 4 or 5 to a section that two texts differ in, old or new.

        Raises BudgetEnded.
        """
        sections = changed_sections(before, after)
        for id_ in sections:
            if id_ in after:
                await self._grade(before, after, id_, where)
        keys = [section_key(spec, id_) for id_ in sections for spec in (before, after) if id_ in spec]
        return [name for name in among if any(self.grades.grade(key, name) >= IN_SCOPE for key in keys)]

    def in_scope(self, spec: Spec, sections: Iterable[str], conversation: str) -> bool:
        """Whether one of these sections is relevant to a conversation, by the grades at hand."""
        return any(
            self.grades.grade(section_key(spec, id_), conversation) >= IN_SCOPE
            for id_ in sections
            if id_ in spec
        )

    def theme(self, spec: Spec, conversation: str) -> str:
        """The most relevant section, the first in the document among equals; empty when none is relevant."""
        best, name = IN_SCOPE - 1, ""
        for section in spec.sections:
            grade = self.grades.grade(section_key(spec, section.id), conversation)
            if grade > best:
                best, name = grade, section.id
        return name

    async def _grade(self, before: Spec, after: Spec, id_: str, where: Where) -> None:
        key = section_key(after, id_)
        if self._is_graded(key):
            return
        old = _earlier(before, after).get(id_)
        inherited = {name: self.grades.grade(old, name) if old else 1 for name in self.conversations}
        asked = sorted(name for name, grade in inherited.items() if grade < IN_SCOPE)
        likeness = self._likeness.to(_new_words(before, after, id_), asked)
        if old and len(asked) > FEW:
            asked = sorted(sorted(asked, key=lambda name: (-likeness[name], name))[:MOST_OF_CHANGED])
        search = await find_conversations(
            self.grader,
            after,
            id_,
            [self.conversations[name] for name in asked],
            likeness,
            where,
            before=before,
        )
        grades = _worth({**inherited, **search.grades})
        self._keep(GradesRecord(section=key, parents=(old,) if old else (), grades=grades, graded=True))

    def _is_graded(self, key: str) -> bool:
        return key in self._records and self._records[key].graded

    def _keep(self, record: GradesRecord) -> None:
        self.records.grades.put(record)
        self._take(record)

    def _take(self, record: GradesRecord) -> None:
        self._records[record.section] = record
        self.grades.known[record.section] = {}
        self.grades.learn({record.section: record.grades})


def _worth(grades: Mapping[str, int]) -> dict[str, int]:
    """Grades above 1: the others are what is taken where nothing is known."""
    return {name: grade for name, grade in sorted(grades.items()) if grade > 1}


def _new_words(before: Spec, after: Spec, id_: str) -> str:
    """The sentences of a section that its old text doesn't have."""
    old = set(_SENTENCE.split(before.source_of(id_))) if id_ in before else set()
    return "\n".join(each for each in _SENTENCE.split(after.source_of(id_)) if each not in old)


def _earlier(before: Spec, after: Spec) -> dict[str, str]:
    """Section id of `after` to the key of its text in `before`; one whose heading changed is found by position."""
    same_size = len(before.sections) == len(after.sections)
    found = {
        new: old
        for old, new in zip(before.ids, after.ids, strict=False)
        if same_size and old not in after and new not in before
    }
    found |= {id_: id_ for id_ in after.ids if id_ in before}
    return {new: section_key(before, old) for new, old in found.items()}
