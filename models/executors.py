"""Where work is done: in this process and its children, or on a Ray cluster. The one seam of all fan-out.

Questions go through `spread`, which makes a base model whose questions are asked elsewhere: the call recorder, the cache and the
budget stay here. Experiments and heavy statistics are tasks of a `concurrent.futures.Executor`.
"""

import re
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import urlsplit

from ..errors import OptionError
from .protocol import BaseModel

Opener = Callable[[], BaseModel]
"""Opens a base model, on whichever machine it is called. It pickles."""
HERE = "here"
_OWN = re.compile(r"ray(?::(?P<actors>[1-9]\d{0,2}))?")


class Workplace(Protocol):
    """Where questions are asked and tasks are done. Used as a context, or closed."""

    @property
    def here(self) -> bool:
        """Whether everything stays in this process and its children."""
        ...

    def spread(self, model: BaseModel, opener: Opener, /) -> BaseModel:
        """`model`, its questions asked by those that `opener` opens where the work is done."""
        ...

    def tasks(self, at_once: int | None = None, /) -> Executor:
        """An executor for functions that pickle; `at_once`: tasks at a time, where the cluster doesn't say."""
        ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


class Here:
    """This machine: questions by asyncio in this process, tasks in children of their own."""

    here = True

    def __init__(self) -> None:
        self._pools: list[ProcessPoolExecutor] = []

    def spread(self, model: BaseModel, opener: Opener, /) -> BaseModel:  # noqa: ARG002  # it is open already
        return model

    def tasks(self, at_once: int | None = None, /) -> Executor:
        pool = ProcessPoolExecutor(at_once, mp_context=get_context("spawn"))
        self._pools.append(pool)
        return pool

    def close(self) -> None:
        for pool in self._pools:
            pool.shutdown(cancel_futures=True)
        self._pools = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()


def open_executor(on: str = HERE) -> Workplace:
    """The place called `on`: `here`, `ray` (a cluster of this machine's, for as long as it is used), or
    `ray://HOST[:PORT]` (one that runs already). `ray:4` has four actors for each base model; else there is one for each
    CPU of the cluster.

    Raises OptionError for another name, for a cluster that can't be reached, and where Ray isn't installed.
    """
    if on in (HERE, ""):
        return Here()
    address = urlsplit(on)
    own = _OWN.fullmatch(on)
    if own is None and not (address.scheme == "ray" and address.hostname):
        raise OptionError(
            f"--on can't be {on!r}: write here, ray, ray:ACTORS, or ray://HOST for a cluster that runs"
        )
    from .ray_cluster import RayWorkplace

    try:
        if own is None:
            return RayWorkplace(on)
        return RayWorkplace(actors=int(own["actors"]) if own["actors"] else None)
    except ModuleNotFoundError as missing:
        raise OptionError(
            f"--on {on} needs the package {missing.name}: pip install 'concord-spec[ray]'"
        ) from None
