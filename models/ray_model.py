"""A base model whose questions are asked by actors on the nodes of a Ray cluster.

Questions gather for a moment and go out in shards; answers come back as they are there. A shard whose actor is lost is asked
again by a new one, unless its answer was here already. Nothing is recorded on the nodes: cache, log and budget stay with whoever
asks this model.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import ray
import ray.exceptions
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from ..errors import CallFailed, ConcordError
from ..records import digest
from .executors import Opener
from .protocol import BaseModel, Failure, Profile, Reply, Request
from .ray_actors import Asker, Pace

SHARD = 50
"""Questions of one shard at the most."""
_GATHER = 0.002
"""Seconds that a first question waits for others to go out with it."""
_LOST = (ray.exceptions.RayActorError, ray.exceptions.ActorUnschedulableError)
"""An actor is gone, or the node that it was to be on."""
_MOST_LOSSES = 4
"""Times that a question may be lost with its actor: one that brings down whoever asks it is given up."""


@dataclass(slots=True)
class _Question:
    request: Request
    answer: "asyncio.Future[Reply | Failure]"
    losses: int = 0


@dataclass(slots=True, eq=False)
class _Worker:
    """An actor, what it is asked, and the task that fetches its answers."""

    actor: Any
    node: str
    asked: dict[int, _Question] = field(default_factory=dict)
    fetching: "asyncio.Task[None] | None" = None


class RayModel:
    """Another base model, spread over a cluster. It asks no more at once than that one's profile says, all actors together."""

    def __init__(self, model: BaseModel, opener: Opener, actors: int) -> None:
        self._model = model
        self._opener = opener
        self._count = actors
        self._workers: list[_Worker] = []
        self._waiting: list[tuple[int, _Question]] = []
        self._number = 0
        self._timer: asyncio.TimerHandle | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self._pace: Any = None

    @property
    def uri(self) -> str:
        return self._model.uri

    @property
    def identity(self) -> str:
        return self._model.identity

    @property
    def profile(self) -> Profile:
        """The model's, without rates (the cluster's pace keeps them) and without a time-out (the node has it)."""
        return self._model.profile.model_copy(
            update={"requests_per_minute": None, "tokens_per_minute": None, "timeout": None}
        )

    @property
    def actors(self) -> tuple[Any, ...]:
        """The handles of those who ask, once anything was asked."""
        return tuple(worker.actor for worker in self._workers)

    async def complete(self, request: Request, /) -> Reply | Failure:
        loop = asyncio.get_running_loop()
        self._number += 1
        question = _Question(request, loop.create_future())
        self._waiting.append((self._number, question))
        if self._timer is None:
            self._timer = loop.call_later(_GATHER, self._hand_over)
        number = self._number
        try:
            return await question.answer
        except asyncio.CancelledError:
            self._forget(number)
            raise

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        tasks = [*self._sending, *(one.fetching for one in self._workers if one.fetching is not None)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        closing = [_awaited(worker.actor.close.remote()) for worker in self._workers]
        await asyncio.gather(*closing, return_exceptions=True)
        for worker in self._workers:
            ray.kill(worker.actor)
        self._workers = []
        await self._model.close()

    def _open(self) -> None:
        """The actors, spread over the nodes, and the pace that they share with all runs on the cluster."""
        if self._workers:
            return
        profile = self._model.profile
        rates = (profile.requests_per_minute, profile.tokens_per_minute)
        if any(rate is not None for rate in rates):
            named = f"pace-{digest([self.identity, rates])[:16]}"
            keeper = ray.remote(Pace).options(
                name=named, get_if_exists=True, lifetime="detached", num_cpus=0, max_restarts=-1, max_task_retries=-1,
                max_concurrency=1000,
            )  # fmt: skip
            self._pace = keeper.remote(*rates)
        self._asker = ray.remote(Asker)
        for _ in range(self._count):
            self._workers.append(_Worker(*self._new()))

    def _new(self) -> tuple[Any, str]:
        """An actor on the node that works and has the fewest of them, and that node's id.

        A node without a CPU works on nothing: it may be a head that has no model server.
        """
        working = [node["NodeID"] for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU")]
        taken = Counter(worker.node for worker in self._workers)
        node = min(working, key=lambda each: taken[each], default="")
        place = NodeAffinitySchedulingStrategy(node, soft=False) if node else "SPREAD"
        made = self._asker.options(num_cpus=0, scheduling_strategy=place, max_concurrency=10_000)
        return made.remote(self._opener, self._model.profile, self._pace), node

    def _forget(self, number: int) -> None:
        self._waiting = [(each, question) for each, question in self._waiting if each != number]
        for worker in self._workers:
            if worker.asked.pop(number, None) is not None:
                worker.actor.cancel.remote([number])

    def _hand_over(self) -> None:
        """Deal what waits out to those with the least to do, in shards."""
        self._timer = None
        waiting, self._waiting = self._waiting, []
        waiting = [(number, question) for number, question in waiting if not question.answer.done()]
        if not waiting:
            return
        self._open()
        size = min(SHARD, -(-len(waiting) // len(self._workers)))
        for start in range(0, len(waiting), size):
            worker = min(self._workers, key=lambda each: len(each.asked))
            shard = waiting[start : start + size]
            worker.asked |= dict(shard)
            task = asyncio.create_task(self._send(worker, shard))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
            if worker.fetching is None or worker.fetching.done():
                worker.fetching = asyncio.create_task(self._fetch(worker))

    async def _send(self, worker: _Worker, shard: list[tuple[int, _Question]]) -> None:
        actor = worker.actor
        try:
            await _awaited(actor.submit.remote([(number, question.request) for number, question in shard]))
        except _LOST:
            self._lost(worker, actor)
        except Exception as problem:  # it must reach who asked
            for number, question in shard:
                worker.asked.pop(number, None)
                _fail(question, problem)

    async def _fetch(self, worker: _Worker) -> None:
        """Answers of one actor, as long as anything is asked of it."""
        while worker.asked:
            actor = worker.actor
            try:
                came = await _awaited(actor.take.remote())
            except _LOST:
                self._lost(worker, actor)
                continue
            except Exception as problem:  # it must reach who asked
                for question in worker.asked.values():
                    _fail(question, problem)
                worker.asked = {}
                return
            for number, result in came:
                if (asked := worker.asked.pop(number, None)) is not None and not asked.answer.done():
                    asked.answer.set_result(result)

    def _lost(self, worker: _Worker, actor: Any) -> None:
        """Another actor in the place of a lost one; its questions wait again."""
        if worker.actor is not actor:
            return  # told of it already
        with contextlib.suppress(Exception):  # one that only can't be reached must not go on asking
            ray.kill(actor)
        asked, worker.asked = worker.asked, {}
        worker.actor, worker.node = self._new()
        for number, question in asked.items():
            question.losses += 1
            if question.answer.done():
                continue
            if question.losses < _MOST_LOSSES:
                self._waiting.append((number, question))
            else:
                lost = f"whoever asked it was lost {question.losses} times"
                question.answer.set_result(Failure(message=lost, retryable=True))
        if self._waiting and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_GATHER, self._hand_over)


class RayWireModel(RayModel):
    """One whose model is on a wire: it can be tried before a run, from a node."""

    async def probe(self, fields: Mapping[str, Any], /) -> Any:
        """As `OnWire.probe`."""
        self._open()
        try:
            return await _awaited(self._workers[0].actor.probe.remote(dict(fields)))
        except Exception as problem:  # an actor's error, wrapped by Ray
            cause = getattr(problem, "cause", None)
            if isinstance(cause, ConcordError):
                raise cause from None
            return Failure(message=_line(problem))


def _fail(question: _Question, problem: Exception) -> None:
    """An error on the node, as it would have been raised here."""
    if question.answer.done():
        return
    cause = getattr(problem, "cause", None)
    if isinstance(cause, ConcordError) or not isinstance(problem, ray.exceptions.RayError):
        question.answer.set_exception(cause if isinstance(cause, ConcordError) else problem)
    elif isinstance(cause, Exception):
        question.answer.set_exception(cause)
    else:
        question.answer.set_exception(CallFailed(f"the cluster: {_line(problem)}"))


async def _awaited(reference: Any) -> Any:
    return await asyncio.wrap_future(reference.future())


def _line(problem: BaseException) -> str:
    return " ".join(str(problem).split())[:300] or type(problem).__name__
