"""The one place where pages meet a run's storage: its folder, read and never written.

A finished run is opened as an immutable file, so that it can lie on a medium that can't be written; one that still
writes is opened read-only beside its writer.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import JsonValue, ValidationError

from ...agents.records import Ranked, Verdict
from ...errors import RunError
from ...graph.options import Options
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
from ...models.records import CallRecord
from ...records import Record
from ...spec import Proposal, Spec
from ...store.copies import refresh
from ...store.reading import Reading, Stamp, open_rows
from ...store.runs import RunFolder
from ...store.texts import resolved, unpacked
from ...trials.records import Trial

T = TypeVar("T", bound=Record)


class Launched(Record):
    """What a run was launched with, as far as a reader cares."""

    spec: Path | None
    """Where the spec file lay; None: the spec was given out of memory. Likewise `data`."""
    data: Path | None
    options: Options
    models: Mapping[str, str | None]
    spec_digest: str
    data_digest: str
    run: str
    """Tells this run from every other, whatever its folder is called."""

    @property
    def spec_name(self) -> str:
        """The old file's name."""
        return self.spec.name if self.spec else "spec.md"

    @property
    def data_name(self) -> str:
        return self.data.name if self.data else "data out of memory"


class RunSource:
    """Reads the records of one run. Every method opens the database for itself, so that threads may share it."""

    def __init__(self, folder: RunFolder) -> None:
        """Raises RunError for a folder that is no run, or of another schema version."""
        self.folder = folder
        self.launched = self._launched()
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

    def stances(self) -> dict[str, dict[str, int]]:
        """Proposal to how many verdicts there are of each stance."""
        with self.open() as db:
            rows = db.execute("SELECT proposal, stance, count(*) FROM verdicts GROUP BY 1, 2").fetchall()
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

    def _launched(self) -> Launched:
        try:
            value = json.loads(self.folder.config.read_bytes())
            return Launched.model_validate({name: value[name] for name in Launched.model_fields})
        except OSError as problem:
            raise RunError(
                f"{self.folder.config}: can't be read ({problem.strerror}); it is part of the run"
            ) from None
        except (ValueError, KeyError, TypeError):
            raise RunError(f"{self.folder.config}: not the configuration of a run") from None


def find_text(db: Reading, digest: str) -> str | None:
    """A text of a run's database by its digest; None where it isn't there."""
    row = db.execute("SELECT packed, body FROM texts WHERE digest = ?", (digest,)).fetchone()
    return None if row is None else unpacked(*row)


def whole_call(db: Reading, body: str, texts: str | None) -> CallRecord:
    """A call with its prompt's parts and raw reply, out of a row of the calls."""
    brief = CallRecord.model_validate_json(body)
    if texts is None:
        return brief
    return brief.model_copy(update=resolved(texts, lambda digest: find_text(db, digest) or ""))
