"""The prompts of a calibration: the same questions in other words, in another order, and once more."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from pydantic import Field

from ..agents.justifications import Justification, opaque_keys
from ..agents.ranker import Question, Ranker
from ..agents.relevance import RelevanceGrader
from ..agents.validator import Validator
from ..errors import DataError
from ..models.caller import Caller
from ..models.protocol import BaseModel, Profile, Request
from ..panel.records import Panel
from ..records import Record
from ..spec import Edit, Proposal, Spec, apply

Version = Literal["original", "reworded", "edited"]
Asked = tuple[str, Version, str, int]
"""Conversation, version of the spec, order of the responses, draw."""
VERSIONS: tuple[Version, ...] = ("original", "reworded", "edited")
ORDERS = ("first", "second")
_REWORDED = (
    (r"\bshould\b", "ought to"), (r"\bdo not\b", "don't"), (r"\bdoes not\b", "doesn't"), (r"\bfor example\b", "for instance"),
    (r"\bsuch as\b", "like"), (r"\bHowever,", "Yet"), (r"\bin order to\b", "to"), (r"\bhelp\b", "assist"),
)  # fmt: skip
"""Changes of wording that change no demand."""
EDIT = "Of two answers that are otherwise equal, the assistant should prefer the shorter one."
INTENT = "Prefer the shorter of two answers that are otherwise equal."


class Design(Record):
    """What is asked. Calls: 12 a conversation, and twice the relevance and validator prompts."""

    conversations: int = Field(24, ge=2, description="Conversations to rank, drawn by seed.")
    relevance_conversations: int = Field(
        24, ge=1, description="Conversations to grade against every section."
    )
    justifications: int = Field(60, ge=1, description="Justifications to class.")
    seed: int = 0
    """Draws conversations, justifications and orders."""


@dataclass(frozen=True)
class Plan:
    """The prompts of a design, in a fixed order."""

    panel: Panel
    spec: Spec
    design: Design
    caller: Caller

    @cached_property
    def specs(self) -> Mapping[Version, Spec]:
        edited = apply(
            self.spec, [Edit(op="insert", section=self.spec.ids[0], anchor="", text=f"\n{EDIT}\n")]
        )
        return {"original": self.spec, "reworded": reworded(self.spec), "edited": edited}

    @cached_property
    def names(self) -> list[str]:
        """Conversations that somebody ranked, drawn by seed."""
        there = sorted({one.conversation for one in self.panel.assessments if one.world})
        if not there:
            raise DataError(
                "no conversation has a 'world' ranking: there is nothing to compare the reader with"
            )
        chosen = np.random.default_rng(self.design.seed).permutation(len(there))
        return [there[place] for place in chosen]

    @cached_property
    def questions(self) -> list[Asked]:
        """Each ranking prompt."""
        return [
            (name, version, order, draw)
            for name in self.names[: self.design.conversations]
            for version in VERSIONS
            for order in ORDERS
            for draw in (0, 1)
        ]

    def asked(self, name: str, version: Version, order: str, draw: int) -> Question:
        spec = self.specs[version]
        return Question(
            conversation=self.panel.conversations[name], spec=spec, sections=spec.ids,
            order_seed=f"{self.design.seed}:{order}", repeat=draw,
        )  # fmt: skip

    @cached_property
    def ranking(self) -> list[Request]:
        ranker = Ranker(self.caller)
        return [ranker.request(self.asked(*question)) for question in self.questions]

    @cached_property
    def relevance(self) -> list[Request]:
        chosen = [self.panel.conversations[n] for n in self.names[: self.design.relevance_conversations]]
        _, readings = RelevanceGrader(self.caller).requests(self.spec, self.spec.ids, chosen)
        return twice([reading.request for reading in readings])

    @cached_property
    def validation(self) -> list[Request]:
        edit = Edit(op="insert", section=self.spec.ids[0], anchor="", text=f"\n{EDIT}\n")
        proposal = Proposal(
            edits=(edit,), intent=INTENT, kind="clarification", origin="human", conversations=(),
            base=self.spec.digest,
        )  # fmt: skip
        said = [
            Justification(
                assessment=one.id, participant=one.participant, conversation=one.conversation,
                text=one.world.rationale, ranking=str(one.world.ranking),
            )
            for one in self.panel.assessments
            if one.world and one.world.rationale.strip()
        ]  # fmt: skip
        order = np.random.default_rng(self.design.seed).permutation(len(said))[: self.design.justifications]
        keyed = list(opaque_keys(self.design.seed, proposal.id, [said[place] for place in order]).items())
        validator = Validator(self.caller)
        size = validator.batch
        return twice(
            [
                validator.request(
                    proposal,
                    dict(keyed[at : at + size]),
                    spec=self.spec,
                    conversations=self.panel.conversations,
                )
                for at in range(0, len(keyed), size)
            ]
        )

    @property
    def requests(self) -> list[Request]:
        return [*self.ranking, *self.relevance, *self.validation]


def reworded(spec: Spec) -> Spec:
    """The spec in words that ask for the same; headings stay."""
    lines = [line if line.startswith("#") else _swapped(line) for line in spec.text.splitlines(keepends=True)]
    text = "".join(lines)
    return Spec.parse(
        text if text != spec.text else text.rstrip("\n") + "\n\nThis is where the section ends.\n"
    )


def twice(requests: Sequence[Request]) -> list[Request]:
    """Each once more, told apart as a repeat; the first ones first."""
    return [*requests, *(request.model_copy(update={"repeat": request.repeat + 1}) for request in requests)]


def unasked(model: BaseModel | None = None) -> BaseModel:
    """A model that only says what prompts may hold: for exporting them without one."""
    return model or _Nobody()


class _Nobody:
    uri = "nobody"
    identity = "nobody"
    profile = Profile()

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"prompts are exported without a model; nothing can be {name}ed")


def _swapped(line: str) -> str:
    for pattern, words in _REWORDED:
        line = re.sub(pattern, words, line)
    return line
