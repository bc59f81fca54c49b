"""The one place where pages meet a run's storage: its folder, read and never written.

A finished run is opened as an immutable file, so that it can lie on a medium that can't be written; one that still
writes is opened read-only beside its writer.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from pydantic import JsonValue, ValidationError

from ...agents.records import Ranked, Verdict
from ...errors import RunError
from ...graph.conflict_records import ConflictRecord
from ...graph.records import (
    Decision,
    GradesRecord,
    MeasureRecord,
    OutcomeRecord,
    ProposedRecord,
    RoundRecord,
    SupportRecord,
)
from ...graph.summary import Summary
from ...graph.vote_records import Behaviour, DirectVote
from ...models.records import CallRecord
from ...records import Record
from ...spec import Proposal, Spec
from ...store.copies import refresh
from ...store.reading import Reading, Stamp, open_rows
from ...store.runs import RunFolder
from ...trials.records import Trial
from .launched import launched
from .storage import find_text, whole_call

T = TypeVar("T", bound=Record)


class RunSource:
    """Reads the records of one run. Every method opens the database for itself, so that threads may share it."""

    def __init__(self, folder: RunFolder) -> None:
        """Raises RunError for a folder that is no run, or of another schema version."""
        self.folder = folder
        self.launched = launched(folder)
        self.rows = open_rows(folder.database, folder.pointer)
        self._copied: list[int] = []

    @property
    def finished(self) -> bool:
        """Whether the run has come to its end and left a summary."""
        return self.folder.summary.is_file()

    def stamp(self) -> Stamp:
        """Changes whenever anything of the run did."""
        found = list(self.rows.stamp())
        if self.folder.pointer is not None and found != self._copied:
            refresh(self.folder)
            self._copied = found
        for path in (self.folder.summary, self.folder.checkpoint):
            try:
                stat = path.stat()
                found += [stat.st_mtime_ns, stat.st_size]
            except FileNotFoundError:
                found += [0, 0]
        return tuple(found)

    @contextmanager
    def open(self) -> Iterator[Reading]:
        """A read-only connection. Raises RunError where the run's rows can't be read."""
        with self.rows.open() as db:
            yield db

    def summary(self) -> Summary | None:
        """None while the run isn't finished. Raises RunError for one that can't be read."""
        try:
            return Summary.model_validate_json(self.folder.summary.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError as problem:
            wrong = problem.errors()[0]["msg"]
            raise RunError(f"{self.folder.summary}: not the summary of a run ({wrong})") from None

    def cost(self) -> dict[str, Any]:
        """Seconds, openings and money as the finished run left them; empty before."""
        try:
            value = json.loads(self.folder.cost.read_bytes())
        except (OSError, ValueError):
            return {}
        return value if isinstance(value, dict) else {}

    def proposals(self) -> dict[str, Proposal]:
        """By id, in the order of making."""
        with self.open() as db:
            rows = db.execute("SELECT id, body FROM proposals ORDER BY seq").fetchall()
        return {key: Proposal.model_validate_json(body) for key, body in rows}

    def trials(self, proposal: str | None = None) -> list[Trial]:
        return self._records("trials", Trial, proposal)

    def decisions(self, proposal: str | None = None) -> list[Decision]:
        return self._records("decisions", Decision, proposal)

    def verdicts(self, proposal: str) -> list[Verdict]:
        return self._records("verdicts", Verdict, proposal)

    def measures(self) -> list[MeasureRecord]:
        """Where the text of each round stood."""
        return self._records("measures", MeasureRecord)

    def rounds(self) -> list[RoundRecord]:
        """What each round that ended came to."""
        return self._records("rounds", RoundRecord)

    def proposed(self) -> list[ProposedRecord]:
        return self._records("proposed", ProposedRecord)

    def outcomes(self) -> list[OutcomeRecord]:
        return self._records("outcomes", OutcomeRecord)

    def grades(self) -> list[GradesRecord]:
        return self._records("grades", GradesRecord)

    def support(self, proposal: str | None = None) -> list[SupportRecord]:
        """What people's justifications said, of one proposal or of all."""
        return self._records("support", SupportRecord, proposal)

    def conflicts(self, proposal: str | None = None) -> list[ConflictRecord]:
        """What changes contradict in the rest of the spec, of one proposal or of all."""
        return self._records("conflicts", ConflictRecord, proposal)

    def stances(self) -> dict[str, dict[str, int]]:
        """Proposal to how many verdicts of base models there are of each stance: people's own words stand beside."""
        return self._counted(
            "SELECT proposal, stance, count(*) FROM verdicts "
            "WHERE source != 'participant' AND source NOT LIKE 'reviewer:%' GROUP BY 1, 2"
        )

    def voted(self) -> dict[str, dict[str, int]]:
        """Proposal to how many of the people who were asked directly took each stance."""
        return self._counted(
            "SELECT proposal, stance, count(*) FROM verdicts WHERE source = 'participant' GROUP BY 1, 2"
        )

    def votes(self, proposal: str | None = None) -> list[DirectVote]:
        """What people said of a proposal, or of all, when they were asked directly."""
        return self._records("votes", DirectVote, proposal)

    def behaviours(self, proposal: str | None = None) -> list[Behaviour]:
        """What a model answers under old and new text, for a proposal or for all."""
        return self._records("behaviours", Behaviour, proposal)

    def _counted(self, query: str) -> dict[str, dict[str, int]]:
        with self.open() as db:
            rows = db.execute(query).fetchall()
        found: dict[str, dict[str, int]] = {}
        for proposal, stance, count in rows:
            found.setdefault(proposal, {})[stance] = count
        return found

    def rankings(self, *, conversation: str | None = None, spec: str | None = None) -> list[Ranked]:
        """Rankings of a conversation, under a text, or both."""
        equal = {"conversation": conversation, "spec": spec}
        given = {name: value for name, value in equal.items() if value is not None}
        # Few rankings are about one conversation and many under one text: coalesce keeps SQLite from the wrong index.
        where = " AND ".join(
            f'coalesce("{name}", NULL) = ?'
            if name == "spec" and conversation is not None
            else f'"{name}" = ?'
            for name in given
        )
        with self.open() as db:
            rows = db.execute(
                f"SELECT body FROM rankings WHERE {where} ORDER BY seq", list(given.values())
            ).fetchall()
        return [Ranked.model_validate_json(body) for (body,) in rows]

    def note(self, name: str) -> JsonValue:
        """A small named value; None where there is none."""
        with self.open() as db:
            row = db.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def notes(self, prefix: str) -> dict[str, JsonValue]:
        """All named values whose name begins with `prefix`."""
        with self.open() as db:
            rows = db.execute(
                "SELECT name, value FROM notes WHERE substr(name, 1, ?) = ? ORDER BY name",
                (len(prefix), prefix),
            ).fetchall()
        return {name: json.loads(value) for name, value in rows}

    def text(self, digest: str) -> str | None:
        """A text by its digest; None where it was never kept."""
        with self.open() as db:
            return find_text(db, digest)

    def spec(self, digest: str) -> Spec | None:
        text = self.text(digest)
        return None if text is None else Spec.parse(text)

    def call(self, id: str) -> CallRecord | None:
        """A call whole, its prompt's parts and raw reply included; None where there is none."""
        with self.open() as db:
            row = db.execute("SELECT body, texts FROM calls WHERE id = ?", (id,)).fetchone()
            return None if row is None else whole_call(db, *row)

    def calls(self, ids: Sequence[str]) -> list[CallRecord]:
        """Calls without their texts, in the order of `ids`; those that aren't there are left out."""
        marks = ", ".join("?" * len(ids))
        with self.open() as db:
            rows = db.execute(f"SELECT id, body FROM calls WHERE id IN ({marks})", list(ids)).fetchall()
        found = {id_: CallRecord.model_validate_json(body) for id_, body in rows}
        return [found[id_] for id_ in ids if id_ in found]

    def every_call(self, chunk: int = 500) -> Iterator[list[CallRecord]]:
        """All calls whole, in the order of their asking, a chunk at a time."""
        last = 0
        while True:
            with self.open() as db:
                rows = db.execute(
                    "SELECT seq, body, texts FROM calls WHERE seq > ? ORDER BY seq LIMIT ?", (last, chunk)
                ).fetchall()
                if not rows:
                    return
                last = rows[-1][0]
                yield [whole_call(db, body, texts) for _, body, texts in rows]

    def _records(self, table: str, record: type[T], proposal: str | None = None) -> list[T]:
        where, values = ("", []) if proposal is None else (" WHERE proposal = ?", [proposal])
        if not self.rows.has(table):
            return []
        with self.open() as db:
            rows: Iterable[tuple[str]] = db.execute(f"SELECT body FROM {table}{where} ORDER BY seq", values)
            return [record.model_validate_json(body) for (body,) in rows]
