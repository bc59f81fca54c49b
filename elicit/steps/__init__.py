"""The kinds of steps that a person takes: what each shows, and what it makes of a form."""

from typing import TYPE_CHECKING

from ...faces import lazy

if TYPE_CHECKING:
    from .protocol import Asked, Form, Given, Step, StepKind
    from .walk import STEP_KINDS, Walk

__all__ = ["STEP_KINDS", "Asked", "Form", "Given", "Step", "StepKind", "Walk"]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "Asked": ".protocol",
        "Form": ".protocol",
        "Given": ".protocol",
        "STEP_KINDS": ".walk",
        "Step": ".protocol",
        "StepKind": ".protocol",
        "Walk": ".walk",
    },
)
