"""What tests of more than one file build on: the command line in this process, small worlds for the loop."""

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from concord.graph.measuring import grade_all
from concord.graph.options import Options
from concord.graph.run_records import RunRecords
from concord.graph.workshop import Setup, Workshop
from concord.models.budget import Budget
from concord.models.caller import Caller
from concord.models.protocol import Request, Role
from concord.panel.ranking import Ranking
from concord.panel.records import (
    Assessment,
    Conversation,
    Judgement,
    Message,
    Panel,
    Participant,
    Response,
    SplitName,
)
from concord.spec import Edit, Proposal, Spec
from concord.store.memory import MemoryCallCache
from concord.store.protocol import CallCache
from concord.testing.scripted import ScriptedModel


@dataclass(frozen=True)
class Printed:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Concord = Callable[..., Printed]


@pytest.fixture
def concord(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Concord:
    """Runs `concord …` in this process, in an empty folder that is also its home."""
    from concord.cli.app import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONCORD_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("COLUMNS", raising=False)

    def call(*words: str | Path) -> Printed:
        monkeypatch.setattr(sys, "argv", ["concord", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        printed = capsys.readouterr()
        code = left.value.code
        return Printed(code if isinstance(code, int) else 0, printed.out, printed.err)

    return call


@pytest.fixture
def world() -> type["World"]:
    """Small worlds for tests of the loop's parts: `world(train=6)` is one."""
    return World


class Named:
    """A splitter that reads the split and the reserve off the ids: `train-1`, `held-3`."""

    def split_of(self, conversation_id: str) -> SplitName:
        return cast(SplitName, conversation_id.split("-")[0])

    def reserved(self, participant_id: str) -> bool:
        return participant_id.startswith("held")


class World:
    """People who like what is kind, and a ranker that likes what its spec says `must be` so.

    Each conversation asks about tone (even numbers) or money (odd ones) and has two responses, A `short` and
    B `kind`. The grader finds a section relevant (5) where its title stands in the conversation. `answers`
    replaces the answers of a role; `asked` lists the requests that were sent.
    """

    TEXT = (
        "# Manners\n\nHow to behave.\n\n## Tone\n\nThe answer must be short.\n\n"
        "## Money\n\nThe answer must be short.\n"
    )

    def __init__(
        self, *, train: int = 6, selection: int = 12, test: int = 4, people: int = 8, held: int = 1,
        text: str = TEXT, rationale: str = "I like it kind.", options: Mapping[str, Any] | None = None,
        answers: Mapping[str, Callable[[Request], Any]] | None = None, store: RunRecords | None = None,
        cache: CallCache | None = None, max_calls: int | None = None,
    ) -> None:  # fmt: skip
        self.answers = {"ranker": ranked, "relevance": graded, "validator": supported, **(answers or {})}
        self.model = ScriptedModel(lambda r: self.answers.get(r.role, lambda _: {"proposals": []})(r))
        self.store: RunRecords = store or RunRecords.in_memory()
        self.cache = cache or MemoryCallCache()
        budget = Budget(max_calls=max_calls)
        caller = Caller(self.model, cache=self.cache, calls=self.store.calls, budget=budget)
        roles: tuple[Role, ...] = (
            "ranker", "relevance", "batch_proposer", "conversation_proposer", "validator",
        )  # fmt: skip
        self.spec = Spec.parse(text)
        self.setup = Setup(
            spec=self.spec, panel=panel({"train": train, "selection": selection, "test": test}, people, held, rationale),
            callers=dict.fromkeys(roles, caller), budget=budget, store=self.store,
            options=Options.model_validate(options or {}), splitter=Named(),
        )  # fmt: skip
        self.shop = Workshop(self.setup)

    @property
    def asked(self) -> list[Request]:
        return self.model.asked

    def grade(self) -> None:
        """Let the grader grade everything, as the first measure pass does."""
        asyncio.run(grade_all(self.shop, self.spec))

    @staticmethod
    def proposal(
        section: str = "tone", old: str = "must be short", new: str = "must be kind", **more: Any
    ) -> Proposal:
        edit = Edit(op=more.pop("op", "replace"), section=section, anchor=old, text=new)
        return Proposal(
            **{
                "edits": (edit,),
                "intent": f"{section}: {new}",
                "kind": "clarification",
                "origin": "batch",
                **more,
            }
        )


def panel(splits: Mapping[str, int], people: int, held: int, rationale: str) -> Panel:
    conversations = {
        id: Conversation(
            id=id,
            messages=(Message(role="user", content=f"{('Tone', 'Money')[number % 2]} question {id}"),),
            responses=tuple(
                Response(label=label, messages=(Message(role="assistant", content=text),))
                for label, text in (("A", "short"), ("B", "kind"))
            ),
        )
        for split, count in splits.items()
        for number, id in enumerate(f"{split}-{number}" for number in range(count))
    }
    names = [f"p{n}" for n in range(people)] + [f"held{n}" for n in range(held)]
    judgement = Judgement(ranking=Ranking.parse("B>A"), rationale=rationale)
    return Panel(
        conversations=conversations,
        participants={name: Participant(id=name) for name in names},
        assessments=tuple(
            Assessment(id=f"{id}/{name}", conversation=id, participant=name, world=judgement)
            for id in conversations
            for name in names
        ),
    )


def ranked(request: Request) -> dict[str, str]:
    """What the sections say an answer must be comes first; nothing said, or nothing read: a tie."""
    told = str(request.data("sections"))
    responses: Any = request.data("responses")
    scores = {each["label"]: float(f"must be {each['text']}" in told) for each in responses}
    return {"explanation": "as the text says", "ranking": str(Ranking.from_scores(scores))}


def graded(request: Request) -> dict[str, Any]:
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


def supported(request: Request) -> dict[str, Any]:
    said: Any = request.data("justifications")
    return {"verdicts": [{"justification": each["key"], "stance": "support"} for each in said]}
