"""The machine's nodes: plain functions of state and run context, each on one screen."""

from .adopt import adopt
from .conclude import conclude
from .consolidate import consolidate
from .decide import decide
from .measure import measure
from .propose import propose
from .screen import screen
from .select import select
from .trial import trial
from .turn import turn
from .validate import validate

__all__ = [
    "adopt",
    "conclude",
    "consolidate",
    "decide",
    "measure",
    "propose",
    "screen",
    "select",
    "trial",
    "turn",
    "validate",
]
