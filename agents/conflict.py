"""Whether a change and another passage of the spec can both be followed: a section, or a labelled example."""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field, JsonValue, ValidationInfo, model_validator

from ..models.caller import Caller
from ..models.protocol import Answer, Request
from ..models.records import Where
from ..records import Record
from ..spec import Proposal, Spec, apply, changed_sections
from .answers import expected
from .excerpts import changed_sentences, changed_spans, excerpt
from .justifications import stands_in
from .registry import Agent, register

SECTION = 6000
"""Characters of a changed section that are shown, around what changed."""
PASSAGE = 4000
"""Characters of the other passage."""
MESSAGE = 1500
"""Characters of a message before an example's response."""


class ConflictAnswer(Answer):
    """`expect`: {"changed": [text, ...], "other": [text]}; each quote must stand on its own side."""

    changed: str = Field(description="One sentence of the changed sections, exactly.")
    other: str = Field(description="One sentence of the other passage, exactly.")
    reason: str = Field(description="The conversation in which both can't be followed, or why there is none.")
    verdict: Literal["contradicts", "fits"] = Field(description="contradicts or fits.")

    @model_validator(mode="after")
    def _quotes_stand_there(self, info: ValidationInfo) -> Self:
        for side, quote, name in (
            ("changed", self.changed, "the changed sections"),
            ("other", self.other, "the other passage"),
        ):
            texts = expected(info, side)
            if texts and not any(stands_in(quote, text) for text in texts):
                raise ValueError(f"the {side} quote doesn't stand in {name}; copy a sentence exactly")
        return self


class SpecPassage(Record):
    """A piece of the spec that a change is held against."""

    what: Literal["section", "example"]
    section: str
    """Id of the section, or of the one that the example stands in."""
    authority: str = ""
    label: str = ""
    """GOOD or BAD, of an example."""
    messages: tuple[tuple[str, str], ...] = ()
    """(role, content) before an example's response."""
    text: str
    """The section's text, or the example's response."""


class Compared(Record):
    """What became of one pair."""

    passage: SpecPassage
    contradicts: bool | None
    """None: no answer whose quotes stand there."""
    changed: str = ""
    """The sentence of the change that decided."""
    other: str = ""
    """The sentence of the passage that decided."""
    reason: str = ""
    call: str = ""


class ConflictFinder:
    """Holds a proposal's text against other passages, a call for each pair: none can sway another's verdict."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller

    async def compare(
        self, spec: Spec, proposal: Proposal, passages: Sequence[SpecPassage], where: Where
    ) -> list[Compared]:
        """One verdict for each passage, in their order, asked side by side. `spec` is the text without the change.

        Raises EditError for a proposal that doesn't apply, and BudgetEnded.
        """
        requests = [self.request(spec, proposal, passage) for passage in passages]
        answers = await self.caller.ask(requests, where, ConflictAnswer)
        return [
            Compared(
                passage=passage,
                contradicts=told.verdict == "contradicts",
                changed=told.changed,
                other=told.other,
                reason=told.reason,
                call=answered.id,
            )
            if (told := answered.answer) is not None
            else Compared(passage=passage, contradicts=None, call=answered.id)
            for passage, answered in zip(passages, answers, strict=True)
        ]

    def request(self, spec: Spec, proposal: Proposal, passage: SpecPassage) -> Request:
        """The prompt for one pair. Raises EditError for a proposal that doesn't apply."""
        after = apply(spec, proposal.edits)
        sections: list[JsonValue] = []
        texts: list[JsonValue] = []
        sentences: list[JsonValue] = []
        for id_ in changed_sections(spec, after):
            if id_ not in after:
                continue
            old = spec.source_of(id_).rstrip() if id_ in spec else ""
            new = after.source_of(id_).rstrip()
            seen = excerpt(new, SECTION, changed_spans(old, new) if old else ())
            sections.append({"id": id_, "authority": after.section(id_).authority, "text": seen})
            texts.append(seen)
            sentences += changed_sentences(old, new)
        shown = excerpt(passage.text, PASSAGE)
        change: dict[str, JsonValue] = {
            "intent": proposal.intent, "sections": sections, "sentences": sentences,
        }  # fmt: skip
        other: dict[str, JsonValue] = {
            "what": passage.what, "section": passage.section, "authority": passage.authority, "label": passage.label,
            "messages": [{"role": role, "content": excerpt(content, MESSAGE)} for role, content in passage.messages],
            "text": shown,
        }  # fmt: skip
        data: dict[str, JsonValue] = {"change": change, "passage": other}
        return CONFLICT.request(
            data, data=data, shared=frozenset({"change"}), expect={"changed": texts, "other": [shown]}
        )


CONFLICT = register(
    Agent(
        "conflict",
        "tells where a change contradicts the rest of the spec",
        ConflictAnswer,
        ConflictFinder,
        thinks_with="validator",
    )
)
