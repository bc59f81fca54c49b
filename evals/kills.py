"""Kills: does a run that was killed, at any moment, once or twice, end with the bytes of one that was left alone?

Every disturbed run is a process of `concord run` that dies of a real signal and is resumed by another process. Its
revised spec and its summary are compared with those of an undisturbed run, byte for byte. The moments are the
entry and exit of every node of every round, every write, and random times; the runs answer in process or over a
slow wire, alone or with a person who adopts.
"""

import asyncio
import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import Field

from ..records import Record
from ..testing.behaviour import Behaviour
from ..testing.embedded_answers import EmbeddedAnswers
from ..testing.fake_server import ChatServer
from ..testing.small_example import write_small_example
from .kill_points import KillPoint, Signal, run_concord

Progress = Callable[[str], None]
Manner = Literal["process", "wire", "approval"]
MANNERS: tuple[Manner, ...] = ("process", "wire", "approval")
SIGNALS: tuple[Signal, ...] = ("KILL", "TERM", "HUP")
PAUSED = 3
_OUTPUTS = ("summary.json", "spec.md", "spec.proven.md")
_LIMIT = 300.0
"""Seconds that a process may take: one that takes longer hangs."""


class Config(Record):
    conversations: int = Field(60, ge=20)
    """Of the bundled example, those that the runs have."""
    rounds: int = Field(2, ge=1)
    """Rounds of each run."""
    latency: float = Field(0.4, ge=0)
    """Seconds that the server behind the wire takes for an answer."""
    at_once: int = Field(64, ge=1)
    """Requests in flight over the wire."""
    manners: tuple[Manner, ...] = MANNERS
    """process (answers in process), wire (a slow server), approval (a person adopts or sets aside)."""
    twice: float = Field(0.3, ge=0, le=1)
    """The share of runs that are killed a second time, while they are resumed."""
    at_random: float = Field(0.3, ge=0, le=1)
    """The share of kills at a random time instead of a named point."""


async def run(
    config: Config, *, seeds: int = 200, seed: int = 0, progress: Progress | None = None
) -> dict[str, float | None]:
    """Figures: `runs` disturbed, `kills`, `different` outputs, `unresumable` (an exit that is neither the end nor a
    pause), `paid_twice_max` (questions answered once more than in the undisturbed run, by one run, a kill), and
    `in_flight`, the most that one kill may cost.
    """
    return await asyncio.to_thread(_run, config, seeds, seed, progress or (lambda _: None))


def _run(config: Config, seeds: int, seed: int, progress: Progress) -> dict[str, float | None]:
    with tempfile.TemporaryDirectory(prefix="concord-kills-") as scratch:
        grounds = {manner: _Ground(config, manner, Path(scratch) / manner) for manner in config.manners}
        found = [
            grounds[config.manners[number % len(config.manners)]].disturbed(number, progress)
            for number in range(seed, seed + seeds)
        ]
        for ground in grounds.values():
            ground.close()
    return {
        "runs": float(len(found)),
        "kills": float(sum(each.kills for each in found)),
        "different": float(sum(each.different for each in found)),
        "unresumable": float(sum(each.unresumable for each in found)),
        "paid_twice_max": float(max((each.paid_twice for each in found), default=0)),
        "in_flight": float(config.at_once if "wire" in config.manners else 0),
    }


class Moment(Record):
    """When a process is killed: at a point, or some seconds after it began."""

    point: KillPoint | None = None
    after: float | None = None
    signal: Signal = "KILL"

    def __str__(self) -> str:
        if self.point:
            return f"at {self.point.place} {self.point.number} by {self.point.signal}"
        return f"after {self.after:.2f} s by {self.signal}"


@dataclass
class Disturbed:
    """What became of one run."""

    kills: int = 0
    different: bool = False
    unresumable: bool = False
    paid_twice: int = 0
    """Questions answered again, a kill (the mean over this run's kills, rounded up)."""
    told: str = ""


@dataclass
class _Ground:
    """Everything that the disturbed runs of one manner share: files, server, and the undisturbed run."""

    config: Config
    manner: Manner
    folder: Path
    wanted: dict[str, bytes] = field(default_factory=dict)
    points: list[KillPoint] = field(default_factory=list)
    answered: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.spec, self.data = write_small_example(self.folder, self.config.conversations)
        self.server: ChatServer | None = None
        if self.manner == "wire":
            self.server = ChatServer(EmbeddedAnswers(), Behaviour(latency=self.config.latency))
            self.server.__enter__()
            (self.folder / "models.toml").write_text(
                f'[models.slow]\nuri = "openai:slow@{self.server.url}"\nconcurrency = {self.config.at_once}\n'
            )
        self.lab = multiprocessing.get_context("forkserver")
        self.lab.set_forkserver_preload(
            ["concord.evals.kill_points", "concord.cli.running", "concord.cli.run"]
        )
        one = _Run(self, "undisturbed")
        began = time.monotonic()
        code = one.to_the_end()
        self.seconds = time.monotonic() - began
        if code != 0:
            raise RuntimeError(f"the undisturbed run of {self.manner} ended with {code}: {one.said()}")
        self.wanted = one.outputs()
        self.points = list(every_point(one.passed, random.Random(f"points/{self.manner}")))
        self.answered = one.answered()

    def close(self) -> None:
        if self.server:
            self.server.__exit__(None, None, None)

    def _moment(self, number: int, draw: random.Random) -> "Moment":
        """At a random time in the configured share of the numbers, spread evenly; else the next named point."""
        turn, share = number // len(self.config.manners), self.config.at_random
        if int((turn + 1) * share) > int(turn * share):
            return Moment(after=draw.uniform(0.0, self.seconds), signal=draw.choice(SIGNALS))
        return Moment(point=self.points[(turn - int(turn * share)) % len(self.points)])

    def disturbed(self, number: int, progress: Progress) -> Disturbed:
        """A run killed at the moments that belong to `number`."""
        draw = random.Random(f"kill/{number}")
        found, one = Disturbed(), _Run(self, f"killed-{number}")
        first = self._moment(number, draw)
        while not one.killed(first):
            # It ended before its moment came: another run, killed earlier.
            one.clean()
            one = _Run(self, one.home.name)
            first = Moment(after=draw.uniform(0.0, first.after or self.seconds), signal=first.signal)
        found.kills, found.told = 1, f"{first}; "
        if draw.random() < self.config.twice:
            second = self._moment(draw.randrange(10**6), draw)
            hit = one.killed(second)
            found.kills += hit
            found.told += f"{second}{'' if hit else ' did not come'}; "
        code = one.to_the_end()
        found.unresumable = code != 0
        found.different = code == 0 and one.outputs() != self.wanted
        again = one.answered() - self.answered
        found.paid_twice = -(-again.total() // found.kills)
        if found.unresumable or found.different:
            progress(f"{self.manner} {number}: {found.told} {'different' if found.different else one.said()}")
        elif number % 10 == 9:
            progress(f"{self.manner} {number}: {found.told} the same")
        one.clean()
        return found


class _Run:
    """One run, in a home of its own, and its processes one after another."""

    def __init__(self, ground: _Ground, name: str) -> None:
        self.ground = ground
        self.home = ground.folder / name
        self.home.mkdir()
        self.out = self.home / "run"
        self.passed: Counter[str] = Counter()
        """How often its busiest process came by each place."""
        self._decided = 0
        self._answered_before = Counter(ground.server.answered) if ground.server else Counter()

    def killed(self, moment: Moment) -> bool:
        """Whether the run's process died at this moment; pauses before a point are answered on the way."""
        if moment.after is not None:
            return self._process(self._arguments(), None, after=(moment.after, moment.signal)) < 0
        while (code := self._process(self._arguments(), moment.point)) == PAUSED:
            if not self._decide():
                return False
        return code < 0

    def to_the_end(self) -> int:
        """The exit code of the run's last process; a pause is answered and gone on from."""
        while (code := self._process(self._arguments(), None)) == PAUSED:
            if not self._decide():
                return code
        return code

    def answered(self) -> Counter[str]:
        """Questions that the server answered for this run, and how often."""
        server = self.ground.server
        return Counter(server.answered) - self._answered_before if server else Counter()

    def outputs(self) -> dict[str, bytes]:
        return {name: (self.out / name).read_bytes() for name in _OUTPUTS}

    def said(self) -> str:
        """The last line that its last process printed."""
        lines = (self.home / "output").read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "nothing was printed"

    def clean(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)

    def _arguments(self) -> list[str]:
        ground, config = self.ground, self.ground.config
        if (self.out / "run.db").is_file() and (self.out / "config.json").is_file():
            return ["run", "--resume", str(self.out)]
        if self.out.exists():
            # Killed before there was anything to resume: a person starts anew.
            shutil.rmtree(self.out)
        model = (
            ["--model", "slow", "--config", str(ground.folder / "models.toml")]
            if ground.server
            else ["--model", "embedded"]
        )
        approve = ["--approve"] if ground.manner == "approval" else []
        return [
            "run", "--spec", str(ground.spec), "--data", str(ground.data), *model, *approve, "--out", str(self.out),
            "--rounds", str(config.rounds), "--batches", "3", "--singles", "2", "--max-trials", "6",
        ]  # fmt: skip

    def _decide(self) -> bool:
        """Answer the question that the run waits on, by the proposal's own id so that each run hears the same."""
        from ..api.answers import waiting_question
        from ..graph.run_records import RunRecords

        records = RunRecords.open(self.out)
        question = waiting_question(records)
        records.close()
        if question is None:
            return False
        word = "set_aside" if int(question.proposal[:8], 16) % 4 == 0 else "adopt"
        told = ["decide", str(self.out), question.proposal, word, "--name", "Ada", "--note", "as I read it"]
        return self._process(told, None) == 0

    def _process(
        self, arguments: Sequence[str], point: KillPoint | None, after: tuple[float, Signal] | None = None
    ) -> int:
        """The exit code; the negative number of the signal for one that was killed."""
        counted = self.home / "passed"
        process = self.ground.lab.Process(
            target=run_concord, args=(list(arguments), self.home, self.home / "output", point, counted)
        )
        process.start()
        if after is not None:
            process.join(after[0])
            if process.is_alive() and process.pid:
                os.kill(process.pid, getattr(signal, f"SIG{after[1]}"))
        process.join(_LIMIT)
        if process.is_alive():
            process.kill()
            process.join()
            return 124
        if counted.is_file():
            for line in counted.read_text().splitlines():
                count, _, place = line.partition(" ")
                self.passed[place] = max(self.passed[place], int(count))
        code = process.exitcode
        process.close()
        return 0 if code is None else code


def every_point(passed: Mapping[str, int], draw: random.Random) -> Iterator[KillPoint]:
    """Every place and every time that it is passed, by each signal in turn.

    All places come by before one comes a second time: what is written a thousand times doesn't hide what happens once.
    """
    times = {place: draw.sample(range(1, count + 1), count) for place, count in sorted(passed.items())}
    for turn in range(max(passed.values())):
        for index, place in enumerate(draw.sample(sorted(times), len(times))):
            if turn < len(times[place]):
                yield KillPoint(place=place, number=times[place][turn], signal=SIGNALS[(turn + index) % 3])
