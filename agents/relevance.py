"""The relevance grader, and the scope that its grades give each conversation's ranker prompt."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..models.caller import Caller
from ..models.protocol import Request
from ..models.records import Where
from ..panel.records import Conversation
from ..records import content_id
from ..spec import Spec
from .answers import RelevanceAnswer
from .reading import Reading, readings, section_tokens
from .registry import Agent, register
from .routing import Router, candidates_by_section
from .shards import prompt_bound

IN_SCOPE = 4
"""A section is in scope from this grade on (DESIGN, scoped ranker prompt)."""
USUAL = 8
"""Sections that a conversation is up for after routing, for estimates."""
NOT_LISTED = 1
"""The grade kept for a pair below 4: the grader isn't asked to tell 1, 2 and 3 apart."""


_KEYS: dict[str, dict[str, str]] = {}


def section_key(spec: Spec, id: str) -> str:
    """Depends on the section's id and own text: grades stay valid while both stay."""
    if spec.digest not in _KEYS:
        if len(_KEYS) > 256:
            _KEYS.clear()
        _KEYS[spec.digest] = {s.id: content_id(s.id, spec.source_of(s.id).strip()) for s in spec.sections}
    return _KEYS[spec.digest][id]


@dataclass
class Grades:
    """What is known of relevance: section text and conversation to a grade from 1 to 5.

    A changed text inherits the grades of the text it came from wherever it was not graded anew.
    """

    known: dict[str, dict[str, int]] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    _scopes: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict, repr=False)

    def grade(self, section: str, conversation: str) -> int:
        """The grade of a section key; 1 where nothing is known."""
        for text in self.line(section):
            if (grade := self.known.get(text, {}).get(conversation)) is not None:
                return grade
        return 1

    def line(self, section: str) -> list[str]:
        """A section key and those it came from, newest first."""
        line = [section]
        while (parent := self.parents.get(line[-1])) is not None and parent not in line:
            line.append(parent)
        return line

    def learn(self, grades: Mapping[str, Mapping[str, int]]) -> None:
        for section, found in grades.items():
            self.known.setdefault(section, {}).update(found)
        self._scopes.clear()

    def inherit(self, section: str, parent: str) -> None:
        """Say that a section key's text was made out of another's; a ring of them is never made."""
        if section not in self.line(parent):
            self.parents[section] = parent
            self._scopes.clear()

    def relevant(self, spec: Spec, conversation: str) -> tuple[str, ...]:
        """Ids of the sections graded 4 or 5, in the document's order."""
        return tuple(
            section.id
            for section in spec.sections
            if self.grade(section_key(spec, section.id), conversation) >= IN_SCOPE
        )

    def scope(self, spec: Spec, conversation: str) -> tuple[str, ...]:
        """The relevant sections with their ancestors, in the document's order."""
        key = (spec.digest, conversation)
        if key not in self._scopes:
            wanted: set[str] = set()
            for id_ in self.relevant(spec, conversation):
                wanted.update((id_, *spec.ancestors(id_)))
            self._scopes[key] = tuple(section.id for section in spec.sections if section.id in wanted)
        return self._scopes[key]


class RelevanceGrader:
    """Grades sections against conversations on the study's scale, of which 4 and 5 are told apart from the rest.

    Where all the sections fit into one prompt they are read at once. Where they don't, each conversation is
    first routed by the outline to the sections that may govern it, and only those are read, in full.
    """

    def __init__(
        self, caller: Caller, *, pairs: int = 400, conversations: int = 40, prompt_tokens: int = 24_000
    ) -> None:
        """`pairs`: the most (section, conversation) pairs of one call; `conversations`: the most of these."""
        self.caller = caller
        self.pairs = pairs
        self.conversations = conversations
        self.prompt_tokens = prompt_bound(caller, prompt_tokens)
        self.router = Router(caller, conversations=conversations, prompt_tokens=self.prompt_tokens)

    async def grade(
        self,
        spec: Spec,
        sections: Sequence[str],
        conversations: Sequence[Conversation],
        where: Where,
        *,
        before: Spec | None = None,
    ) -> dict[str, dict[str, int]]:
        """Section key to conversation id to grade (1, 4 or 5), for the pairs whose calls were answered.

        `before`: the spec that `spec` was made out of; what changed since is quoted and never cut away. A
        section without text of its own is graded 1 unasked. Raises BudgetEnded.
        """
        found = {
            section_key(spec, id_): {each.id: NOT_LISTED for each in conversations}
            for id_ in sections
            if conversations and not spec.body_of(id_).strip()
        }
        written = [id_ for id_ in sections if spec.body_of(id_).strip()]
        if not written or not conversations:
            return found
        by_section: Mapping[str, Sequence[Conversation]] = dict.fromkeys(written, conversations)
        if self.routes_first(spec, written):
            routed = await self.router.route(spec, written, conversations, where)
            by_section = candidates_by_section(written, routed, conversations)
            for id_ in written:
                passed_over = {each.id: NOT_LISTED for each in conversations if each.id in routed}
                found.setdefault(section_key(spec, id_), {}).update(passed_over)
            for id_, candidates in by_section.items():
                for each in candidates:
                    found[section_key(spec, id_)].pop(each.id, None)
        for key, grades in (await self.read(spec, by_section, where, before=before)).items():
            found.setdefault(key, {}).update(grades)
        return {key: known for key, known in found.items() if known}

    async def read(
        self,
        spec: Spec,
        by_section: Mapping[str, Sequence[Conversation]],
        where: Where,
        *,
        before: Spec | None = None,
    ) -> dict[str, dict[str, int]]:
        """`grade` without routing: each section is read in full with the conversations given for it."""
        planned = self.readings(spec, by_section, before)
        up_for = {id_: {each.id for each in there} for id_, there in by_section.items()}
        answers = await self.caller.ask([each.request for each in planned], where, RelevanceAnswer)
        found: dict[str, dict[str, int]] = {}
        for reading, answered in zip(planned, answers, strict=True):
            if answered.answer is None:
                continue
            grades = {(grade.section, grade.conversation): grade.grade for grade in answered.answer.grades}
            for id_ in reading.sections:
                known = found.setdefault(section_key(spec, id_), {})
                for key, each in reading.conversations.items():
                    if each.id in up_for[id_]:
                        known[each.id] = grades.get((id_, key), NOT_LISTED)
        return found

    def requests(
        self, spec: Spec, sections: Sequence[str], conversations: Sequence[Conversation]
    ) -> tuple[list[Request], list[Reading]]:
        """The requests that grading takes, and those among them that read sections in full.

        Where conversations are routed first, what is read afterwards isn't known before: then the readings are
        those of a usual routing, each conversation up for `USUAL` sections.
        """
        written = [id_ for id_ in sections if spec.body_of(id_).strip()]
        if not written or not conversations:
            return [], []
        if not self.routes_first(spec, written):
            read = self.readings(spec, dict.fromkeys(written, conversations))
            return [reading.request for reading in read], read
        routing = [request for request, _ in self.router.requests(spec, written, conversations)]
        drawn = {
            each.id: random.Random(each.id).sample(written, min(USUAL, len(written)))
            for each in conversations
        }
        read = self.readings(spec, candidates_by_section(written, drawn, conversations))
        return [*routing, *(reading.request for reading in read)], read

    def routes_first(self, spec: Spec, sections: Sequence[str]) -> bool:
        """Whether there is more text than one prompt may spend on sections."""
        return sum(section_tokens(spec, id_) for id_ in sections) > self.prompt_tokens // 2

    def readings(
        self, spec: Spec, by_section: Mapping[str, Sequence[Conversation]], before: Spec | None = None
    ) -> list[Reading]:
        """The calls that read each section in full with the conversations that are up for it."""
        return readings(
            GRADER,
            spec,
            by_section,
            before,
            pairs=self.pairs,
            conversations=self.conversations,
            prompt_tokens=self.prompt_tokens,
        )


GRADER = register(Agent("relevance", "grades what governs a conversation", RelevanceAnswer, RelevanceGrader))
