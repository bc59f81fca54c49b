"""Where work on the store is done: beside the event loop where a store may be far, else in it."""

from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from starlette.concurrency import run_in_threadpool

from ...store.memory import MemoryStore
from ...store.protocol import Store
from ...store.sqlite import SqliteStore

P = ParamSpec("P")
T = TypeVar("T")


class Work:
    """Runs what reads or writes the store.

    A file on this machine answers in a tenth of a millisecond, and a thread of its own costs several times that, so it is asked
    at once. A store behind a network is asked in a thread, and other people are served meanwhile.
    """

    def __init__(self, store: Store) -> None:
        self.near = isinstance(store, SqliteStore | MemoryStore)

    def __call__(self, work: Callable[P, T], *words: P.args, **named: P.kwargs) -> Awaitable[T]:
        return _at_once(work, *words, **named) if self.near else run_in_threadpool(work, *words, **named)


async def _at_once(work: Callable[P, T], *words: P.args, **named: P.kwargs) -> T:
    return work(*words, **named)
