"""Prepares a study with base models: scenarios for sections, three responses of differing opinions and a plain one.

The study wrote four responses to a prompt: three that embody different opinions, and one as a model answers by itself
(OpenAI 2025, "Collective alignment", Methods). Each response keeps the opinion asked for, the model and the call.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field

from ..agents.ranker import Ranker
from ..agents.responses import OpinionWriter, PlainAnswerer, Wanted, Written
from ..agents.scenarios import Scenario, ScenarioTask, ScenarioWriter
from ..errors import OptionError
from ..models.caller import Caller
from ..models.protocol import Role
from ..models.records import Where
from ..panel.records import Message
from ..records import Record, content_id, digest
from ..spec import Spec
from .prepared import PreparedItem, PreparedResponse
from .spread import Spread, spreads
from .twins import alike, twins

ROLES: tuple[Role, ...] = ("scenario_writer", "plain_answer", "ranker")
"""The roles for which a base model is chosen."""
LABELS = "ABCDEFGH"
ROUNDS = 3
"""Times that a section's scenarios are asked for, until there are enough that differ."""


class Wish(Record):
    """What a study is to be about."""

    sections: tuple[str, ...] = ()
    """Ids of the spec's sections; none: every section with a text of its own."""
    per_section: int = Field(4, ge=1, le=200)
    """Prompts for each section."""
    topics: tuple[str, ...] = ()
    """What scenarios should be about."""
    seeds: tuple[str, ...] = ()
    """Messages to begin from."""
    seed: int = 0
    """Draws which response has which label."""
    spread: bool = True
    """Whether a ranker tells how far the section decides between the responses; two calls a prompt."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """All prompts that were written, those dropped with the reason, in the order of the sections."""

    items: tuple[PreparedItem, ...]
    failed: int
    """Calls that failed; the prompts concerned have fewer responses, or are missing."""


async def prepare(spec: Spec, callers: Mapping[Role, Caller], wish: Wish) -> Prepared:
    """Write a study's prompts and responses. Raises SpecError, OptionError and BudgetEnded.

    `callers` has one for each of ROLES; the opinion writer thinks with the scenario writer's model.
    """
    sections = wish.sections or tuple(id_ for id_ in spec.ids if spec.body_of(id_).strip())
    if not sections:
        raise OptionError(
            "the spec has no section with a text of its own: there is nothing to write prompts for"
        )
    writer = ScenarioWriter(callers["scenario_writer"])
    scenarios = await _scenarios(spec, writer, sections, wish)
    messages = [(Message(role="user", content=each.message),) for each in scenarios]
    where = Where(node="prepare")
    opinionated, failed = await _opinionated(
        OpinionWriter(callers["scenario_writer"]), scenarios, messages, where
    )
    plain = await PlainAnswerer(callers["plain_answer"]).write(messages, where)
    items = [
        _item(scenario, said, [*responses, ("", answer)], wish.seed)
        for scenario, said, responses, answer in zip(scenarios, messages, opinionated, plain, strict=True)
    ]
    ranker = Ranker(callers["ranker"]) if wish.spread else None
    usable = [(item.conversation(), item.section) for item in items if item.usable]
    found = await spreads(spec, usable, ranker, where)
    return Prepared(
        items=tuple(_marked(item, found.get(item.id)) for item in items),
        failed=failed + sum(answer.text is None for answer in plain),
    )


async def _scenarios(
    spec: Spec, writer: ScenarioWriter, sections: Sequence[str], wish: Wish
) -> list[Scenario]:
    """Asks again, with what is there already, for sections that have too few that differ."""
    found: dict[str, list[Scenario]] = {section: [] for section in sections}
    for round_ in range(ROUNDS):
        short = [section for section in sections if len(found[section]) < wish.per_section]
        if not short:
            break
        taken = [each.message for section in sections for each in found[section]]
        tasks = [
            ScenarioTask(
                section=section, count=wish.per_section - len(found[section]), topics=wish.topics, seeds=wish.seeds,
                taken=tuple(taken),
            )
            for section in short
        ]  # fmt: skip
        where = Where(round=round_ + 1, node="prepare")
        answered = await writer.write(spec, tasks, where, repeat=round_)
        for section, written in zip(short, answered, strict=True):
            for each in written:
                if each.message.strip() and not any(alike(each.message, other) for other in taken):
                    found[section].append(each)
                    taken.append(each.message)
    return [each for section in sections for each in found[section]]


async def _opinionated(
    writer: OpinionWriter,
    scenarios: Sequence[Scenario],
    messages: Sequence[tuple[Message, ...]],
    where: Where,
) -> tuple[list[list[tuple[str, Written]]], int]:
    """(opinion, response) for each opinion of each scenario; a near-duplicate is asked for once more."""
    wanted = [
        (place, Wanted(said, opinion, tuple(other for other in scenario.opinions if other != opinion)))
        for place, (scenario, said) in enumerate(zip(scenarios, messages, strict=True))
        for opinion in scenario.opinions
    ]
    written = await writer.write([each for _, each in wanted], where)
    again = [number for number, (place, _) in enumerate(wanted) if _is_twin(number, place, wanted, written)]
    if again:
        for number, each in zip(
            again, await writer.write([wanted[n][1] for n in again], where, repeat=1), strict=True
        ):
            if each.text is not None:
                written[number] = each
    found: list[list[tuple[str, Written]]] = [[] for _ in scenarios]
    for (place, asked), response in zip(wanted, written, strict=True):
        found[place].append((asked.opinion, response))
    return found, sum(each.text is None for each in written)


def _is_twin(
    number: int, place: int, wanted: Sequence[tuple[int, Wanted]], written: Sequence[Written]
) -> bool:
    """Whether an earlier response to the same prompt says the same."""
    mine = written[number].text
    return mine is not None and any(
        other.text is not None and alike(other.text, mine)
        for (at, _), other in zip(wanted[:number], written[:number], strict=True)
        if at == place
    )


def _item(
    scenario: Scenario, messages: tuple[Message, ...], responses: Sequence[tuple[str, Written]], seed: int
) -> PreparedItem:
    """Labels are drawn, so that none tells where a response came from; near-duplicates are dropped, and say of what."""
    id_ = content_id("prompt", scenario.section, scenario.message)
    labels = list(LABELS[: len(responses)])
    random.Random(digest([seed, id_])).shuffle(labels)
    labelled = sorted(zip(labels, responses, strict=True))
    # In the order of writing: of two that are alike the plain answer, which comes last, gives way.
    same = twins(
        {
            label: answer.text
            for label, (_, answer) in zip(labels, responses, strict=True)
            if answer.text is not None
        }
    )
    return PreparedItem(
        id=id_, section=scenario.section, messages=messages, stake=scenario.stake, call=scenario.call,
        rubrics=scenario.criteria,
        responses=tuple(
            PreparedResponse(
                label=label, text=answer.text or "(the call failed)", opinion=opinion, model=answer.model, call=answer.call,
                drop=label in same or answer.text is None,
                note=f"nearly the same as {same[label]}" if label in same else "the call failed" if answer.text is None else "",
            )
            for label, (opinion, answer) in labelled
        ),
    )  # fmt: skip


def _marked(item: PreparedItem, spread: Spread | None) -> PreparedItem:
    """With its spread, and a note where somebody should look."""
    notes = []
    if not item.usable:
        notes.append("fewer than two responses that differ")
    elif len(item.kept) < len(item.responses):
        notes.append(f"only {len(item.kept)} responses")
    if spread is not None and spread.low:
        notes.append("the section hardly tells the responses apart")
    return item.model_copy(
        update={"spread": spread, "note": "; ".join(notes), "drop": item.drop or not item.usable}
    )
