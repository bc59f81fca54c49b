"""Which kind of change a proposal is, told by an agent that didn't write it, with the sentence that it bears on."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field, JsonValue, ValidationInfo, model_validator

from ..models.caller import Caller
from ..models.protocol import Answer, Request
from ..models.records import Where
from ..records import Record
from ..spec import Edit, Proposal, Spec
from ..spec.records import Kind
from .answers import expected
from .excerpts import excerpt
from .justifications import stands_in
from .meaning import proposal_data
from .ranker import section_data
from .registry import Agent, register

SECTION = 6000
"""Characters of a section that is shown, around the edit's anchor."""


class KindAnswer(Answer):
    """`expect`: {"texts": [section text, ...]}; the sentence must stand in one of them."""

    sentence: str = Field(description="The sentence of the spec that is clarified or departed from, exactly.")
    reason: str = Field(description="What the change does to that sentence.")
    kind: Kind = Field(description="clarification or change_of_principle.")

    @model_validator(mode="after")
    def _sentence_is_the_specs(self, info: ValidationInfo) -> Self:
        texts = expected(info, "texts")
        if texts and not any(stands_in(self.sentence, text) for text in texts):
            raise ValueError("the sentence doesn't stand in the sections; copy one exactly")
        return self


class KindFound(Record):
    """An independent classification, to be held against the proposer's own claim."""

    proposal: str
    kind: Kind
    sentence: str
    """Of the spec; empty where no section with a text was in view."""
    reason: str
    claimed: Kind
    call: str = ""

    @property
    def agrees(self) -> bool:
        return self.kind == self.claimed


class KindClassifier:
    """Sees the sections that a proposal edits, with what stands above them, and not the proposer's own claim."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller

    async def classify(
        self, spec: Spec, proposals: Sequence[Proposal], where: Where
    ) -> list[KindFound | None]:
        """The kind of each proposal, in their order, asked side by side; None where the call failed.

        Raises SpecError for a section that isn't there, and BudgetEnded.
        """
        answers = await self.caller.ask(
            [self.request(spec, proposal) for proposal in proposals], where, KindAnswer
        )
        return [
            KindFound(
                proposal=proposal.id,
                kind=answered.answer.kind,
                sentence=answered.answer.sentence,
                reason=answered.answer.reason,
                claimed=proposal.kind,
                call=answered.id,
            )
            if answered.answer is not None
            else None
            for proposal, answered in zip(proposals, answers, strict=True)
        ]

    def request(self, spec: Spec, proposal: Proposal) -> Request:
        """The prompt for one proposal."""
        sections: list[JsonValue] = []
        texts: list[JsonValue] = []
        for shown in section_data(spec, in_view(spec, proposal.edits)):
            assert isinstance(shown, dict)
            text = str(shown["text"])
            anchors = [edit.anchor for edit in proposal.edits if edit.section == shown["id"] and edit.anchor]
            spans = [(found, found + len(anchor)) for anchor in anchors if (found := text.find(anchor)) >= 0]
            seen = excerpt(text, SECTION, spans)
            sections.append({**shown, "text": seen})
            texts.append(seen)
        change = {name: value for name, value in proposal_data(proposal).items() if name != "kind"}
        data: dict[str, JsonValue] = {"sections": sections, "proposal": change}
        return KIND.request(data, data=data, shared=frozenset({"sections"}), expect={"texts": texts})


def in_view(spec: Spec, edits: Sequence[Edit]) -> list[str]:
    """The edited sections with their ancestors; for a new section its neighbours below the same parent too."""
    wanted: set[str] = set()
    for edit in edits:
        wanted |= {edit.section, *spec.ancestors(edit.section)}
        if edit.op == "new_section":
            parent = spec.section(edit.section).parent
            wanted |= {each.id for each in spec.sections if each.parent == parent}
    return [id_ for id_ in spec.ids if id_ in wanted]


KIND = register(
    Agent("kind", "tells clarifications from changes", KindAnswer, KindClassifier, thinks_with="validator")
)
