"""Keeps records that it knows nothing about, the call cache, the ledger of uses of data, and runs' folders."""

from typing import TYPE_CHECKING, Any

from .kinds import Kind
from .ledger import Ledger
from .lock import run_lock
from .memory import MemoryCallCache, MemoryStore
from .protocol import CallCache, Repository, Store
from .runs import RunFolder, create_run, find_run, list_runs
from .sqlite import SqliteStore

if TYPE_CHECKING:
    from .cache import DiskCallCache

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


def __getattr__(name: str) -> Any:
    """The cache on disk, imported when it is asked for: commands that call no model start without it."""
    if name == "DiskCallCache":
        from .cache import DiskCallCache

        return DiskCallCache
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
