"""Ray tasks behind the standard library's Executor."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, ParamSpec, TypeVar

import ray

P = ParamSpec("P")
T = TypeVar("T")


def _call(task: Callable[..., T], args: tuple[Any, ...], named: dict[str, Any]) -> T:
    return task(*args, **named)


class RayExecutor(Executor):
    """Tasks on the cluster's CPUs. A task whose node is lost is done again elsewhere."""

    def __init__(self) -> None:
        self._remote = ray.remote(_call)  # once: made anew for each task it costs twenty times as much

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        done: Future[T] = Future()
        self._remote.remote(fn, args, kwargs).future().add_done_callback(lambda came: _hand_on(came, done))
        return done


def _hand_on(came: "Future[T]", done: "Future[T]") -> None:
    """The result, or the error as the task raised it, without the cluster's wrapping."""
    problem = came.exception()
    if problem is None:
        done.set_result(came.result())
    else:
        cause = getattr(problem, "cause", None)
        done.set_exception(cause if isinstance(cause, BaseException) else problem)
