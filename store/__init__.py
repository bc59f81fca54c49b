"""Keeps records that it knows nothing about, the call cache, the ledger of uses of data, and runs' folders."""

from typing import TYPE_CHECKING

from ..faces import lazy

if TYPE_CHECKING:
    from .cache import DiskCallCache
    from .kinds import Kind
    from .ledger import Ledger
    from .lock import run_lock
    from .memory import MemoryCallCache, MemoryStore
    from .protocol import CallCache, Repository, Store
    from .runs import RunFolder, create_run, find_run, list_runs
    from .sqlite import SqliteStore

__all__ = [
    "CallCache",
    "DiskCallCache",
    "Kind",
    "Ledger",
    "MemoryCallCache",
    "MemoryStore",
    "Repository",
    "RunFolder",
    "SqliteStore",
    "Store",
    "create_run",
    "find_run",
    "list_runs",
    "run_lock",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "CallCache": ".protocol",
        "DiskCallCache": ".cache",
        "Kind": ".kinds",
        "Ledger": ".ledger",
        "MemoryCallCache": ".memory",
        "MemoryStore": ".memory",
        "Repository": ".protocol",
        "RunFolder": ".runs",
        "SqliteStore": ".sqlite",
        "Store": ".protocol",
        "create_run": ".runs",
        "find_run": ".runs",
        "list_runs": ".runs",
        "run_lock": ".lock",
    },
)
