"""The participants' side of an index: conversations, what people said, and agreement by section and group.

Conversations of the sealed test part are left out: nobody looks at them, the reviewer included.
"""

import json
import sqlite3
from collections.abc import Collection, Mapping

from pydantic import JsonValue

from ...agents.records import Ranked
from ...agents.relevance import Grades, section_key
from ...agreement.consensus import best_rankings
from ...agreement.intervals import Estimate
from ...agreement.people import People
from ...agreement.references import references
from ...errors import DataError
from ...graph.context import lens_of
from ...panel.importers.load import load
from ...panel.ranking import Ranking
from ...panel.records import Panel
from ...panel.splits import FoldSplitter
from ...spec import Spec
from .current import texts_so_far
from .index import note, storable
from .source import RunSource

GOVERNS = 5
"""Grade from which a conversation counts for a section, as in the study's Figure 1."""
IN_SCOPE = 4
MIN_GROUP = 5
"""Groups of fewer people aren't shown."""


def fill_people(source: RunSource, db: sqlite3.Connection) -> None:
    """Write everything anew. Raises InputError where data or spec are gone or have changed."""
    launched = source.launched
    if launched.data is None:
        raise DataError("the run was launched with data out of memory: there is no file to read it from")
    panel = load(launched.data)
    if panel.digest != launched.data_digest:
        raise DataError(f"{launched.data} has changed since the run began: bring the old data back to see it")
    original = source.spec(launched.spec_digest)
    if original is None:
        raise DataError("the run has not kept its spec yet")
    texts = texts_so_far(source, original)
    options = launched.options
    splitter = FoldSplitter(options.split_seed, options.folds, options.test_share, options.reserve_share)
    open_ = [id_ for id_, each in panel.conversations.items() if splitter.place_of(each) != "test"]
    heard = [one for one in panel.assessments if not splitter.reserved(one.participant)]
    people = People.compile(panel.model_copy(update={"assessments": tuple(heard)}), lens_of(options), open_)
    grades = _grades(source)
    answers = {
        "before": _measured(source, original),
        "after": _measured_now(source, texts, grades, open_, scoped=options.context == "scoped"),
    }
    arms = {name: {id_: each.ranking for id_, each in found.items()} for name, found in answers.items()}
    governs = _governs(grades, original, texts[-1], open_)
    for table in ("conversations", "assessments", "relevant", "figures", "answers"):
        db.execute(f"DELETE FROM {table}")
    db.executemany(
        "INSERT INTO relevant VALUES (?, ?, ?)",
        [
            (section, storable(id_), grade)
            for section, grades in governs.items()
            for id_, grade in grades.items()
        ],
    )
    shown = set(open_)
    db.executemany(
        "INSERT INTO answers VALUES (?, ?, ?)",
        [
            (storable(id_), arm, ranked.model_dump_json())
            for arm, found in answers.items()
            for id_, ranked in found.items()
            if id_ in shown
        ],
    )
    _conversations(db, panel, people, open_, arms, governs)
    _assessments(db, panel, options.block, set(open_))
    _figures(db, people, arms, governs)
    beside = references(people, {id_: panel.conversations[id_] for id_ in open_})
    note(db, "references", beside.model_dump_json())


def _measured(source: RunSource, spec: Spec) -> dict[str, Ranked]:
    """The first answer on each conversation under a text: that of the measure pass where there was one."""
    found: dict[str, Ranked] = {}
    for ranked in source.rankings(spec=spec.digest):
        found.setdefault(ranked.conversation, ranked)
    return found


def _measured_now(
    source: RunSource, texts: list[Spec], grades: Grades, open_: Collection[str], *, scoped: bool
) -> dict[str, Ranked]:
    """Answers under the text as it stands.

    With a scoped prompt, a conversation whose sections read the same under an earlier text wasn't asked again:
    that answer is the answer.
    """
    found = _measured(source, texts[-1])
    if not scoped:
        return found
    now = {id_: _scope(texts[-1], grades, id_) for id_ in open_ if id_ not in found}
    for text in reversed(texts[:-1]):
        for id_, ranked in _measured(source, text).items():
            if id_ in now and id_ not in found and _scope(text, grades, id_) == now[id_]:
                found[id_] = ranked
    return found


def _scope(spec: Spec, grades: Grades, conversation: str) -> tuple[str, ...]:
    return tuple(section_key(spec, id_) for id_ in grades.scope(spec, conversation))


def _grades(source: RunSource) -> Grades:
    grades = Grades()
    for record in source.grades():
        grades.known[record.section] = {}
        grades.learn({record.section: record.grades})
    return grades


def _governs(
    grades: Grades, original: Spec, final: Spec, open_: Collection[str]
) -> dict[str, dict[str, int]]:
    """Section to the conversations of grade 4 or 5 under either text."""
    found: dict[str, dict[str, int]] = {}
    for spec in (original, final):
        for section in spec.sections:
            key = section_key(spec, section.id)
            for id_ in open_:
                if (grade := grades.grade(key, id_)) >= IN_SCOPE:
                    known_here = found.setdefault(section.id, {})
                    known_here[id_] = max(grade, known_here.get(id_, 0))
    return found


def _conversations(
    db: sqlite3.Connection,
    panel: Panel,
    people: People,
    open_: Collection[str],
    arms: Mapping[str, Mapping[str, Ranking]],
    governs: Mapping[str, Mapping[str, int]],
) -> None:
    before, after = (people.conversation_agreement(arms[arm]) for arm in ("before", "after"))
    best = people.conversation_agreement(best_rankings(people))
    theme: dict[str, tuple[int, str]] = {}
    for section, grades in governs.items():
        for id_, grade in grades.items():
            if grade > theme.get(id_, (0, ""))[0]:
                theme[id_] = (grade, section)
    votes: dict[str, set[str]] = {}
    for one in panel.assessments:
        votes.setdefault(one.conversation, set()).add(one.participant)
    rows = []
    for id_ in open_:
        conversation = panel.conversations[id_]
        now = after.get(id_, before.get(id_))
        moved = after[id_] - before[id_] if id_ in after and id_ in before else None
        gap = best[id_] - now if id_ in best and now is not None else None
        asked = [message.content for message in conversation.messages if message.role == "user"]
        title = " ".join((asked or [""])[-1].split())[:200]
        rows.append(
            (storable(id_), storable(title), theme.get(id_, (0, ""))[1], len(votes.get(id_, ())), before.get(id_), after.get(id_), moved,
             gap, storable(json.dumps(conversation.model_dump(mode="python"), ensure_ascii=False)))
        )  # fmt: skip
    db.executemany("INSERT INTO conversations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def _assessments(db: sqlite3.Connection, panel: Panel, block: str, open_: Collection[str]) -> None:
    rows = []
    for one in panel.assessments:
        judgement = one.world if block == "world" else one.personal
        if judgement is None or one.conversation not in open_:
            continue
        demographics: JsonValue = dict(panel.participants[one.participant].demographics)
        rows.append(
            tuple(
                map(
                    storable,
                    (one.id, one.conversation, one.participant, str(judgement.ranking), judgement.rationale,
                     json.dumps(demographics, ensure_ascii=False)),
                )
            )
        )  # fmt: skip
    db.executemany("INSERT OR IGNORE INTO assessments VALUES (?, ?, ?, ?, ?, ?)", rows)


def _figures(
    db: sqlite3.Connection,
    people: People,
    arms: Mapping[str, Mapping[str, Ranking]],
    governs: Mapping[str, Mapping[str, int]],
) -> None:
    """Agreement before and after on the same conversations, by section, and by group within each."""
    both = set(arms["before"]) & set(arms["after"])
    sections = {"": both} | {
        section: {id_ for id_, grade in grades.items() if grade >= GOVERNS} & both
        for section, grades in governs.items()
    }
    keys: dict[str, dict[str, set[str]]] = {}
    for participant in people.participants:
        for key, value in people.demographics.get(participant, {}).items():
            keys.setdefault(key, {}).setdefault(value, set()).add(participant)
    # A key with hundreds of values is free text, not a group.
    keys = {key: values for key, values in keys.items() if 2 <= len(values) <= 40}
    for section, ids in sections.items():
        if not ids:
            continue
        here = people.on(ids)
        _write(db, here, arms, ids, (section, "", ""))
        for key, values in keys.items():
            for value, members in values.items():
                if len(members) >= MIN_GROUP:
                    _write(db, here.of(members), arms, ids, (section, key, value))


def _write(
    db: sqlite3.Connection,
    people: People,
    arms: Mapping[str, Mapping[str, Ranking]],
    ids: Collection[str],
    place: tuple[str, str, str],
) -> None:
    tables = {name: {id_: arm[id_] for id_ in ids} for name, arm in arms.items()}
    found: dict[str, Estimate] = {name: people.level(table) for name, table in tables.items()}
    found["gain"] = people.gain(tables["before"], tables["after"])
    if found["before"].participants < MIN_GROUP:
        return
    db.executemany(
        "INSERT INTO figures VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *map(storable, place),
                each.participants,
                each.conversations,
                arm,
                each.estimate,
                each.low,
                each.high,
            )
            for arm, each in found.items()
        ],
    )
