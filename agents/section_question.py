"""Answers a question about what people wrote on one section's conversations, each statement with who wrote it."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field, JsonValue, ValidationInfo, model_validator

from ..models.caller import Caller
from ..models.protocol import Answer, Request
from ..models.records import Where
from ..prompts.cut import cut
from ..records import Record
from ..spec import Spec
from .answers import only_known
from .excerpts import excerpt
from .justifications import JUSTIFICATION, Justification, data_tokens, opaque_keys, without_repeats
from .registry import Agent, register
from .shards import packed, prompt_bound, prompt_tokens

SECTION = 4000
"""Characters of the section that the agent sees."""
QUESTION = 1000


class StatementAnswer(Answer):
    text: str = Field(description="One statement that answers part of the question.")
    justifications: tuple[str, ...] = Field(
        min_length=1, description="Keys of the justifications that it rests on, one or more."
    )


class SectionQuestionAnswer(Answer):
    """`expect`: {"justifications": [key, ...]}. No statement: what people wrote doesn't tell."""

    statements: tuple[StatementAnswer, ...] = Field(description="The answer, statement by statement.")

    @model_validator(mode="after")
    def _known_keys(self, info: ValidationInfo) -> Self:
        keys = [key for each in self.statements for key in each.justifications]
        only_known(info, "justifications", "justification", keys)
        return self


class Statement(Record):
    text: str
    assessments: tuple[str, ...]
    """Ids that exist, one or more; nobody is quoted here."""
    people: int
    """Different participants among them."""


class SectionAnswer(Record):
    question: str
    statements: tuple[Statement, ...]
    read: int
    """Justifications that the agent read."""
    left_out: int
    """Justifications that didn't fit into its prompt."""
    answered: bool
    """Whether the call was answered."""
    call: str = ""


class SectionReader:
    """Reads as many of a section's justifications as fit into one prompt; which of many is drawn by `seed`."""

    def __init__(
        self, caller: Caller, *, prompt_tokens: int = 24_000, most: int = 200, seed: int = 0
    ) -> None:
        self.caller = caller
        self.most = most
        self.seed = seed
        self.prompt_tokens = prompt_bound(caller, prompt_tokens)

    async def ask(
        self, spec: Spec, section: str, question: str, written: Sequence[Justification], where: Where
    ) -> SectionAnswer:
        """Raises SpecError for a section that isn't there, and BudgetEnded."""
        items = opaque_keys(self.seed, section, without_repeats(written)[0])
        fixed = prompt_tokens(self.request(spec, section, question, {}))
        shards = packed(
            list(items),
            lambda key: data_tokens(_data(key, items[key])),
            bound=self.prompt_tokens - fixed,
            most=self.most,
        )
        shown = {key: items[key] for key in shards[0]} if shards else {}
        (answered,) = await self.caller.ask(
            [self.request(spec, section, question, shown)], where, SectionQuestionAnswer
        )
        statements = answered.answer.statements if answered.answer else ()
        return SectionAnswer(
            question=question,
            statements=tuple(
                Statement(
                    text=each.text,
                    assessments=tuple(sorted({shown[key].assessment for key in each.justifications})),
                    people=len({shown[key].participant for key in each.justifications}),
                )
                for each in statements
            ),
            read=len(shown),
            left_out=len(items) - len(shown),
            answered=answered.answer is not None,
            call=answered.id,
        )

    def request(self, spec: Spec, section: str, question: str, items: dict[str, Justification]) -> Request:
        """The prompt for one question."""
        shown: dict[str, JsonValue] = {
            "id": section,
            "authority": spec.section(section).authority,
            "text": excerpt(spec.source_of(section).rstrip(), SECTION),
        }
        written: list[JsonValue] = [_data(key, item) for key, item in items.items()]
        asked = cut(question, QUESTION)
        return SECTION_QUESTION.request(
            {"section": shown, "justifications": written, "question": asked},
            data={"section": shown, "justifications": written, "question": asked},
            shared=frozenset({"section", "justifications"}),
            expect={"justifications": list(items)},
        )


def _data(key: str, item: Justification) -> dict[str, JsonValue]:
    return {"key": key, "ranking": item.ranking, "text": cut(item.text, JUSTIFICATION)}


SECTION_QUESTION = register(
    Agent(
        "section_question", "answers questions over what people wrote", SectionQuestionAnswer, SectionReader,
        thinks_with="validator",
    )
)  # fmt: skip
