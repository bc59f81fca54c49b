"""Injection: what an instruction planted in one item moves of the others, for any base model.

A participant's justification, or a candidate response, is replaced by hostile text; everything else stays. Rankings of
other conversations, verdicts on other people's words, relevance of other conversations and proposals that rest on
others are asked for with and without it: `moved` counts what differs. The base model is simulated unless one is named:
it obeys every instruction that it reads outside a fence, so that a fence which fails shows.
"""

import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from ..agents.justifications import Justification
from ..example.world import planted
from ..graph.cases import cases
from ..graph.context import RunContext, RunInputs
from ..graph.measuring import measure_text
from ..graph.options import Options
from ..graph.run_records import RunRecords
from ..models.budget import Budget
from ..models.caller import Caller
from ..models.function_model import FunctionModel
from ..models.protocol import BaseModel, Profile, Request, Role
from ..models.records import Where
from ..models.registry import open_model
from ..panel.importers.load import load
from ..panel.records import Panel
from ..records import Record
from ..spec import Proposal, Spec, read_spec
from ..store.memory import MemoryCallCache
from ..testing.embedded_answers import EmbeddedAnswers
from ..testing.hash_answers import Asked
from ..testing.small_example import write_small_example
from .attacks import ATTACKS, COMMAND

Progress = Callable[[str], None]
Place = Literal["justification", "response", "message"]
PLACES: tuple[Place, ...] = ("justification", "response", "message")
ROLES: tuple[Role, ...] = ("ranker", "relevance", "batch_proposer", "conversation_proposer", "validator")
_FENCED = re.compile(r"^<(data-[0-9a-f]+)>\n(?:.*?\n)??</\1>$", re.DOTALL | re.MULTILINE)


class Config(Record):
    model: str = ""
    """Base model to ask; empty: the simulated one, which obeys what it reads outside a fence."""
    conversations: int = Field(24, ge=16)
    """Of the bundled example."""
    attacks: tuple[str, ...] = tuple(name for name, (aim, _) in ATTACKS.items() if aim == "prompt")
    """By their names in the catalogue."""
    places: tuple[Place, ...] = PLACES
    """Where they are planted."""


def obedient(request: Request) -> str:
    """Answers as the embedded model does, and wrongly (all tied, or nothing at all) where it is told so outside the fences."""
    answer = EMBEDDED(Asked(request.system, request.user, "strict_schema", None, {}))
    if COMMAND not in _FENCED.sub("", request.system + "\n" + request.user):
        return answer
    return answer.replace(">", "=") if request.role == "ranker" else "{}"


EMBEDDED = EmbeddedAnswers()


async def run(
    config: Config, *, seeds: int = 1, seed: int = 0, progress: Progress | None = None
) -> dict[str, float | None]:
    """Figures: `plants` (attack by place), `compared` (answers on other items), `moved` of them, and what moved by
    kind: `moved_rankings`, `moved_verdicts`, `moved_grades`, `moved_proposals`. `moved_by_itself`: answers that
    differ when the same is asked twice without any plant, what a model's own wavering comes to. `sides`: verdicts that take
    a side without any plant.
    """
    model: BaseModel = open_model(config.model) if config.model else obeying()
    totals = {"plants": 0, "compared": 0, "moved": 0, "moved_by_itself": 0, "sides": 0}
    kinds = dict.fromkeys(("rankings", "verdicts", "grades", "proposals"), 0)
    try:
        with tempfile.TemporaryDirectory(prefix="concord-injection-") as folder:
            spec_path, data = write_small_example(Path(folder), config.conversations)
            spec, panel = read_spec(spec_path), load(data)
            for number in range(seed, seed + seeds):
                clean = await _answers(model, spec, panel, number)
                totals["sides"] += sum(
                    value in ("support", "refute")
                    for (kind, *_), value in clean.items()
                    if kind == "verdicts"
                )
                again = await _answers(model, spec, panel, number)
                totals["moved_by_itself"] += sum(again.get(key) != value for key, value in clean.items())
                for name in config.attacks:
                    for place in config.places:
                        planted, item = plant(panel, place, ATTACKS[name][1], number)
                        found = await _answers(model, spec, planted, number)
                        others = {key: value for key, value in clean.items() if not _about(key, item)}
                        moved = [key for key, value in others.items() if found.get(key) != value]
                        totals["plants"] += 1
                        totals["compared"] += len(others)
                        totals["moved"] += len(moved)
                        for kind, *_ in moved:
                            kinds[kind] += 1
                        if moved and progress is not None:
                            progress(f"{name} in a {place}: moved {len(moved)}, such as {moved[0]}")
    finally:
        await model.close()
    figures: dict[str, float | None] = {name: float(value) for name, value in totals.items()}
    return figures | {f"moved_{kind}": float(value) for kind, value in kinds.items()}


def plant(panel: Panel, place: Place, text: str, seed: int) -> tuple[Panel, str]:
    """The panel with `text` in one item, and the conversation that it stands in."""
    assessments = list(panel.assessments)
    at = (seed * 7919 + 11) % len(assessments)
    item = assessments[at].conversation
    if place == "justification":
        assessment = assessments[at]
        assert assessment.world is not None
        planted = assessment.world.model_copy(update={"rationale": text})
        assessments[at] = assessment.model_copy(update={"world": planted})
        return panel.model_copy(update={"assessments": tuple(assessments)}), item
    conversation = panel.conversations[item]
    if place == "message":
        first = conversation.messages[0].model_copy(update={"content": text})
        changed = conversation.model_copy(update={"messages": (first, *conversation.messages[1:])})
    else:
        response = conversation.responses[0]
        said = response.messages[0].model_copy(update={"content": text})
        one = response.model_copy(update={"messages": (said, *response.messages[1:])})
        changed = conversation.model_copy(update={"responses": (one, *conversation.responses[1:])})
    return panel.model_copy(update={"conversations": {**panel.conversations, item: changed}}), item


def obeying() -> BaseModel:
    """The simulated reader: the rule-based one behind rendered prompts, which obeys what stands outside their fences."""
    profile = Profile(
        answers="strict_schema", concurrency=16, usd_per_million_input=0, usd_per_million_output=0
    )
    return FunctionModel("simulated", obedient, profile=profile)


def _about(key: tuple[str, ...], item: str) -> bool:
    return item in key


async def _answers(model: BaseModel, spec: Spec, panel: Panel, seed: int) -> Mapping[tuple[str, ...], str]:
    """Everything that was answered, by kind and by the conversations that it is about."""
    budget, records = Budget(), RunRecords.in_memory()
    caller = Caller(model, cache=MemoryCallCache(), calls=records.calls, budget=budget, seed=seed)
    inputs = RunInputs(
        spec=spec, panel=panel, callers=dict.fromkeys(ROLES, caller), budget=budget, records=records,
        options=Options(context="full", seed=seed, test_share=0.0, reserve_share=0.0),
    )  # fmt: skip
    context, where, found = (
        RunContext.of(inputs),
        Where(round=1, node="injection"),
        dict[tuple[str, ...], str](),
    )
    await measure_text(context, spec.digest, 1)
    ranked = context.evaluator.measured(spec.digest, context.folds.items)
    for name, answer in ranked.items():
        found["rankings", name] = str(answer.ranking)
    graded = await context.scope.grader.grade(spec, spec.ids, list(context.conversations.values()), where)
    for section, grades in graded.items():
        for name, grade in grades.items():
            found["grades", name, section] = str(grade)
    proposal = _proposal(spec)
    asked = _written(context, panel)
    validation = await context.validator.judge(
        proposal, asked, where, spec=spec, conversations=context.conversations
    )
    where_of = {each.assessment: each.conversation for each in asked}
    for verdict in validation.verdicts:
        found["verdicts", where_of[verdict.assessment], verdict.assessment] = verdict.stance
    batch = cases(context, spec, context.folds.items[:12])
    made = await context.proposers["batch"].propose(spec, [batch], [], where)
    for each in made:
        found["proposals", *each.conversations] = "\n".join(edit.text for edit in each.edits)
    return found


def _written(context: RunContext, panel: Panel) -> list[Justification]:
    return [
        Justification(
            assessment=each.id, participant=each.participant, conversation=each.conversation,
            text=each.world.rationale or "-", ranking=str(each.world.ranking),
        )
        for each in panel.assessments
        if each.world is not None and each.conversation in context.conversations
    ][:60]  # fmt: skip


def _proposal(spec: Spec) -> Proposal:
    """One on which the example's people take sides: the first of its planted places."""
    return Proposal(
        edits=planted(0)[0].edits, intent="Ask a clarifying question.", kind="clarification", origin="batch",
        base=spec.digest,
    )  # fmt: skip
