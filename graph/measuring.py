"""measure: where the current spec stands with the people, on training and selection conversations."""

from collections import Counter
from collections.abc import Sequence

from pydantic import JsonValue

from ..agents.proposers import Attempt, Case
from ..agents.records import Ranked
from ..agents.relevance import IN_SCOPE, section_key
from ..agreement.consensus import best_rankings
from ..agreement.people import People
from ..models.records import Where
from ..spec import Spec
from .bench import MEASURE
from .selecting import Gap
from .workshop import Workshop

CASE_PEOPLE = 16
"""People shown of one conversation."""


async def grade_all(shop: Workshop, spec: Spec) -> None:
    """Grade every section of the original spec against every open conversation. Raises BudgetEnded.

    Later texts inherit these grades, but for what `Touch` asks about anew.
    """
    known = [shop.grades.known.get(section_key(spec, section.id), {}) for section in spec.sections]
    missing = [found for id, found in shop.open.items() if any(id not in grades for grades in known)]
    if missing:
        where = Where(round=1, node="measure")
        sections = [section.id for section in spec.sections]
        shop.touch.learn(await shop.grader.grade(spec, sections, missing, where))


async def measure(shop: Workshop, spec: Spec, round: int) -> dict[str, Ranked]:
    """The ranker's answers on the training conversations; agreement goes into the store. Raises BudgetEnded.

    Round 1 ranks the selection conversations too: where the original spec stands there. Later rounds leave them
    to the trials, which ask both arms afresh.
    """
    if round == 1:
        await grade_all(shop, spec)
    where = Where(round=round, node="measure")
    ids = [*shop.training, *(shop.selection if round == 1 else ())]
    ranked = await shop.bench.rankings(spec, ids, MEASURE, where)
    figures: dict[str, JsonValue] = {}
    for name, ids in (("train", shop.training), ("selection", shop.selection)):
        there = {id: ranked[id].ranking for id in ids if id in ranked}
        if there:
            figures[name] = shop.people.on(list(there)).level(there).model_dump(mode="json")
    shop.store.put_note(f"measure:{round:04d}", figures)
    return ranked


def gaps(shop: Workshop, spec: Spec, ranked: dict[str, Ranked], explained: set[str]) -> list[Gap]:
    """The gap of each training conversation that was ranked and has people who take an order."""
    there = {id: ranked[id].ranking for id in shop.training if id in ranked}
    people = shop.people.on(list(there))
    best = people.conversation_agreement(best_rankings(people))
    voices = _voices(people)
    return [
        Gap(
            conversation=id,
            theme=theme(shop, spec, id),
            gap=max(0.0, best[id] - agreement),
            voices=voices[id],
            explained=id in explained,
        )
        for id, agreement in people.conversation_agreement(there).items()
        if id in best
    ]


def _voices(people: People) -> dict[str, int]:
    """People behind each conversation; one person counts once there."""
    cells = {
        (int(c), int(p))
        for c, p in zip(people.clusters.conversation, people.clusters.participant, strict=True)
    }
    counts = Counter(conversation for conversation, _ in cells)
    return {id: counts[place] for place, id in enumerate(people.conversations)}


def theme(shop: Workshop, spec: Spec, conversation: str) -> str:
    """The most relevant section, the first in the document among equals; empty when none is relevant."""
    best, name = IN_SCOPE - 1, ""
    for section in spec.sections:
        grade = shop.grades.grade(section_key(spec, section.id), conversation)
        if grade > best:
            best, name = grade, section.id
    return name


def cases(shop: Workshop, spec: Spec, ranked: dict[str, Ranked], ids: Sequence[str]) -> list[Case]:
    """What the proposers see of these training conversations; people held in reserve are left out."""
    return [
        Case(
            conversation=shop.open[id],
            ranked=ranked[id],
            people=tuple(shop.said[id][:CASE_PEOPLE]),
            sections=shop.grades.relevant(spec, id),
        )
        for id in ids
        if id in ranked and shop.said.get(id)
    ]


def attempts(shop: Workshop, most: int = 30) -> list[Attempt]:
    """What was tried before, newest last, its outcome in a word: the loop's, or a reviewer's who declined it."""
    if not shop.options.memory:
        return []
    found = [d for d in shop.store.decisions.find() if d.by == "loop" or d.decision in ("defer", "set_aside")]
    decisions = sorted(found, key=lambda d: (d.round, d.proposal))
    proposals = [(shop.store.proposals.get(d.proposal), d.reason or d.decision) for d in decisions[-most:]]
    return [
        Attempt(section=proposal.edits[0].section, intent=proposal.intent, outcome=outcome)
        for proposal, outcome in proposals
    ]
