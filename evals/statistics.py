"""`concord eval statistics`: the shipped statistics against plain loops, their time and memory, and the
coverage of the intervals.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Callable, Mapping

import numpy as np
from pydantic import Field

from ..agreement.consensus import others_consensus
from ..agreement.intervals import bootstrap, resampled_weights, weighted_means
from ..agreement.measures import Places, pair_agreement, tau_b, top_choice
from ..agreement.people import CHANGE, People
from ..errors import OptionError
from ..panel.ranking import Ranking
from ..records import Record
from .coverage import Rankers, coverage
from .plain_loop import Cell, Compare, Said, cells_of, macro_means, others_agreement, two_way_interval
from .synthetic.people import PanelShape, SimulatedPanel, rankings_of, simulate_panel

MILLION = PanelShape(conversations=58_600, participants=55_000, assessments=1_000_000, duplicates=6_000)


class Config(Record):
    """Knobs of the experiment; the number of simulated panels for the coverage is `--seeds`."""

    shape: PanelShape = Field(PanelShape(), description="the panel that is timed, and simulated for coverage")
    large: PanelShape = Field(MILLION, description="the panel whose memory is measured")
    rankers: Rankers = Field(Rankers(), description="the two rankers that are compared")
    resamples: int = Field(10_000, ge=1, description="resamples of the timed bootstrap")
    plain_resamples: int = Field(50, ge=1, description="resamples of the plain loop")
    large_resamples: int = Field(200, ge=0, description="resamples on the large panel")
    truth: int = Field(100_000, ge=100, description="conversations of the panel that gives the true values")
    memory: bool = Field(True, description="measure peak memory, each in a process of its own")


class Measured(Record):
    """One pass of all figures over a panel."""

    seconds: float
    peak_mb: float
    """The process's largest resident size, interpreter and libraries included."""


async def run(
    config: Config, *, seeds: int, seed: int, progress: Callable[[str], None] | None = None
) -> dict[str, float | None]:
    """Figures by name. `seeds`: panels simulated for the coverage; `seed`: the first."""
    if seeds < 1:
        raise OptionError("--seeds must be 1 or more")
    say = progress or (lambda _: None)
    say("the plain loop")
    panel = simulate_panel(config.shape, seed)
    figures: dict[str, float | None] = {}
    figures.update(await asyncio.to_thread(compare, panel, config, seed))
    for name, shape, resamples, records in (
        ("ca1", config.shape, config.resamples, True),
        ("million", config.large, config.large_resamples, False),
    ):
        say(f"{shape.assessments:,} assessments, {resamples:,} resamples")
        if config.memory:
            told = await _apart(shape, config.rankers, resamples=resamples, records=records, seed=seed)
            figures |= {f"seconds_{name}": told.seconds, f"peak_mb_{name}": told.peak_mb}
    figures |= await asyncio.to_thread(
        coverage, config.shape, config.rankers, panels=seeds, seed=seed, truth=config.truth, progress=progress
    )
    return figures


def compare(panel: SimulatedPanel, config: Config, seed: int) -> dict[str, float | None]:
    """The shipped code beside the plain loop: largest difference of any figure, and time a resample."""
    before, after = config.rankers.rank(panel, seed + 1)
    people = panel.people()
    said, tables = _plainly(panel, (before, after))
    cells = _with_change(cells_of(said, tables, pair_agreement))
    differences = _points(people, said, cells, before, after) + _compared(
        people, said, tables, (before, after)
    )

    names, persons = people.conversations, people.participants
    rng = np.random.default_rng(seed)
    conversations = resampled_weights(len(names), config.plain_resamples, rng)
    participants = resampled_weights(len(persons), config.plain_resamples, rng)
    started = time.perf_counter()
    plain = []
    for number in range(config.plain_resamples):
        drawn = dict(zip(names, conversations[:, number].tolist(), strict=True))
        votes = dict(zip(persons, participants[:, number].tolist(), strict=True))
        plain.append(macro_means(cells, drawn, votes))
    plain_seconds = (time.perf_counter() - started) / config.plain_resamples

    values, known = _values(people, before, after)
    inside = people.clusters.pick(known)
    shipped = weighted_means(values, inside, conversations, participants)
    differences.append(float(np.abs(shipped.T - np.array(plain)).max()))
    started = time.perf_counter()
    bootstrap(values, inside, resamples=config.resamples, seed=seed)
    shipped_seconds = (time.perf_counter() - started) / config.resamples
    return {
        "time_ratio": plain_seconds / shipped_seconds,
        "plain_ms_a_resample": plain_seconds * 1e3,
        "shipped_ms_a_resample": shipped_seconds * 1e3,
        "max_abs_difference": max(differences),
    }


def measure(shape: PanelShape, rankers: Rankers, *, resamples: int, records: bool, seed: int) -> Measured:
    """Level, gain, top choice, tau-b, leave-one-out and a bootstrap of one panel, in this process.

    `records`: the panel is compiled from records, as a run does. Simulating it isn't timed.
    """
    panel = simulate_panel(shape, seed)
    before, after = rankers.rank(panel, seed + 1)
    told = panel.records() if records else None
    started = time.perf_counter()
    people = panel.people() if told is None else People.compile(told)
    if told is not None:
        rows = [int(name[1:]) for name in people.conversations]
        before, after = before[rows], after[rows]
    old, new = people.agreements(before), people.agreements(after)
    people.mean(new)
    people.mean(new - old, bounds=CHANGE)
    people.mean(people.top_choices(after))
    people.mean(people.taus(after), bounds=CHANGE)
    people.mean(others_consensus(people))
    if resamples:
        values, known = _values(people, before, after)
        bootstrap(values, people.clusters.pick(known), resamples=resamples, seed=seed)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Measured(seconds=seconds, peak_mb=peak / (1024 if sys.platform != "darwin" else 1024**2))


def _values(people: People, before: Places, after: Places) -> tuple[list[np.ndarray], np.ndarray]:
    """Level before, level after and gain per assessment, where they are defined; and where that is."""
    old, new = people.agreements(before), people.agreements(after)
    known = ~np.isnan(old)
    return [old[known], new[known], (new - old)[known]], known


def _plainly(
    panel: SimulatedPanel, rankers: tuple[Places, ...]
) -> tuple[list[Said], list[Mapping[str, Ranking]]]:
    said = [
        Said(f"c{conversation}", f"p{participant}", ranking)
        for conversation, participant, ranking in zip(
            panel.conversation.tolist(),
            panel.participant.tolist(),
            rankings_of(panel.places, panel.labels),
            strict=True,
        )
    ]
    names = panel.conversation_ids
    return said, [dict(zip(names, rankings_of(each, panel.labels), strict=True)) for each in rankers]


def _with_change(cells: list[Cell]) -> list[Cell]:
    return [
        Cell(cell.conversation, cell.participant, (*cell.values, cell.values[1] - cell.values[0]))
        for cell in cells
    ]


def _points(
    people: People, said: list[Said], cells: list[Cell], before: Places, after: Places
) -> list[float]:
    """Differences in levels, gain, their intervals, and leave-one-out."""
    old, new = people.agreements(before), people.agreements(after)
    wide = (-9.0, 9.0)
    shipped = [people.mean(each, bounds=wide) for each in (old, new, new - old)]
    plain = macro_means(cells)
    others = others_agreement(said)
    found = [
        (people.mean(others_consensus(people)).estimate, sum(others.values()) / len(others)),
        *((one.estimate, value) for one, value in zip(shipped, plain, strict=True)),
    ]
    for figure, one in enumerate(shipped):
        low, high = two_way_interval(cells, figure)
        found += [(one.low, low), (one.high, high)]
    return [abs((mine if mine is not None else np.nan) - theirs) for mine, theirs in found]


def _compared(
    people: People, said: list[Said], tables: list[Mapping[str, Ranking]], rankers: tuple[Places, ...]
) -> list[float]:
    """Differences in top choice and tau-b of each ranker."""
    measures: list[tuple[Compare, Callable[[Places], np.ndarray]]] = [
        (top_choice, people.top_choices),
        (tau_b, people.taus),
    ]
    found = []
    for plain, shipped in measures:
        for table, places in zip(tables, rankers, strict=True):
            mine = people.mean(shipped(places), bounds=CHANGE).estimate
            theirs = macro_means(cells_of(said, [table], plain))[0]
            found.append(abs((mine if mine is not None else np.nan) - theirs))
    return found


async def _apart(
    shape: PanelShape, rankers: Rankers, *, resamples: int, records: bool, seed: int
) -> Measured:
    """`measure` in a fresh process, so that its peak memory is its own."""
    order = {
        "shape": shape.model_dump(),
        "rankers": rankers.model_dump(),
        "resamples": resamples,
        "records": records,
        "seed": seed,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, json.dumps(order), stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"measuring {shape.assessments} assessments ended with code {process.returncode}")
    return Measured.model_validate_json(printed)


def _main(order: str) -> None:
    told = json.loads(order)
    shape, rankers = PanelShape(**told["shape"]), Rankers(**told["rankers"])
    measured = measure(
        shape, rankers, resamples=told["resamples"], records=told["records"], seed=told["seed"]
    )
    sys.stdout.write(measured.model_dump_json())


if __name__ == "__main__":
    _main(sys.argv[1])
