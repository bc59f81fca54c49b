"""Writes prompts on which people's values differ, for a section of a spec, with opinions that they may hold."""

from collections.abc import Sequence

from pydantic import Field, JsonValue

from ..models.caller import Caller
from ..models.protocol import Answer, Request
from ..models.records import Where
from ..prompts.cut import cut
from ..records import Record
from ..spec import Spec
from .excerpts import excerpt
from .registry import Agent, register

SECTION = 6000
"""Characters of the section that the agent sees."""
MESSAGE = 1500
TAKEN = 40
"""Messages written before that it is shown, the latest."""


class ScenarioAnswer(Answer):
    message: str = Field(min_length=1, description="What the person writes to the assistant.")
    stake: str = Field(description="What people would disagree about, in one sentence.")
    opinions: tuple[str, ...] = Field(
        min_length=3, max_length=3, description='Three sentences, each beginning with "The assistant should".'
    )
    criteria: tuple[str, ...] = Field(
        max_length=6, description="Two to four sentences, each about one thing in a response."
    )


class ScenariosAnswer(Answer):
    scenarios: tuple[ScenarioAnswer, ...] = Field(description="As many scenarios as asked for.")


class Scenario(Record):
    """One prompt, with three opinions on how an assistant should answer it."""

    section: str
    message: str
    stake: str
    opinions: tuple[str, ...]
    criteria: tuple[str, ...]
    call: str


class ScenarioTask(Record):
    """What is asked for one section."""

    section: str
    count: int = Field(ge=1)
    topics: tuple[str, ...] = ()
    seeds: tuple[str, ...] = ()
    """Messages to begin from."""
    taken: tuple[str, ...] = ()
    """Messages that there are already."""


class ScenarioWriter:
    """One call for each section and round; nothing in an answer is used beyond its text."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller

    async def write(
        self, spec: Spec, tasks: Sequence[ScenarioTask], where: Where, *, repeat: int = 0
    ) -> list[tuple[Scenario, ...]]:
        """The scenarios of each task, at most as many as it asks for; none where the call failed.

        Raises SpecError for a section that isn't there, and BudgetEnded.
        """
        requests = [self.request(spec, task, repeat=repeat) for task in tasks]
        answers = await self.caller.ask(requests, where, ScenariosAnswer)
        return [
            tuple(
                Scenario(section=task.section, call=answered.id, **each.model_dump())
                for each in (answered.answer.scenarios[: task.count] if answered.answer else ())
            )
            for task, answered in zip(tasks, answers, strict=True)
        ]

    def request(self, spec: Spec, task: ScenarioTask, *, repeat: int = 0) -> Request:
        """The prompt for one section."""
        section: dict[str, JsonValue] = {
            "id": task.section,
            "title": spec.section(task.section).title,
            "authority": spec.section(task.section).authority,
            "text": excerpt(spec.source_of(task.section).rstrip(), SECTION),
        }
        told: dict[str, JsonValue] = {
            "count": task.count,
            "topics": [cut(each, MESSAGE) for each in task.topics],
            "seeds": [cut(each, MESSAGE) for each in task.seeds],
            "taken": [cut(each, MESSAGE) for each in task.taken[-TAKEN:]],
        }
        return SCENARIO_WRITER.request(
            {"section": section, **told}, data={"section": section, "task": told}, shared=frozenset({"section"}),
            repeat=repeat,
        )  # fmt: skip


SCENARIO_WRITER = register(
    Agent("scenario_writer", "writes prompts on which values differ", ScenariosAnswer, ScenarioWriter)
)
