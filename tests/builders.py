"""Small worlds that tests build on: people who like what is kind, and a scripted base model for every agent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from concord.graph import Meter, Options, Policies, RunContext, RunInputs, RunRecords
from concord.models.budget import Budget
from concord.models.caller import Caller
from concord.models.protocol import Request, Role
from concord.panel.ranking import Ranking
from concord.panel.records import Assessment, Conversation, Judgement, Message, Panel, Participant, Response
from concord.spec import Edit, Proposal, Spec
from concord.spec.records import Operation
from concord.store.memory import MemoryCallCache
from concord.store.protocol import CallCache
from concord.testing.scripted import Scripted, ScriptedModel

ROLES: tuple[Role, ...] = ("ranker", "relevance", "batch_proposer", "conversation_proposer", "validator")
TEXT = """# Manners

How to behave.

## Tone {#tone authority=user}

The answer must be short.

## Money {#money authority=user}

The answer must be short.
"""
Answers = Mapping[str, Callable[[Request], Scripted]]
Part = int | Literal["test"]


@dataclass(frozen=True)
class NamedParts:
    """A splitter that reads fold, test split and reserve off the ids: `1-3`, `test-0`, `held2`."""

    folds: int = 3

    def place_of(self, conversation: Conversation) -> Part:
        part = conversation.id.split("-")[0]
        return "test" if part == "test" else int(part)

    def reserved(self, participant_id: str) -> bool:
        return participant_id.startswith("held")


def panel(
    parts: Mapping[str, int], *, people: int = 8, held: int = 1, rationale: str = "I like it kind."
) -> Panel:
    """`parts`: fold number or `test` to conversations. Even ones ask about Tone, odd ones about Money.

    Each has two responses, A `short` and B `kind`; everybody ranks B first.
    """
    conversations = {
        name: Conversation(
            id=name,
            messages=(Message(role="user", content=f"{('Tone', 'Money')[number % 2]} question {name}"),),
            responses=tuple(
                Response(label=label, messages=(Message(role="assistant", content=text),))
                for label, text in (("A", "short"), ("B", "kind"))
            ),
        )
        for part, count in parts.items()
        for number, name in enumerate(f"{part}-{number}" for number in range(count))
    }
    names = [f"p{number}" for number in range(people)] + [f"held{number}" for number in range(held)]
    judgement = Judgement(ranking=Ranking.parse("B>A"), rationale=rationale)
    return Panel(
        conversations=conversations,
        participants={name: Participant(id=name) for name in names},
        assessments=tuple(
            Assessment(
                id=f"{conversation}/{name}", conversation=conversation, participant=name, world=judgement
            )
            for conversation in conversations
            for name in names
        ),
    )


def proposal(
    section: str = "tone",
    anchor: str = "must be short",
    text: str = "must be kind",
    *,
    op: Operation = "replace",
    intent: str = "",
    origin: Literal["batch", "conversation", "human"] = "batch",
    conversations: Sequence[str] = (),
    base: str = "",
) -> Proposal:
    """A proposal of one edit; its intent is made from what it puts in unless one is given."""
    return Proposal(
        edits=(Edit(op=op, section=section, anchor=anchor, text=text),),
        intent=intent or f"{section}: {text}",
        kind="clarification",
        origin=origin,
        conversations=tuple(conversations),
        base=base,
    )


@dataclass
class World:
    """A panel, a spec and a scripted model, ready to launch. `answers` replaces the answers of a role."""

    parts: Mapping[str, int] = field(default_factory=lambda: {"0": 8, "1": 8, "2": 8, "test": 4})
    people: int = 16
    held: int = 1
    text: str = TEXT
    rationale: str = "I like it kind."
    options: Mapping[str, Any] = field(default_factory=dict)
    answers: Answers = field(default_factory=dict)
    records: RunRecords = field(default_factory=RunRecords.in_memory)
    cache: CallCache = field(default_factory=MemoryCallCache)
    max_calls: int | None = None
    policies: Mapping[str, Any] = field(default_factory=dict)
    latency: float = 0.0

    def __post_init__(self) -> None:
        scripts: Answers = {
            "ranker": ranked,
            "relevance": graded,
            "validator": supported,
            "batch_proposer": nothing,
            "conversation_proposer": nothing,
            "kind": clarifies,
            "conflict": fits,
            "meaning": compared,
            **self.answers,
        }
        self.model = ScriptedModel(lambda request: scripts[request.role](request), latency=self.latency)
        self.budget = Budget(max_calls=self.max_calls)
        self.spec = Spec.parse(self.text)
        self.panel = panel(self.parts, people=self.people, held=self.held, rationale=self.rationale)

    @property
    def inputs(self) -> RunInputs:
        caller = Caller(self.model, cache=self.cache, calls=self.records.calls, budget=self.budget)
        options = Options.model_validate(self.options)
        return RunInputs(
            spec=self.spec,
            panel=self.panel,
            callers=dict.fromkeys(ROLES, caller),
            budget=self.budget,
            records=self.records,
            options=options,
            policies=replace(Policies.of(options), **{"splitting": NamedParts(), **self.policies}),
        )

    def context(self, meter: Meter | None = None) -> RunContext:
        return RunContext.of(self.inputs, meter=meter)

    def keep(self, context: RunContext, *proposals: Proposal) -> None:
        """Put proposals into the run's records."""
        context.records.proposals.add(proposals)

    @property
    def asked(self) -> list[Request]:
        return self.model.asked


def on_disk(folder: Path) -> RunRecords:
    """The records of a run in a folder, made where there are none."""
    return RunRecords.open(folder) if any(folder.glob("*.db")) else RunRecords.create(folder)


def ranked(request: Request) -> Scripted:
    """What the sections say an answer must be comes first; nothing said, or nothing read: a tie."""
    sections = str(request.data("sections"))
    responses: Any = request.data("responses")
    scores = {each["label"]: float(f"must be {each['text']}" in sections) for each in responses}
    return {"explanation": "as the text says", "ranking": str(Ranking.from_scores(scores))}


def graded(request: Request) -> Scripted:
    """A section is relevant (5) where its title stands in the conversation."""
    sections: Any = request.data("sections")
    conversations: Any = request.data("conversations")
    return {
        "grades": [
            {"conversation": each["key"], "section": section["id"], "grade": 5}
            for section in sections
            for each in conversations
            if section["title"] in each["messages"][0]["content"]
        ]
    }


def supported(request: Request) -> Scripted:
    """Everybody is for it."""
    return stances("support")(request)


def stances(stance: str) -> Callable[[Request], Scripted]:
    """Everybody takes this stance."""

    def answer(request: Request) -> Scripted:
        written: Any = request.data("justifications")
        silent = stance == "silent"
        return {
            "verdicts": [
                {
                    "justification": each["key"], "reason": "as it is written", "stance": stance,
                    "quote": "" if silent else each["text"], "strength": "none" if silent else "asks",
                }
                for each in written
            ]
        }  # fmt: skip

    return answer


def clarifies(request: Request) -> Scripted:
    """Every change clarifies the last line of the first section in view."""
    sections: Any = request.data("sections")
    sentence = sections[0]["text"].strip().splitlines()[-1]
    return {"sentence": sentence, "reason": "as it is written", "kind": "clarification"}


def fits(request: Request) -> Scripted:
    """Nothing contradicts anything."""
    change: Any = request.data("change")
    passage: Any = request.data("passage")
    sentence = change["sections"][0]["text"].strip().splitlines()[-1]
    there = passage["text"].strip().splitlines()[-1]
    return {"changed": sentence, "other": there, "reason": "as it is written", "verdict": "fits"}


def compared(request: Request) -> Scripted:
    """The same where the intents are."""
    proposals: Any = request.data("proposals")
    same = proposals[0]["intent"] == proposals[1]["intent"]
    return {"reason": "as they are written", "answer": "same" if same else "different"}


def nothing(_: Request) -> Scripted:
    """A proposer without an idea."""
    return {"proposals": []}


def kinder(request: Request) -> Scripted:
    """A proposer that asks for kindness in the sections of the cases it is shown."""
    cases: Any = request.data("cases")
    sections = sorted({section for case in cases for section in case["sections"]})
    rests_on = {
        section: [case["key"] for case in cases if section in case["sections"]] for section in sections
    }
    return {
        "diagnosis": "people want it kind",
        "proposals": [{**change(section), "conversations": rests_on[section]} for section in sections],
    }


def change(section: str, anchor: str = "must be short", text: str = "must be kind") -> dict[str, Any]:
    """One change of a proposer's answer, which rests on the first conversation it was shown."""
    return {
        "conversations": ["c1"],
        "intent": f"An answer about {section} {text}.",
        "kind": "clarification",
        "edits": [{"op": "replace", "section": section, "anchor": anchor, "text": text}],
    }
