"""The loop: launch it, take it up again, and swap its policies."""

from .context import RunContext, RunInputs
from .estimate import RunEstimate, estimate
from .launch import Approver, Finished, Paused, launch
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
