"""Lines that belong to a run, added to and never erased: in its folder, or in the shared store that holds the run.

Several processes may add to them at once.
"""

import os
from pathlib import Path
from typing import Protocol

from ..errors import RunError
from .address import need_driver, pointer_of


class Lines(Protocol):
    """What was written, in the order of writing. Every method raises RunError where it can't be read or written."""

    @property
    def place(self) -> str:
        """Where they lie, for a message."""
        ...

    def stamp(self) -> int:
        """Changes with every line."""
        ...

    def read(self) -> list[bytes]: ...

    def add(self, line: bytes, /) -> None:
        """One line without its end, written whole or not at all."""
        ...


class FileLines:
    """Lines in a file; made with the first."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def place(self) -> str:
        return str(self.path)

    def stamp(self) -> int:
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def read(self) -> list[bytes]:
        try:
            return [line for line in self.path.read_bytes().split(b"\n") if line]
        except FileNotFoundError:
            return []
        except OSError as problem:
            raise RunError(
                f"{self.path}: can't be read ({problem.strerror}); it holds what people decided"
            ) from None

    def add(self, line: bytes, /) -> None:
        """In one write at the end of the file, so that lines of two processes never mix."""
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                os.write(handle, line + b"\n")
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as problem:
            raise RunError(
                f"{self.path}: can't be written ({problem.strerror}); nothing was decided"
            ) from None


def open_lines(folder: Path, name: str) -> Lines:
    """The lines called `name` of the run in `folder`. Raises RunError."""
    pointer = pointer_of(folder)
    if pointer is None:
        return FileLines(folder / name)
    need_driver()
    from .postgres.lines import PostgresLines

    return PostgresLines(pointer.address, pointer.run, name)
