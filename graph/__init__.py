"""The loop: launch it, take it up again, and swap its policies."""

from typing import TYPE_CHECKING

from ..faces import lazy

if TYPE_CHECKING:
    from .context import RunContext, RunInputs
    from .estimating import RunEstimate, estimate
    from .launching import Approver, Finished, Paused, launch
    from .machine import build
    from .options import Options
    from .policies import Policies
    from .progress import Meter, Progress
    from .question import ANSWERS, Answer, Question
    from .records import Decision, Figure
    from .run_records import RunRecords
    from .sealed_records import SealedTest
    from .state import STOP_REASONS, StopReason
    from .summary import Summary

__all__ = [
    "ANSWERS",
    "STOP_REASONS",
    "Answer",
    "Approver",
    "Decision",
    "Figure",
    "Finished",
    "Meter",
    "Options",
    "Paused",
    "Policies",
    "Progress",
    "Question",
    "RunContext",
    "RunEstimate",
    "RunInputs",
    "RunRecords",
    "SealedTest",
    "StopReason",
    "Summary",
    "build",
    "estimate",
    "launch",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "ANSWERS": ".question",
        "Answer": ".question",
        "Approver": ".launching",
        "Decision": ".records",
        "Figure": ".records",
        "Finished": ".launching",
        "Meter": ".progress",
        "Options": ".options",
        "Paused": ".launching",
        "Policies": ".policies",
        "Progress": ".progress",
        "Question": ".question",
        "RunContext": ".context",
        "RunEstimate": ".estimating",
        "RunInputs": ".context",
        "RunRecords": ".run_records",
        "STOP_REASONS": ".state",
        "SealedTest": ".sealed_records",
        "StopReason": ".state",
        "Summary": ".summary",
        "build": ".machine",
        "estimate": ".estimating",
        "launch": ".launching",
    },
)
