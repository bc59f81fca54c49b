"""Records in a row, and as a table of pandas or polars, whichever is installed."""

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, TypeVar

from ..errors import OptionError
from ..records import Record
from ..review.sheets import sheet
from ..store.runs import write_atomically

T = TypeVar("T", bound=Record)
Library = Literal["pandas", "polars"]


class Records(tuple[T, ...]):
    """Typed records in the order in which they were made."""

    __slots__ = ()

    def __new__(cls, records: Iterable[T] = ()) -> "Records[T]":
        return super().__new__(cls, records)

    def to_csv(self, path: Path | str) -> None:
        """Write them as CSV, one row a record; no cell is a formula to a spreadsheet."""
        write_atomically(Path(path), sheet(record.model_dump(mode="json") for record in self))

    def to_frame(self, library: Library | None = None) -> Any:
        """A data frame, one row a record and one column a field; nested values are JSON-like.

        `library`: pandas or polars; None: pandas where it is installed, else polars. Raises OptionError where it
        isn't installed.
        """
        chosen = library or next((name for name in ("pandas", "polars") if find_spec(name)), None)
        if chosen is None or find_spec(chosen) is None:
            raise OptionError(
                f"to_frame() needs {chosen or 'pandas or polars'}: pip install {chosen or 'pandas'}"
            )
        rows = [record.model_dump(mode="json") for record in self]
        frames = import_module(chosen)
        if chosen == "pandas":
            return frames.DataFrame.from_records(rows)
        return frames.DataFrame(rows, infer_schema_length=None, strict=False)
