"""How a kind of record is kept: its owner says by what it is identified, found, and added up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Generic, TypeVar

from ..records import Record

T = TypeVar("T", bound=Record)
Reader = Callable[[T], str | int | float | None]

RESERVED = ("seq", "id", "final", "body", "texts")
"""Columns that every table has; no field may be called so."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """One kind of record. A store makes a table of `name` for it and knows nothing else of what it keeps."""

    name: str
    """A plain identifier, e.g. `trials`."""
    record: type[T]
    key: Callable[[T], str]
    """Reads a record's id."""
    indexed: Mapping[str, Reader[T]]
    """Fields that records are found by, and what reads each."""
    indexes: tuple[tuple[str, ...], ...] = ()
    """Fields that are looked for together; left out, each indexed field has an index of its own."""
    texts: tuple[str, ...] = ()
    """Fields of strings, or of lists of strings, which may be long: each text is stored once by its content."""
    summed: Mapping[str, Reader[T]] = field(default_factory=dict)
    """Numbers that `Repository.sums` adds up."""
    final: Callable[[T], bool] | None = None
    """Whether a record may no longer be replaced; None: it always may."""

    def __post_init__(self) -> None:
        for name in (self.name, *self.columns):
            if not name.isidentifier() or name in RESERVED:
                raise ValueError(f"{name!r} is no name for a table or a column")
        for name in (name for index in self.indexes for name in index):
            self.reader(name)

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.indexed, *self.summed)

    def reader(self, name: str) -> Reader[T]:
        """What reads an indexed field. Raises ValueError for one that isn't indexed (a bug)."""
        try:
            return self.indexed[name]
        except KeyError:
            known = ", ".join(self.indexed)
            raise ValueError(f"{self.name} are not indexed by {name!r}, only by {known}") from None

    def is_final(self, record: T) -> bool:
        return self.final is not None and self.final(record)

    def without_texts(self, record: T) -> T:
        """The record with its texts left out: empty strings and empty tuples in their place."""
        if not self.texts:
            return record
        return record.model_copy(update={name: _emptied(getattr(record, name)) for name in self.texts})


def fields(*names: str) -> dict[str, Callable[[Any], Any]]:
    """Readers of attributes, each under the attribute's own name."""
    return {name: attrgetter(name) for name in names}


def _emptied(value: Any) -> Any:
    return "" if isinstance(value, str) else ()
