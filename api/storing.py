"""Runs in a shared store: found by name, their folders made and brought up to date here.

A folder of such a run is a working copy. It holds where the run is kept, its configuration and its outputs; the store
holds the same files for everybody else.
"""

import os
from pathlib import Path

from ..elicit.keeping import PREFIX
from ..errors import OptionError, RunError
from ..store.address import Address, Pointer, address_of, pointer_of
from ..store.copies import copy_files, refresh
from ..store.opening import open_catalogue
from ..store.runs import RunFolder, create_run, find_run, named_run
from .home import home


def new_folder(address: Address | None, named: list[str], seed: int, out: Path | None) -> RunFolder:
    """The folder of a new run: `out`, or one under the home; a shared store has the run under its name. Raises RunError."""
    if address is None:
        return empty_folder(out) if out else create_run(home(), named, seed)
    catalogue = open_catalogue(address)
    try:
        if out is None:
            folder = create_run(home(), named, seed, free=catalogue.claim)
            name = folder.id
        else:
            folder, name, number = empty_folder(out), out.resolve().name, 1
            while not catalogue.claim(name):
                number += 1
                name = f"{out.resolve().name}-{number}"
    finally:
        catalogue.close()
    try:
        Pointer(address, name).write(folder.path)
    except OSError as problem:
        raise RunError(f"{folder.path}: no run can be kept there ({problem.strerror})") from None
    return folder


def empty_folder(out: Path) -> RunFolder:
    """`out`, made if need be. Raises RunError where something lies in it."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            if RunFolder(out).kept.is_file():
                raise RunError(
                    f"{out}: the folder holds a run already; go on with it: concord run --resume {out}, or name "
                    "another with --out"
                )
            raise RunError(f"{out}: the folder isn't empty and holds no run; name a new one with --out")
    except OSError as problem:
        raise RunError(f"{out}: no run can be kept there ({problem.strerror})") from None
    return RunFolder(out)


def found_run(name: str | Path, store: str | None = None) -> RunFolder:
    """The run of this folder or id: here, or in the shared store that `store`, or else $CONCORD_STORE, names.

    The folder of a run in a store is made here where there is none, and brought up to date. Raises RunError.
    """
    address = address_of(store)
    try:
        folder = find_run(name, home())
    except RunError:
        if address is None:
            raise
        folder = None
    if folder is not None:
        pointer = folder.pointer
        if store is None or (pointer is not None and pointer.address.safe == Address.parse(store).safe):
            refresh(folder)
            return folder
        if address is not None and Path(name).exists():
            raise OptionError(f"{folder.path} is not in the store that --store names: leave --store out")
    assert address is not None
    for each in folders_of(address, only=str(name)):
        return each
    raise RunError(
        f"there is no run {str(name)!r} here or in {address.safe}: `concord runs` lists what there is"
    )


def folders_of(address: Address, *, only: str | None = None) -> list[RunFolder]:
    """A folder here for every run of a store (`only` the one of this name), up to date, the oldest first. Raises RunError."""
    here = _here(address)
    catalogue = open_catalogue(address)
    try:
        found: list[RunFolder] = []
        for run in catalogue.runs():
            if only not in (None, run.name) or run.name.startswith(PREFIX):
                continue
            folder = here.get(run.name)
            if folder is None:
                folder = named_run(home(), run.name)
                Pointer(address, run.name).write(folder.path)
            copy_files(folder, catalogue.files(run.name))
            if folder.config.is_file():  # lists are in the order of launching
                os.utime(folder.config, (run.launched.timestamp(),) * 2)
            found.append(folder)
        return found
    except OSError as problem:
        raise RunError(f"{home()}: no folder can be made there for a run ({problem.strerror})") from None
    finally:
        catalogue.close()


def _here(address: Address) -> dict[str, RunFolder]:
    """Folders under the home whose runs a store holds, by the run's name there."""
    found: dict[str, RunFolder] = {}
    for path in home().iterdir() if home().is_dir() else ():
        pointer = pointer_of(path) if path.is_dir() else None
        if pointer is not None and pointer.address.safe == address.safe:
            found[pointer.run] = RunFolder(path)
    return found
