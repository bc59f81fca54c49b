"""The files of a run in a shared store: its folder here is a working copy, the store has them for everybody else."""

from collections.abc import Mapping
from pathlib import Path

from .opening import open_catalogue
from .runs import RunFolder, write_atomically

_FILES = frozenset(
    {
        "config.json",
        "spec.md",
        "spec.proven.md",
        "spec.patch",
        "spec.proven.patch",
        "summary.json",
        "cost.json",
    }
)
"""What a store may put into a folder: no name that it holds is ever taken as a path."""


def refresh(folder: RunFolder) -> None:
    """Bring the files of a run in a shared store up to date here. Raises RunError."""
    pointer = folder.pointer
    if pointer is None:
        return
    catalogue = open_catalogue(pointer.address)
    try:
        copy_files(folder, catalogue.files(pointer.run))
    finally:
        catalogue.close()


def hand_in(folder: RunFolder, *files: Path) -> None:
    """Give files of a run to the store that holds it; nothing where it is kept here. Raises RunError."""
    pointer = folder.pointer
    if pointer is None:
        return
    catalogue = open_catalogue(pointer.address)
    try:
        catalogue.put_files(pointer.run, {file.name: file.read_bytes() for file in files if file.is_file()})
    finally:
        catalogue.close()


def withdraw(folder: RunFolder) -> None:
    """Take a run that could not begin out of its store. Raises RunError."""
    pointer = folder.pointer
    if pointer is None:
        return
    catalogue = open_catalogue(pointer.address)
    try:
        catalogue.withdraw(pointer.run)
    finally:
        catalogue.close()


def copy_files(folder: RunFolder, files: Mapping[str, bytes]) -> None:
    """Write into a folder what its store has of it, where it differs. Raises OSError."""
    for name, body in files.items():
        path = folder.path / name
        if name in _FILES and (not path.is_file() or path.read_bytes() != body):
            write_atomically(path, body)
