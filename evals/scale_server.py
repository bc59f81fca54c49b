"""A case's reader behind a wire, in a process of its own that can be killed: chat, files and batches, and what it answered.

As a program, `python -m concord.evals.scale_server SERVING` serves as the JSON of a `Serving` says until its standard input closes.
"""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

from ..records import Record
from ..testing.batch_server import BatchServer, Slowness, batches_in
from ..testing.behaviour import Behaviour
from ..testing.embedded_answers import EmbeddedAnswers
from ..testing.fake_server import question
from ..testing.hash_answers import Answerer, Asked
from .synthetic.answers import SimulatedAnswers
from .synthetic.config import Shape, shaped
from .synthetic.world import World, make_world

_LINE = 17
"""Bytes of a line of the log: a question's digest and the line's end."""


class Reader(Record):
    """Who reads: the rule-based reader, or the simulated one of a planted world."""

    world: Shape | None = None
    seed: int = 0

    def answers(self) -> Answerer:
        return EmbeddedAnswers() if self.world is None else SimulatedAnswers(planted(self.world, self.seed))


@lru_cache(maxsize=1)
def planted(shape: Shape, seed: int) -> World:
    return make_world(shaped(shape), seed)


class Serving(Record):
    """How a server is started."""

    folder: Path
    """Of its files, its batches, and its log."""
    port: int
    reader: Reader
    latency: float
    """Seconds from a live request to its answer."""
    slowness: Slowness = Slowness()


class Logged:
    """An Answerer that writes down what it answers, a line each, so that it is known after a kill too.

    What a run tries a server with, at each start, is no question of an agent and isn't counted: it has no system message.
    """

    def __init__(self, answer: Answerer, log: Path) -> None:
        self._answer = answer
        self._log = log.open("ab", buffering=0)

    def __call__(self, asked: Asked) -> object:
        if asked.system:
            self._log.write(question(asked).encode() + b"\n")
        return self._answer(asked)


class Server:
    """The process. `kill` and `start` it as often as you like; what it was given lies in its folder."""

    def __init__(self, serving: Serving) -> None:
        self.serving = serving
        self._process: subprocess.Popen[str] | None = None
        serving.folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self, slowness: Slowness | None = None) -> None:
        """`slowness`: from now on another one. Raises RuntimeError where it doesn't come up."""
        if slowness is not None:
            self.serving = self.serving.model_copy(update={"slowness": slowness})
        command = [sys.executable, "-m", __name__, self.serving.model_dump_json()]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        if not self._process.stdout.readline().startswith("http"):
            self.kill()
            raise RuntimeError("the local server didn't come up")

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGKILL)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()
        self._process = None

    @property
    def count(self) -> int:
        """Questions answered so far."""
        try:
            return _log(self.serving.folder).stat().st_size // _LINE
        except FileNotFoundError:
            return 0

    @property
    def answered(self) -> Counter[str]:
        """How often each question was answered."""
        return Counter(_log(self.serving.folder).read_text().split())

    @property
    def waiting(self) -> list[float]:
        """Batches that were handed over and aren't answered: how many seconds each waits."""
        batches = batches_in(self.serving.folder)
        return [time.time() - each["created_at"] for each in batches if each["status"] == "in_progress"]


def _log(folder: Path) -> Path:
    return folder / "answered"


def main() -> None:
    """Serve until standard input closes."""
    serving = Serving.model_validate(json.loads(sys.argv[1]))
    answer = Logged(serving.reader.answers(), _log(serving.folder))
    server = BatchServer(serving.folder, serving.slowness, answer, port=serving.port)  # type: ignore[arg-type]  # hands on
    server.behaviour = Behaviour(latency=serving.latency)
    with server:
        sys.stdout.write(server.url + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
