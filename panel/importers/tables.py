"""Rows of a Parquet or Arrow file in the plain layout, read in a stream (extra `arrow`)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import DataError
from .lines import Fields, Notes, Place

TABLES = (".parquet", ".arrow", ".feather")
"""How the names of such files end."""
_ROWS = 4096
"""Rows in memory at a time."""


def read_rows(path: Path, notes: Notes) -> Iterator[tuple[Place, Fields]]:
    """The rows of a file by column name, the first row being line 1; null fields are left out.

    Raises DataError for a file that can't be read, and where pyarrow isn't installed.
    """
    arrow = arrow_of(path)
    number = 0
    try:
        for batch in _batches(path, arrow):
            for row in batch.to_pylist():
                number += 1
                yield (
                    Place(path.name, number, notes),
                    {key: value for key, value in row.items() if value is not None},
                )
    except (OSError, arrow.ArrowException) as problem:
        raise DataError(f"{path}: can't be read ({' '.join(str(problem).split())[:200]})") from None


def arrow_of(path: Path) -> Any:
    """The module pyarrow, for reading or writing `path`. Raises DataError where it isn't installed."""
    try:
        import pyarrow
        import pyarrow.ipc
        import pyarrow.parquet
    except ModuleNotFoundError:
        raise DataError(
            f"{path}: Parquet and Arrow files need the package pyarrow: pip install 'concord-spec[arrow]'"
        ) from None
    return pyarrow


def _batches(path: Path, arrow: Any) -> Iterator[Any]:
    if path.suffix == ".parquet":
        with arrow.parquet.ParquetFile(path) as file:
            yield from file.iter_batches(batch_size=_ROWS, use_threads=False)
        return
    with arrow.memory_map(str(path)) as mapped:
        reader = arrow.ipc.open_file(mapped)
        for index in range(reader.num_record_batches):
            whole = reader.get_batch(index)
            for start in range(0, whole.num_rows, _ROWS):
                yield whole.slice(start, _ROWS)
