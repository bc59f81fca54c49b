"""The places where a run may be carried out beside this process, and what is killed there: does it end with the same bytes?

What each run leaves is compared with a run here, in files, over the same reader.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from ..testing.batch_engine import BatchEngine
from ..testing.batch_server import Slowness
from ..testing.postgres import PostgresServer, postgres, why_not
from .scale_runs import Disturb, Ground, Ran
from .scale_server import Server

Progress = Callable[[str], None]
Place = Literal["ray", "postgres", "batch"]
PLACES: tuple[Place, ...] = ("ray", "postgres", "batch")
ACTORS = 4
ON_RAY = f"ray:{ACTORS}"
SLOWNESS = Slowness(late=0.2, expired_share=0.1, refused_share=0.05, troubled_share=0.4, page=20)
"""Of the queue: late, out of order, with lines that it doesn't come to and lines that fail."""
_LATE = SLOWNESS.model_copy(update={"late": 1.0})
"""So late that something can be killed between submit and collect."""
_DOWN = 1.0
"""Seconds that a killed server stays away."""


@dataclass(slots=True)
class Found:
    """What the runs of one place came to."""

    same: bool = True
    kill_same: bool | None = None
    """None: nothing was killed."""
    asked_twice: int = 0
    """Questions answered more often than in the run here, by the worst of the disturbed runs."""


def why_absent(place: Place) -> str | None:
    """Why a place can't be had, in a sentence; None where it can."""
    if place == "ray" and find_spec("ray") is None:
        return "Ray isn't installed: pip install 'concord-spec[ray]'"
    return why_not() if place == "postgres" else None


def compare(ground: Ground, wanted: Ran, place: Place, found: Found, *, kills: bool, say: Progress) -> None:
    """Carry out all runs of one place, and put down in `found` what they came to."""

    def told(name: str, ran: Ran, same: bool) -> str:
        again = (ran.answered - wanted.answered).total()
        return f"{ground.name}, {name}: {'the same' if same else 'different'}, {again} asked twice, {ran.seconds:.0f} s"

    for name, run in _UNDISTURBED[place].items():
        ran = run(ground)
        same = ran.outputs == _named(ground, name, wanted)
        found.same &= same
        say(told(name, ran, same))
    for name, killed in (_DISTURBED[place] if kills else {}).items():
        ran = killed(ground, wanted.answered.total())
        same = ran.outputs == wanted.outputs
        found.kill_same = same and found.kill_same is not False
        found.asked_twice = max(found.asked_twice, (ran.answered - wanted.answered).total())
        say(told(f"{name} killed", ran, same))


def _named(ground: Ground, name: str, wanted: Ran) -> dict[str, bytes]:
    """What is wanted of a run. Its model's name stands in the summary: a folder's is another one than its server's."""
    if name != "batches in a folder":
        return wanted.outputs
    live, files = (ground.uris[each].encode() for each in ("live", "files"))
    return {output: content.replace(live, files) for output, content in wanted.outputs.items()}


# Left alone


def _on_ray(ground: Ground) -> Ran:
    return ground.run("ray", "--model", "live", "--on", ON_RAY)


def _on_postgres(ground: Ground) -> Ran:
    with postgres() as server:
        return ground.run("postgres", "--model", "live", store=server.database())


def _by_batches(ground: Ground) -> Ran:
    return ground.run("queue", "--model", "queue", slowness=SLOWNESS)


def _by_files(ground: Ground) -> Ran:
    with BatchEngine(ground.batch_folder, ground.reader.answers(), left_out=SLOWNESS.expired_share):
        return ground.run("files", "--model", "files")


# Killed


def _an_actor(ground: Ground, calls: int) -> Ran:
    def kill(process: "subprocess.Popen[bytes]", server: Server) -> "subprocess.Popen[bytes]":
        _until(lambda: server.count > calls // 3, process)
        asker = next((pid for pid, title in below(process.pid) if title.startswith("ray::Asker")), None)
        if asker is None:
            raise RuntimeError("no actor was found to kill")
        os.kill(asker, signal.SIGKILL)
        return process

    return ground.run("actor", "--model", "live", "--on", ON_RAY, disturb=kill)


def _the_driver(ground: Ground, calls: int) -> Ran:
    words = ("--on", ON_RAY)
    reached = partial(_answered, calls // 3)
    kill = _kill_and_resume(ground, "driver", reached, *words)
    return ground.run("driver", "--model", "live", *words, disturb=kill)


def _the_database(ground: Ground, calls: int) -> Ran:
    with postgres() as database:
        return ground.run(
            "database", "--model", "live", store=database.database(), disturb=_power_cuts(database, calls)
        )


def _power_cuts(database: PostgresServer, calls: int) -> Disturb:
    def kill(process: "subprocess.Popen[bytes]", server: Server) -> "subprocess.Popen[bytes]":
        for part in (1, 2):
            _until(lambda part=part: server.count > calls * part // 3, process)  # type: ignore[misc]  # bound at once
            database.kill()
            time.sleep(_DOWN)
            database.start()
        return process

    return kill


def _the_queue(ground: Ground, calls: int) -> Ran:
    def kill(process: "subprocess.Popen[bytes]", server: Server) -> "subprocess.Popen[bytes]":
        for part, slowness in ((1, _LATE), (2, SLOWNESS)):
            _until(lambda part=part: _waits(calls * part // 8, server), process)  # type: ignore[misc]  # bound at once
            server.kill()
            time.sleep(_DOWN)
            server.start(slowness)
        return process

    return ground.run("late-queue", "--model", "queue", slowness=_LATE, disturb=kill)


def _who_waits(ground: Ground, calls: int) -> Ran:
    kill = _kill_and_resume(ground, "waiter", partial(_waits, calls // 8), then=SLOWNESS)
    return ground.run("waiter", "--model", "queue", slowness=_LATE, disturb=kill)


def _kill_and_resume(
    ground: Ground, name: str, reached: Callable[[Server], bool], *words: str, then: Slowness | None = None
) -> Disturb:
    """The run's own process dies; another one goes on. `then`: the queue is as slow as this from then on."""

    def kill(process: "subprocess.Popen[bytes]", server: Server) -> "subprocess.Popen[bytes]":
        _until(lambda: reached(server), process)
        process.kill()
        process.wait()
        if then is not None:
            server.kill()
            server.start(then)
        return ground.case.start(name, *words)

    return kill


def _answered(count: int, server: Server) -> bool:
    return server.count > count


def _waits(count: int, server: Server) -> bool:
    """Whether batches wait that the server hasn't begun to answer, so many questions having been answered before."""
    waiting = server.waiting
    return server.count > count and bool(waiting) and max(waiting) < 0.7 * _LATE.late


def _until(reached: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    """Raises RuntimeError where the process ends before."""
    while not reached():
        if process.poll() is not None:
            raise RuntimeError("the run ended before anything was killed")
        time.sleep(0.05)


def below(pid: int) -> Iterator[tuple[int, str]]:
    """Every process that `pid` started, directly or not, with its title."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    family, grown = {pid}, True
    while grown:
        more = {each for each, parent in parents.items() if parent in family} - family
        grown = bool(more)
        family |= more
    for each in sorted(family - {pid}):
        try:
            yield each, (Path("/proc") / str(each) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue


_UNDISTURBED: Mapping[Place, Mapping[str, Callable[[Ground], Ran]]] = {
    "ray": {f"Ray with {ACTORS} actors": _on_ray},
    "postgres": {"PostgreSQL": _on_postgres},
    "batch": {"a queue of batches": _by_batches, "batches in a folder": _by_files},
}
_DISTURBED: Mapping[Place, Mapping[str, Callable[[Ground, int], Ran]]] = {
    "ray": {"an actor": _an_actor, "the driver": _the_driver},
    "postgres": {"the database, twice": _the_database},
    "batch": {"the queue's server, twice": _the_queue, "who waits for the queue": _who_waits},
}
