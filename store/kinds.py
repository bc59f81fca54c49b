"""The kinds of record that a run keeps: how each is identified and by which fields it is found."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Generic, TypeVar

from ..records import Record
from ..spec.records import Proposal
from .records import CallRecord, Decision, Ranked, Trial, Verdict

T = TypeVar("T", bound=Record)
Reader = Callable[[T], str | int | None]


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """One kind of record: the name of its table, its class, its id and its indexed fields."""

    name: str
    record: type[T]
    id: Callable[[T], str]
    indexed: Mapping[str, Reader[T]]

    def reader(self, field: str) -> Reader[T]:
        """What reads an indexed field. Raises ValueError for one that isn't indexed (a bug)."""
        try:
            return self.indexed[field]
        except KeyError:
            known = ", ".join(self.indexed)
            raise ValueError(f"{self.name} are not indexed by {field!r}, only by {known}") from None


def _fields(*names: str) -> dict[str, Callable[[object], str | int | None]]:
    return {name: attrgetter(name) for name in names}


CALLS: Kind[CallRecord] = Kind(
    "calls",
    CallRecord,
    attrgetter("id"),
    {
        "round": attrgetter("where.round"),
        "node": attrgetter("where.node"),
        "subject": attrgetter("where.subject"),
        **_fields("role", "status"),
    },
)
RANKINGS: Kind[Ranked] = Kind(
    "rankings", Ranked, attrgetter("call"), _fields("conversation", "spec", "call", "question")
)
PROPOSALS: Kind[Proposal] = Kind("proposals", Proposal, attrgetter("id"), _fields("origin", "kind", "base"))
TRIALS: Kind[Trial] = Kind(
    "trials", Trial, attrgetter("id"), _fields("proposal", "round", "stage", "outcome")
)
VERDICTS: Kind[Verdict] = Kind(
    "verdicts", Verdict, attrgetter("id"), _fields("proposal", "participant", "stance", "source")
)
DECISIONS: Kind[Decision] = Kind(
    "decisions", Decision, attrgetter("id"), _fields("proposal", "round", "by", "decision", "reason")
)


def text_digest(text: str) -> str:
    """SHA-256 (64 hex digits) of a text; lone surrogates, as hostile data may hold, are kept."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
