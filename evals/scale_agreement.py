"""How long `concord agreement` takes on packed panels of growing size, and how much memory."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ..records import Record
from .scale_data import write_panel

Progress = Callable[[str], None]


class Took(Record):
    """One process of `concord agreement`, from its start to its end."""

    seconds: float
    """Wall time."""
    cpu: float
    """Seconds of computing."""
    mb: float
    """Largest resident size in MB of 1e6 bytes."""


def measured(sizes: Sequence[int], seed: int, say: Progress, *, repeats: int = 3) -> dict[int, Took]:
    """By size of the panel: the quickest of the repeats, since other work on the machine only ever slows one down."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="concord-scale-") as scratch:
        for size in sizes:
            data, rankings = write_panel(Path(scratch), size, seed)
            took = [_one(data, rankings, Path(scratch)) for _ in range(repeats)]
            found[size] = min(took, key=lambda each: each.seconds)
            say(f"{size:,} assessments: {found[size].seconds:.2f} s, {found[size].mb:.0f} MB")
            data.unlink()
    return found


def exponent(took: dict[int, float]) -> float:
    """The power of the size by which seconds grow: the slope of their logarithms."""
    sizes, seconds = np.log(list(took)), np.log(list(took.values()))
    return float(np.polyfit(sizes, seconds, 1)[0])


def _one(data: Path, rankings: Path, home: Path) -> Took:
    """One process, started by a small one: a child's largest size counts what it was forked from."""
    words = ["agreement", "--data", str(data), "--rankings", str(rankings), "--json"]
    told = subprocess.run(
        [sys.executable, "-c", _LAUNCHER, sys.executable, "-m", "concord", *words],
        stdout=subprocess.PIPE, env={**os.environ, "CONCORD_HOME": str(home)}, check=True,
    ).stdout  # fmt: skip
    return Took.model_validate_json(told)


_LAUNCHER = """
import json, resource, subprocess, sys, time
began = time.perf_counter()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
seconds = time.perf_counter() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
unit = 1 if sys.platform == "darwin" else 1024
print(json.dumps({"seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "mb": used.ru_maxrss * unit / 1e6}))
"""
