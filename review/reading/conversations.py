"""Conversations of a run: what was asked, what people ranked and wrote, and how the ranker moved."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Literal

from ...agents.records import Ranked
from ...panel.ranking import Ranking
from ...panel.records import Conversation
from ...records import Record

Order = Literal["gap", "moved", "worse", "people"]
ORDERS: dict[Order, str] = {
    "gap": "gap IS NULL, gap DESC",
    "moved": "moved IS NULL, moved DESC",
    "worse": "moved IS NULL, moved ASC",
    "people": "people DESC",
}


class ConversationFilter(Record):
    """Which conversations to list; empty fields and zeros ask nothing."""

    section: str = ""
    moved: str = ""
    """towards, away or same."""
    gap: float = 0.0
    """The least gap, a fraction of agreement."""
    by: float = 0.0
    """The least movement either way, a fraction of agreement."""
    order: Order = "gap"


class ConversationRow(Record):
    """One line of the list."""

    id: str
    title: str
    """The last thing the user said, cut."""
    section: str
    people: int
    before: float | None
    after: float | None
    moved: float | None
    gap: float | None
    """Agreement of the best single ranking less the ranker's."""


class ConversationList(Record):
    rows: tuple[ConversationRow, ...]
    total: int
    sections: tuple[str, ...]


class Places(Record):
    """How people placed one response: the share of them at each place, best first."""

    label: str
    text: str
    origin: str
    shares: tuple[float, ...]
    mean: float
    """Mean place, 1 for the best."""


class Said(Record):
    """One person's ranking and reason."""

    assessment: str
    participant: str
    ranking: str
    rationale: str


class RankerAnswer(Record):
    """How a ranker ranked it, under which text."""

    label: str
    ranking: str
    explanation: str
    call: str
    sections: tuple[str, ...]


class ConversationPage(Record):
    row: ConversationRow
    messages: tuple[tuple[str, str], ...]
    """(role, content)."""
    places: tuple[Places, ...]
    answers: tuple[RankerAnswer, ...]
    said: tuple[Said, ...]
    people: int
    relevant: tuple[tuple[str, int], ...]
    """(section, grade)."""


_ROW = "id, title, section, people, before, after, moved, gap"


def conversation_list(
    db: sqlite3.Connection, wanted: ConversationFilter, *, limit: int, offset: int
) -> ConversationList:
    """A page of the list, and how many there are."""
    conditions: list[str] = ["1"]
    values: list[str | float] = []
    if wanted.section:
        conditions.append("id IN (SELECT conversation FROM relevant WHERE section = ?)")
        values.append(wanted.section)
    if wanted.gap > 0:
        conditions.append("gap >= ?")
        values.append(wanted.gap - 1e-9)
    if wanted.by > 0:
        conditions.append("abs(moved) >= ?")
        values.append(wanted.by - 1e-9)
    conditions += {
        "towards": ["moved > 0.0001"],
        "away": ["moved < -0.0001"],
        "same": ["abs(moved) <= 0.0001"],
    }.get(wanted.moved, [])
    where = " AND ".join(conditions)
    (total,) = db.execute(f"SELECT count(*) FROM conversations WHERE {where}", values).fetchone()
    rows = db.execute(
        f"SELECT {_ROW} FROM conversations WHERE {where} ORDER BY {ORDERS[wanted.order]}, id LIMIT ? OFFSET ?",
        [*values, limit, offset],
    ).fetchall()
    sections = [name for (name,) in db.execute("SELECT DISTINCT section FROM relevant ORDER BY 1")]
    return ConversationList(rows=tuple(map(_row, rows)), total=total, sections=tuple(sections))


def conversation_row(db: sqlite3.Connection, id: str) -> tuple[ConversationRow, Conversation] | None:
    found = db.execute(f"SELECT {_ROW}, body FROM conversations WHERE id = ?", (id,)).fetchone()
    return None if found is None else (_row(found[:-1]), Conversation.model_validate_json(found[-1]))


def conversation_page(
    db: sqlite3.Connection, id: str, ranked: Sequence[tuple[str, Ranked]], *, limit: int = 50, offset: int = 0
) -> ConversationPage | None:
    """One conversation; `ranked` are the ranker's answers to show, each with what it was given.

    None where there is no such conversation among those that may be looked at.
    """
    found = conversation_row(db, id)
    if found is None:
        return None
    row, conversation = found
    rankings = [
        ranking for (ranking,) in db.execute("SELECT ranking FROM assessments WHERE conversation = ?", (id,))
    ]
    said = db.execute(
        "SELECT id, participant, ranking, rationale FROM assessments WHERE conversation = ? ORDER BY id LIMIT ? OFFSET ?",
        (id, limit, offset),
    ).fetchall()
    relevant = db.execute(
        "SELECT section, grade FROM relevant WHERE conversation = ? ORDER BY grade DESC, section", (id,)
    ).fetchall()
    return ConversationPage(
        row=row,
        messages=tuple((message.role, message.content) for message in conversation.messages),
        places=people_places(conversation, rankings),
        answers=tuple(answer(label, each) for label, each in ranked),
        said=tuple(Said(assessment=a, participant=p, ranking=r, rationale=t) for a, p, r, t in said),
        people=len(rankings),
        relevant=tuple((section, grade) for section, grade in relevant),
    )


def people_places(conversation: Conversation, rankings: Sequence[str]) -> tuple[Places, ...]:
    """For each response, the shares of people by place; the one that people like best comes first."""
    size = len(conversation.responses)
    counts = {label: [0] * size for label in conversation.labels}
    for text in rankings:
        for label, place in Ranking.parse(text).places.items():
            if label in counts:
                counts[label][place] += 1
    places = []
    for response in conversation.responses:
        row = counts[response.label]
        people = sum(row) or 1
        places.append(
            Places(
                label=response.label,
                text=response.text,
                origin=response.origin,
                shares=tuple(count / people for count in row),
                mean=sum((number + 1) * count for number, count in enumerate(row)) / people,
            )
        )
    return tuple(sorted(places, key=lambda each: (each.mean, each.label)))


def answer(label: str, ranked: Ranked) -> RankerAnswer:
    return RankerAnswer(
        label=label,
        ranking=str(ranked.ranking),
        explanation=ranked.explanation,
        call=ranked.call,
        sections=ranked.sections,
    )


def quote(db: sqlite3.Connection, assessment: str) -> tuple[Said, str, dict[str, str]] | None:
    """What one assessment says, on which conversation, and who said it."""
    found = db.execute(
        "SELECT id, participant, ranking, rationale, conversation, demographics FROM assessments WHERE id = ?",
        (assessment,),
    ).fetchone()
    if found is None:
        return None
    id_, participant, ranking, rationale, conversation, demographics = found
    said = Said(assessment=id_, participant=participant, ranking=ranking, rationale=rationale)
    return said, conversation, json.loads(demographics)


def _row(found: tuple[object, ...]) -> ConversationRow:
    return ConversationRow.model_validate(dict(zip(_ROW.split(", "), found, strict=True)))
