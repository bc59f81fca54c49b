"""Everything that a run keeps, by kind: the bundle of repositories that nodes, reports and traces read."""

from collections.abc import Iterator
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import JsonValue

from ..agents.records import Ranked, Verdict
from ..agents.rubric import Graded
from ..models.call_log import StoredCalls
from ..spec.records import Proposal
from ..store.kinds import Kind, fields
from ..store.memory import MemoryStore
from ..store.opening import open_store
from ..store.protocol import Repository, Store
from ..store.sqlite import SqliteStore
from ..trials.records import Trial
from .conflict_records import ConflictRecord
from .records import (
    Decision,
    GradesRecord,
    KindRecord,
    MeasureRecord,
    OriginsRecord,
    OutcomeRecord,
    OverlapRecord,
    ProposedRecord,
    RoundRecord,
    SelectionRecord,
    SupportRecord,
)
from .rubric_records import RubricRecord
from .sealed_records import SealedRecord
from .vote_records import Behaviour, DirectVote

if TYPE_CHECKING:
    from ..store.postgres.lease import Lease

RANKINGS: Kind[Ranked] = Kind(
    "rankings", Ranked, attrgetter("call"), fields("conversation", "spec", "call", "question")
)
PROPOSALS: Kind[Proposal] = Kind("proposals", Proposal, attrgetter("id"), fields("origin", "kind", "base"))
TRIALS: Kind[Trial] = Kind("trials", Trial, attrgetter("id"), fields("proposal", "round", "stage", "outcome"))
VERDICTS: Kind[Verdict] = Kind(
    "verdicts", Verdict, attrgetter("id"), fields("proposal", "participant", "stance", "source")
)
DECISIONS: Kind[Decision] = Kind(
    "decisions", Decision, attrgetter("id"), fields("proposal", "round", "by", "decision", "reason")
)
MEASURES: Kind[MeasureRecord] = Kind("measures", MeasureRecord, attrgetter("id"), fields("round", "text"))
SELECTIONS: Kind[SelectionRecord] = Kind("selections", SelectionRecord, attrgetter("id"), fields("round"))
PROPOSED: Kind[ProposedRecord] = Kind(
    "proposed", ProposedRecord, attrgetter("id"), fields("round", "origin", "fold")
)
OVERLAPS: Kind[OverlapRecord] = Kind("overlaps", OverlapRecord, attrgetter("id"), fields("round"))
OUTCOMES: Kind[OutcomeRecord] = Kind(
    "outcomes", OutcomeRecord, attrgetter("id"), fields("round", "node", "proposal")
)
SUPPORT: Kind[SupportRecord] = Kind("support", SupportRecord, attrgetter("id"), fields("proposal", "round"))
KINDS: Kind[KindRecord] = Kind("kinds", KindRecord, attrgetter("id"), fields("proposal"))
CONFLICTS: Kind[ConflictRecord] = Kind(
    "conflicts", ConflictRecord, attrgetter("id"), fields("proposal", "round", "text")
)
ORIGINS: Kind[OriginsRecord] = Kind("origins", OriginsRecord, attrgetter("id"), fields("round"))
ROUNDS: Kind[RoundRecord] = Kind("rounds", RoundRecord, attrgetter("id"), fields("round"))
GRADES: Kind[GradesRecord] = Kind("grades", GradesRecord, attrgetter("section"), {})
RUBRIC_GRADES: Kind[Graded] = Kind("rubric_grades", Graded, attrgetter("item"), fields("conversation"))
RUBRICS: Kind[RubricRecord] = Kind("rubrics", RubricRecord, attrgetter("id"), fields("round"))
BEHAVIOURS: Kind[Behaviour] = Kind(
    "behaviours", Behaviour, attrgetter("id"), fields("proposal", "conversation")
)
VOTES: Kind[DirectVote] = Kind(
    "votes", DirectVote, attrgetter("id"), fields("proposal", "participant", "stance")
)
SEALED: Kind[SealedRecord] = Kind("sealed", SealedRecord, attrgetter("id"), {})


class RunRecords:
    """The records of one run in a store. What they are found by stands with each kind above."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.calls = StoredCalls(store)
        self.rankings: Repository[Ranked] = store.repository(RANKINGS)
        self.proposals: Repository[Proposal] = store.repository(PROPOSALS)
        self.trials: Repository[Trial] = store.repository(TRIALS)
        self.verdicts: Repository[Verdict] = store.repository(VERDICTS)
        self.decisions: Repository[Decision] = store.repository(DECISIONS)
        self.measures: Repository[MeasureRecord] = store.repository(MEASURES)
        self.selections: Repository[SelectionRecord] = store.repository(SELECTIONS)
        self.proposed: Repository[ProposedRecord] = store.repository(PROPOSED)
        self.overlaps: Repository[OverlapRecord] = store.repository(OVERLAPS)
        self.outcomes: Repository[OutcomeRecord] = store.repository(OUTCOMES)
        self.support: Repository[SupportRecord] = store.repository(SUPPORT)
        self.kinds: Repository[KindRecord] = store.repository(KINDS)
        self.conflicts: Repository[ConflictRecord] = store.repository(CONFLICTS)
        self.origins: Repository[OriginsRecord] = store.repository(ORIGINS)
        self.rounds: Repository[RoundRecord] = store.repository(ROUNDS)
        self.grades: Repository[GradesRecord] = store.repository(GRADES)
        self.rubric_grades: Repository[Graded] = store.repository(RUBRIC_GRADES)
        self.rubrics: Repository[RubricRecord] = store.repository(RUBRICS)
        self.behaviours: Repository[Behaviour] = store.repository(BEHAVIOURS)
        self.votes: Repository[DirectVote] = store.repository(VOTES)
        self.sealed: Repository[SealedRecord] = store.repository(SEALED)

    @classmethod
    def in_memory(cls, *, texts: bool = True) -> "RunRecords":
        """Gone with the process; without `texts`, calls keep neither prompts nor raw replies."""
        return cls(MemoryStore(texts=texts))

    @classmethod
    def create(cls, folder: Path) -> "RunRecords":
        """The records of a new run in `folder`. Raises RunError if one is there already."""
        return cls(SqliteStore.create(folder))

    @classmethod
    def open(cls, folder: Path, lease: "Lease | None" = None) -> "RunRecords":
        """The records of the run in `folder`, or in the shared store that it names.

        A process that works on a run in a shared store gives its lease. Raises RunError for no run, or one of another
        version.
        """
        return cls(open_store(folder, lease))

    @property
    def store(self) -> Store:
        """What keeps the records: for base models that keep receipts there (models.protocol.Ticketed)."""
        return self._store

    def put_text(self, text: str) -> str:
        """Keep a text; returns its SHA-256 hex digest."""
        return self._store.put_text(text)

    def text(self, digest: str) -> str:
        """Raises KeyError."""
        return self._store.text(digest)

    def put_note(self, name: str, value: JsonValue) -> None:
        """Keep a small named JSON value (a round's figures, the run's config); replaces an older one."""
        self._store.put_note(name, value)

    def note(self, name: str) -> JsonValue:
        """None when there is none."""
        return self._store.note(name)

    def note_changed(self, name: str) -> datetime | None:
        """When a note was last put, in UTC; None when that isn't known."""
        return self._store.note_changed(name)

    def notes(self, prefix: str = "") -> Iterator[tuple[str, JsonValue]]:
        return self._store.notes(prefix)

    def flush(self) -> None:
        """Make all that was added durable."""
        self._store.flush()

    def close(self) -> None:
        self._store.close()
