"""Where a study's answers are kept: a file in its folder, or a shared store that the folder names."""

from pathlib import Path

from ..errors import RunError
from ..records import content_id
from ..store.address import POINTER, Address, Pointer
from ..store.opening import open_catalogue, open_store
from ..store.protocol import Store
from ..store.sqlite import DATABASE, SqliteStore

ANSWERS = "answers"
PREFIX = "study:"
"""Begins the names of studies in a shared store, where runs lie beside them; no run's name holds a colon."""


def is_kept(folder: Path) -> bool:
    """Whether the study in `folder` has a store."""
    return any((folder / ANSWERS / name).is_file() for name in (DATABASE, POINTER))


def kept(folder: Path) -> Store:
    """The store of a study that has one. Raises RunError where it can't be used."""
    return open_store(folder / ANSWERS)


def keep(folder: Path, address: Address | None) -> Store:
    """A new store for the study in `folder`: a file there, or a place in the shared store at `address`. Raises RunError."""
    here = folder / ANSWERS
    if address is None:
        return SqliteStore.create(here)
    catalogue = open_catalogue(address)
    try:
        number = 1
        first = name = PREFIX + content_id("study folder", str(folder.resolve()))
        while not catalogue.claim(name):
            number += 1
            name = f"{first}-{number}"
    finally:
        catalogue.close()
    try:
        here.mkdir(parents=True, exist_ok=True, mode=0o700)
        Pointer(address, name).write(here)
    except OSError as problem:
        raise RunError(
            f"{here}: it can't be written where the answers are kept ({problem.strerror})"
        ) from None
    return open_store(here)
