"""How long a round waits for a model, by a clock that moves only while everybody waits: no machine's load is in it."""

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple, Unpack

from ..graph.launching import launch
from ..graph.options import Options
from ..models.protocol import BaseModel, Failure, Reply, Request
from ..panel.records import Panel
from ..spec import Spec
from .worlds.shipped import inputs

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class WaitingClock(asyncio.SelectorEventLoop):
    """An event loop whose time stands still while anything runs, and jumps to the next timer when nothing does."""

    def __init__(self) -> None:
        super().__init__(selectors.DefaultSelector())
        self._moment = 0.0
        self._working = 0
        waiting: Any = self._selector  # type: ignore[attr-defined]  # a selector loop's own
        self._really = waiting.select
        waiting.select = self._select

    def time(self) -> float:
        return self._moment

    def _select(self, timeout: float | None) -> Any:
        ready = self._really(0 if timeout is not None else None)
        if ready or not timeout:
            return ready
        if self._working:
            return self._really(0.01)
        self._moment += timeout
        return ready

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> "asyncio.Future[T]":
        """Threads at work hold the clock."""
        work = super().run_in_executor(executor, func, *args)
        self._working += 1
        work.add_done_callback(self._done)
        return work

    def _done(self, _: Any) -> None:
        self._working -= 1


class Delayed:
    """A base model in this process behind a latency, so many requests at once."""

    def __init__(self, model: BaseModel, latency: float, at_once: int) -> None:
        self.model, self.latency = model, latency
        self.uri, self.identity = model.uri, model.identity
        wire = {"answers": "strict_schema", "concurrency": at_once}
        self.profile = model.profile.model_copy(update=wire)

    async def complete(self, request: Request, /) -> Reply | Failure:
        await asyncio.sleep(self.latency)
        return await self.model.complete(request)

    async def close(self) -> None:
        await self.model.close()


def wait_of_a_round(
    spec: Spec, panel: Panel, model: BaseModel, options: Options, *, latency: float, at_once: int
) -> tuple[float, int]:
    """Seconds that one round and the sealed test wait, and the calls they make. Raises what `launch` raises."""
    given = inputs(spec, panel, Delayed(model, latency, at_once), options.model_copy(update={"rounds": 1}))
    loop = WaitingClock()
    try:
        loop.run_until_complete(launch(given))
        return loop.time(), given.budget.spent.calls
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
