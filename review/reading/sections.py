"""Agreement a section, before and after: the study's Figure 1 for this spec and these people."""

import sqlite3
from typing import Literal

from ...graph.records import Figure
from ...records import Record
from ...spec import Spec


class SectionRow(Record):
    """One section, or one group of people: agreement on the same conversations under both texts."""

    id: str
    title: str
    authority: str
    people: int
    conversations: int
    before: Figure
    after: Figure
    gain: Figure
    listed: int = 0
    """Conversations that its page lists: grade 4 or 5."""


class Sections(Record):
    rows: tuple[SectionRow, ...]
    """The largest gap first: the lowest agreement under the text as it stands."""
    overall: SectionRow | None
    unmeasured: tuple[tuple[str, str], ...]
    """(id, title) of sections that too little is known of."""
    keys: tuple[str, ...]
    """Demographic keys that groups can be shown by."""


class GroupRows(Record):
    key: str
    rows: tuple[SectionRow, ...]
    """One a group over all conversations; `id` is the value."""
    by_section: tuple[tuple[str, tuple[SectionRow, ...]], ...]


Arm = Literal["before", "after", "gain"]


def section_rows(db: sqlite3.Connection, spec: Spec) -> Sections:
    found = _figures(db, "key = ''", ())
    titles = {section.id: (section.title, section.authority or "") for section in spec.sections}
    listed = dict(db.execute("SELECT section, count(*) FROM relevant GROUP BY section").fetchall())
    rows = [
        row.model_copy(
            update={
                "title": titles.get(row.id, (row.id, ""))[0],
                "authority": titles.get(row.id, ("", ""))[1],
                "listed": listed.get(row.id, 0),
            }
        )
        for (section, _), row in found.items()
        if section
    ]
    rows.sort(key=lambda row: (row.after.estimate if row.after.estimate is not None else 2, row.id))
    shown = {row.id for row in rows}
    keys = [key for (key,) in db.execute("SELECT DISTINCT key FROM figures WHERE key != '' ORDER BY key")]
    return Sections(
        rows=tuple(rows),
        overall=found.get(("", "")),
        unmeasured=tuple((id_, title) for id_, (title, _) in titles.items() if id_ not in shown),
        keys=tuple(keys),
    )


def group_rows(db: sqlite3.Connection, key: str, spec: Spec) -> GroupRows:
    """Groups of one demographic key; those under the minimum aren't in the index at all."""
    found = _figures(db, "key = ?", (key,))
    titles = {section.id: section.title for section in spec.sections}
    overall = [row for (section, _), row in found.items() if not section]
    overall.sort(key=lambda row: -row.people)
    sections: dict[str, list[SectionRow]] = {}
    for (section, _), row in found.items():
        if section:
            sections.setdefault(section, []).append(row)
    return GroupRows(
        key=key,
        rows=tuple(overall),
        by_section=tuple(
            (titles.get(section, section), tuple(sorted(rows, key=lambda row: -row.people)))
            for section, rows in sorted(sections.items(), key=lambda pair: list(titles).index(pair[0]) if pair[0] in titles else -1)
            if len(rows) > 1
        ),
    )  # fmt: skip


def _figures(
    db: sqlite3.Connection, where: str, values: tuple[str, ...]
) -> dict[tuple[str, str], SectionRow]:
    arms: dict[tuple[str, str], dict[str, Figure]] = {}
    sizes: dict[tuple[str, str], tuple[int, int]] = {}
    for section, value, people, conversations, arm, estimate, low, high in db.execute(
        f"SELECT section, value, people, conversations, arm, estimate, low, high FROM figures WHERE {where}",
        values,
    ):
        place = (section, value)
        arms.setdefault(place, {})[arm] = Figure(estimate=estimate, low=low, high=high)
        sizes[place] = (people, conversations)
    return {
        place: SectionRow(
            id=place[1] or place[0], title=place[1] or place[0], authority="", people=sizes[place][0],
            conversations=sizes[place][1], before=found["before"], after=found["after"], gain=found["gain"],
        )
        for place, found in arms.items()
    }  # fmt: skip
