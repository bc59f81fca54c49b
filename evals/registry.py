"""The experiments by name: `concord eval NAME` runs one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol, cast

from ..errors import OptionError
from ..records import Record

Progress = Callable[[str], None]
Figures = dict[str, float | str | None]
"""A figure is a number, or the name of what came out (`best_rival`); None: nothing to tell by."""


class Experiment(Protocol):
    """An eval module's face: `Config`, a record of its knobs, and `run`."""

    Config: type[Record]

    @staticmethod
    def run(
        config: Any, *, seeds: int, seed: int, progress: Progress | None = None
    ) -> Awaitable[Figures]: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """Where an experiment is, what it shows, and how many worlds or repeats it takes unless told."""

    module: str
    about: str
    seeds: int = 1

    def load(self) -> Experiment:
        """Raises OptionError where an extra that it needs isn't installed."""
        try:
            return cast(Experiment, import_module(self.module, __package__))
        except ModuleNotFoundError as missing:
            raise OptionError(f"this experiment needs {missing.name}, which isn't installed") from None


EXPERIMENTS: dict[str, Entry] = {
    "example": Entry(".example_worlds", "the demo's loop on example worlds of other seeds", 20),
    "statistics": Entry(
        ".statistics", "figures by a plain loop and by the shipped code, times and coverage", 400
    ),
    "null": Entry(
        ".null.experiment",
        "edits that bring nothing, of six kinds on three panels: how often one is adopted",
        500,
    ),
    "rules": Entry(".rules", "error and power of every trial rule on one harness"),
    "promises": Entry(
        ".promises", "runs of trials drawn at random: does each promise hold, and what does it find", 500
    ),
    "worlds": Entry(
        ".worlds.benchmark", "planted worlds: what the loop finds, at what cost, beside its rivals", 20
    ),
    "throughput": Entry(
        ".throughput", "a ranker pass over the wire against a bare client, and how long a round waits"
    ),
    "scale": Entry(
        ".scale",
        "other places, other stores, larger data: the same bytes, and at what cost of time and memory",
    ),
    "faults": Entry(".faults", "the same rankings from a server that fails in every way"),
    "pages": Entry(".pages", "how fast the review's pages are on a run of 200,000 calls"),
    "elicit": Entry(
        ".elicit", "many people answer a study at once: is every answer stored, once, and how soon"
    ),
    "validator": Entry(".validator", "the validator on labelled justifications: recalls, lean, injections"),
    "votes": Entry(
        ".votes",
        "direct votes of a few beside verdicts on all: coverage and width of the corrected share",
        500,
    ),
    "kills": Entry(".kills", "runs killed at any moment and resumed: the same bytes as one left alone", 200),
    "manipulation": Entry(".manipulation", "how many colluding participants turn a decision: a curve", 200),
    "fuzz": Entry(".fuzz", "hostile input without end for parsers, edits, importers and answers"),
    "injection": Entry(".injection", "planted instructions: what of other items they move"),
    "groups": Entry(
        ".groups.experiment",
        "two groups that want the opposite in three places: what overlays hold, and err",
        5,
    ),
    "answer-key": Entry("..review.answer_key", "the spec's own labelled examples as a test of a ranker"),
}
