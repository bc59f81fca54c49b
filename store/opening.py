"""Opens what keeps a run: the file in its folder, or the shared store that its folder names."""

from pathlib import Path
from typing import TYPE_CHECKING

from .address import Address, need_driver, pointer_of
from .cache import DiskCallCache
from .ledger import Ledger
from .protocol import CallCache, Store, Uses
from .sqlite import SqliteStore

if TYPE_CHECKING:
    from .postgres.catalogue import Catalogue
    from .postgres.lease import Lease


def open_store(folder: Path, lease: "Lease | None" = None) -> Store:
    """The records of the run in `folder`, which a process that works on the run opens with its `lease`.

    Raises RunError for a folder without a run, for one of another schema version, and for a store that can't be used.
    """
    pointer = pointer_of(folder)
    if pointer is None:
        return SqliteStore.open(folder)
    need_driver()
    from .postgres.store import PostgresStore

    return PostgresStore.open(pointer.address, pointer.run, lease)


def lease_of(folder: Path) -> "Lease | None":
    """The lease that a process must take to work on this run; None where the lock in its folder is enough."""
    pointer = pointer_of(folder)
    if pointer is None:
        return None
    need_driver()
    from .postgres.lease import Lease

    return Lease(pointer.address, pointer.run)


def open_catalogue(address: Address) -> "Catalogue":
    """The runs of a shared store. Raises RunError."""
    need_driver()
    from .postgres.catalogue import Catalogue

    return Catalogue(address)


def open_cache(address: Address | None, folder: Path) -> CallCache:
    """The call cache of a shared store, or else the one in `folder`. Raises RunError."""
    if address is None:
        return DiskCallCache(folder)
    need_driver()
    from .postgres.shared import PostgresCallCache

    return PostgresCallCache(address)


def open_ledger(address: Address | None, path: Path) -> Uses:
    """The ledger of a shared store, or else the one at `path`. Raises RunError."""
    if address is None:
        return Ledger(path)
    need_driver()
    from .postgres.shared import PostgresLedger

    return PostgresLedger(address)
