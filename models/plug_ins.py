"""Base models that others wrote: whatever goes wrong in one is told in one sentence, with its place."""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ..errors import ConcordError, ModelError
from .protocol import BaseModel, Failure, Profile, Reply, Request, one_line

T = TypeVar("T")
_ROOM = Path(__file__).resolve().parent


def guarded(label: str, work: Callable[[], T]) -> T:
    """What `work` returns. Raises ModelError for whatever it raises, with `label` and the place of the error."""
    try:
        return work()
    except ConcordError:
        raise
    except Exception as problem:  # somebody else's code may raise anything
        raise ModelError(_sentence(label, problem)) from problem


class PlugIn:
    """A base model from outside, held to the protocol."""

    def __init__(self, model: BaseModel, label: str) -> None:
        self._model = model
        self._label = label

    @property
    def uri(self) -> str:
        return self._model.uri

    @property
    def identity(self) -> str:
        return self._model.identity

    @property
    def profile(self) -> Profile:
        return self._model.profile

    async def complete(self, request: Request, /) -> Reply | Failure:
        try:
            result: object = await self._model.complete(request)
        except ConcordError:
            raise
        except Exception as problem:  # somebody else's code may raise anything
            raise ModelError(_sentence(self._label, problem)) from problem
        if isinstance(result, (Reply, Failure)):
            return result
        raise ModelError(f"{self._label} gave a {type(result).__name__} where a Reply or Failure is due")

    async def close(self) -> None:
        await self._model.close()


def held(label: str, model: object) -> BaseModel:
    """`model`, checked to be a base model. Raises ModelError."""

    def checked() -> BaseModel:
        if not isinstance(model, BaseModel):
            raise ModelError(
                f"{label} made a {type(model).__name__}, which is no base model: it needs uri, identity, profile, "
                "complete and close (see docs/models.md)"
            )
        for name, value, kind in (
            ("uri", model.uri, str), ("identity", model.identity, str), ("profile", model.profile, Profile),
        ):  # fmt: skip
            if not isinstance(value, kind):
                raise ModelError(f"{label}: its {name} is a {type(value).__name__}, not a {kind.__name__}")
        return PlugIn(model, label)

    return guarded(label, checked)


def _sentence(label: str, problem: Exception) -> str:
    reason = f": {one_line(str(problem))}" if str(problem) else ""
    return f"{label} failed with {type(problem).__name__}{reason} ({_location(problem)})"


def _location(problem: Exception) -> str:
    """File and line of the deepest frame that isn't this room's own."""
    if isinstance(problem, SyntaxError) and problem.filename:
        return f"{problem.filename}, line {problem.lineno}"
    frames = traceback.extract_tb(problem.__traceback__)
    outside = [frame for frame in frames if not Path(frame.filename).is_relative_to(_ROOM)]
    if not outside:
        return "in its own call"
    return f"{outside[-1].filename}, line {outside[-1].lineno}"
