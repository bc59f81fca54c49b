"""Whole runs as processes of `concord run`, here or on Ray, left alone or disturbed: their outputs byte for byte."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..testing.behaviour import Behaviour
from ..testing.embedded_answers import EmbeddedAnswers
from ..testing.fake_server import ChatServer
from ..testing.small_example import write_small_example
from .scale_reader import URI, world
from .synthetic.config import Shape
from .synthetic.texts import write

Progress = Callable[[str], None]
OUTPUTS = ("summary.json", "spec.md", "spec.proven.md")
ACTORS = 4
ON_RAY = f"ray:{ACTORS}"
_LIMIT = 3600.0
"""Seconds that a process may take: one that takes longer hangs."""
_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Case:
    """What a run is launched with, but for its place."""

    folder: Path
    arguments: tuple[str, ...]

    def run(self, name: str, on: str) -> dict[str, bytes]:
        """The outputs of a run left alone. Raises RuntimeError for one that fails."""
        return self.end(self.start(name, on), name)

    def start(self, name: str, on: str) -> "subprocess.Popen[bytes]":
        """A new run called `name`, or one that was killed, as a process in a group of its own."""
        home = self.folder / name
        home.mkdir(exist_ok=True)
        out = home / "run"
        if (out / "run.db").is_file() and (out / "config.json").is_file():
            words = ["--resume", str(out)]
        else:
            shutil.rmtree(out, ignore_errors=True)  # killed before there was anything to resume
            words = [*self.arguments, "--out", str(out)]
        with (home / "said").open("ab") as said:
            return subprocess.Popen(
                [sys.executable, "-m", "concord", "run", *words, "--on", on, "--quiet"],
                env={**os.environ, "CONCORD_HOME": str(home)}, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                start_new_session=True,
            )  # fmt: skip

    def end(self, process: "subprocess.Popen[bytes]", name: str) -> dict[str, bytes]:
        """The outputs, once the process has ended."""
        try:
            code = process.wait(_LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            code = process.wait()
        home = self.folder / name
        if code != 0:
            said = (home / "said").read_text(errors="replace").strip().splitlines()[-3:]
            raise RuntimeError(f"the run {name} ended with {code}: {' / '.join(said)}")
        return {output: (home / "run" / output).read_bytes() for output in OUTPUTS}


def example_case(folder: Path, conversations: int, rounds: int) -> Case:
    """The bundled example with the rule-based reader."""
    spec, data = write_small_example(folder, conversations)
    return Case(folder, (*_of(spec, data, rounds), "--model", "embedded"))


def world_case(folder: Path, shape: Shape, seed: int, rounds: int) -> Case:
    """A planted world with its simulated reader."""
    write(world(shape, seed), folder)
    models = folder / "models.toml"
    models.write_text(f'[models.reader]\nuri = "{URI}"\nextra_body = {{shape = "{shape}", seed = {seed}}}\n')
    words = ("--model", "reader", "--config", str(models))
    return Case(folder, (*_of(folder / "spec.md", folder, rounds), *words))


def same_on_ray(cases: Sequence[Case], say: Progress) -> bool:
    """Whether each case ends with the same bytes here and on Ray with four actors."""
    same = True
    for number, case in enumerate(cases):
        began = time.monotonic()
        here = case.run(f"here-{number}", "here")
        between = time.monotonic()
        there = case.run(f"ray-{number}", ON_RAY)
        equal = here == there
        same &= equal
        say(
            f"{case.folder.name}: {between - began:.0f} s here, {time.monotonic() - between:.0f} s on Ray, "
            f"{'the same' if equal else 'different'}"
        )
    return same


@dataclass(frozen=True, slots=True)
class Disturbed:
    """What became of the runs whose actor, and whose own process, was killed."""

    same: bool
    asked_twice: int
    """Questions answered beyond those of the undisturbed run, by the worst of them."""
    in_flight: int = _AT_ONCE


def killed_on_ray(folder: Path, conversations: int, say: Progress, *, latency: float = 0.3) -> Disturbed:
    """Runs over a slow server: an actor is killed in one, the driver in the other, which is resumed."""
    spec, data = write_small_example(folder, conversations)
    same, worst = True, 0
    with ChatServer(EmbeddedAnswers(), Behaviour(latency=latency)) as server:
        models = folder / "models.toml"
        models.write_text(f'[models.slow]\nuri = "openai:slow@{server.url}"\nconcurrency = {_AT_ONCE}\n')
        words = (*_of(spec, data, 1), "--model", "slow", "--config", str(models))
        case = Case(folder, (*words, "--batches", "2", "--singles", "1", "--max-trials", "3"))
        wanted = case.run("alone", "here")
        alone = Counter(server.answered)
        for name, kill in (("actor", _kill_an_actor), ("driver", _kill_the_driver)):
            before = Counter(server.answered)
            process = case.start(name, ON_RAY)
            _until(server, before.total() + alone.total() // 3, process)
            kill(process)
            if name == "driver":
                process.wait()
                process = case.start(name, ON_RAY)
            found = case.end(process, name)
            again = (Counter(server.answered) - before - alone).total()
            same &= found == wanted
            worst = max(worst, again)
            say(
                f"{name} killed: {'the same' if found == wanted else 'different'}, {again} questions asked twice"
            )
    return Disturbed(same, worst)


def _of(spec: Path, data: Path, rounds: int) -> tuple[str, ...]:
    return ("--spec", str(spec), "--data", str(data), "--rounds", str(rounds))


def _until(server: ChatServer, answered: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the server has given so many answers, or for the process to end."""
    while server.answered.total() < answered and process.poll() is None:
        time.sleep(0.02)


def _kill_the_driver(process: "subprocess.Popen[bytes]") -> None:
    process.kill()


def _kill_an_actor(process: "subprocess.Popen[bytes]") -> None:
    asker = next((pid for pid, title in below(process.pid) if title.startswith("ray::Asker")), None)
    if asker is None:
        raise RuntimeError("no actor was found to kill")
    os.kill(asker, signal.SIGKILL)


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
