"""Concord revises a behaviour spec until it agrees with people.

    run = await concord.revise("spec.md", "data/", model="openai:gpt-5", max_usd=20)

`docs/python.md` shows each part. Importing this is light: what a name needs is imported when it is first used.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .faces import lazy

if TYPE_CHECKING:
    from .api.figures import agreement
    from .api.progress import Progress
    from .api.redlines import redline
    from .api.revise import resume, revise, revise_sync
    from .api.runs import Run, read_run
    from .api.source import load_panel
    from .api.trying import Tried, try_edit
    from .errors import BudgetEnded, CallFailed, ConcordError, InputError
    from .graph.options import Options
    from .graph.question import Answer, Question
    from .panel.records import Panel
    from .spec import Edit, Proposal, Redline, Spec, read_spec

__version__ = "0.3.0"

__all__ = [
    "Answer",
    "BudgetEnded",
    "CallFailed",
    "ConcordError",
    "Edit",
    "InputError",
    "Options",
    "Panel",
    "Progress",
    "Proposal",
    "Question",
    "Redline",
    "Run",
    "Spec",
    "Tried",
    "__version__",
    "agreement",
    "load_panel",
    "read_run",
    "read_spec",
    "redline",
    "resume",
    "revise",
    "revise_sync",
    "try_edit",
]

_find, __dir__ = lazy(
    __name__,
    {
        "Answer": ".graph.question",
        "BudgetEnded": ".errors",
        "CallFailed": ".errors",
        "ConcordError": ".errors",
        "Edit": ".spec",
        "InputError": ".errors",
        "Options": ".graph.options",
        "Panel": ".panel.records",
        "Progress": ".api.progress",
        "Proposal": ".spec",
        "Question": ".graph.question",
        "Redline": ".spec",
        "Run": ".api.runs",
        "Spec": ".spec",
        "Tried": ".api.trying",
        "load_panel": ".api.source",
        "read_run": ".api.runs",
        "read_spec": ".spec",
        "redline": ".api.redlines",
        "resume": ".api.revise",
        "revise": ".api.revise",
        "revise_sync": ".api.revise",
        "try_edit": ".api.trying",
    },
)


def __getattr__(name: str) -> Any:
    return import_module(".agreement", __name__) if name == "agreement" else _find(name)


class _Face(ModuleType):
    """This module, where `agreement` is both a function and the room of statistics that it is named after."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "agreement":
            value.__class__ = _callable(type(value))
        super().__setattr__(name, value)


def _callable(room: type[ModuleType]) -> type[ModuleType]:
    """A room's own class, for a room that is called as well."""

    class CallableRoom(room):  # type: ignore[misc,valid-type]  # a room's face has a class of its own
        def __call__(self, *args: Any, **settings: Any) -> Any:
            from .api.figures import agreement

            return agreement(*args, **settings)

    return CallableRoom


sys.modules[__name__].__class__ = _Face
