"""Whole runs as processes of `concord run`, in any place and store, left alone or disturbed: their outputs byte for byte."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..testing.batch_server import Slowness
from ..testing.small_example import EXAMPLE, write_small_example
from .scale_server import Reader, Server, Serving, planted
from .synthetic.config import Shape
from .synthetic.texts import write

Outputs = dict[str, bytes]
OUTPUTS = ("summary.json", "spec.md", "spec.proven.md")
AT_ONCE = 32
"""Questions in flight of a run that asks live."""
MODEL = "gpt-4.1"
"""What the local servers' reader is called: a model that takes a seed, which tells repeats of a question apart."""
_LIMIT = 1800.0
"""Seconds that a process may take: one that takes longer hangs."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a run is launched with, but for its place."""

    folder: Path
    arguments: tuple[str, ...]

    def run(self, name: str, *words: str, store: str = "") -> Outputs:
        """The outputs of a run left alone, in files or in a shared store. Raises RuntimeError for one that fails."""
        return self.end(self.start(name, *words, store=store), name)

    def start(self, name: str, *words: str, store: str = "") -> "subprocess.Popen[bytes]":
        """A new run called `name`, or one that was killed, as a process in a group of its own."""
        home = self.folder / name
        home.mkdir(exist_ok=True)
        out = home / "run"
        if (out / "run.db").is_file() and (out / "config.json").is_file():
            begun = ["--resume", str(out)]
        else:
            shutil.rmtree(out, ignore_errors=True)  # killed before there was anything to resume
            begun = [*self.arguments, "--out", str(out)]
        with (home / "said").open("ab") as said:
            return subprocess.Popen(
                [sys.executable, "-m", "concord", "run", *begun, *words, "--quiet"],
                env={**os.environ, "CONCORD_HOME": str(home), "CONCORD_STORE": store}, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                start_new_session=True,
            )  # fmt: skip

    def end(self, process: "subprocess.Popen[bytes]", name: str) -> Outputs:
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


def example_case(folder: Path, conversations: int | None = None, rounds: int | None = None) -> Case:
    """The bundled example with the rule-based reader in process; None: all of it, as many rounds as a run takes."""
    return Case(folder, (*_example(folder, conversations, rounds), "--model", "embedded"))


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run left, and how often its reader answered each question."""

    outputs: Outputs
    answered: Counter[str]
    seconds: float


Disturb = Callable[["subprocess.Popen[bytes]", Server], "subprocess.Popen[bytes]"]
"""What happens to a run's process and its server; returns the process that ends the run."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A case whose reader is behind a wire: live as the model `live`, by batches as `queue`, and in a folder as `files`.

    Each run has a server of its own on one port, since the address stands in its summary.
    """

    name: str
    case: Case
    reader: Reader
    port: int
    latency: float

    @property
    def batch_folder(self) -> Path:
        return self.case.folder / "batches"

    @property
    def uris(self) -> dict[str, str]:
        """By the names of the models file."""
        at = f"{MODEL}@http://127.0.0.1:{self.port}/v1"
        return {
            "live": f"openai:{at}",
            "queue": f"openai-batch:{at}",
            "files": f"batch-file:{self.batch_folder}",
        }

    def run(
        self, name: str, *words: str, store: str = "", slowness: Slowness | None = None, disturb: Disturb | None = None
    ) -> Ran:  # fmt: skip
        """A run to its end, over a server of its own. Raises RuntimeError for one that fails."""
        serving = Serving(
            folder=self.case.folder / f"{name}-server", port=self.port, reader=self.reader, latency=self.latency,
            slowness=slowness or Slowness(),
        )  # fmt: skip
        began = time.monotonic()
        with Server(serving) as server:
            process = self.case.start(name, *words, store=store)
            try:
                if disturb is not None:
                    process = disturb(process, server)
                outputs = self.case.end(process, name)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
            return Ran(outputs, server.answered, time.monotonic() - began)


def example_ground(folder: Path, conversations: int | None, rounds: int | None, latency: float) -> Ground:
    """The bundled example, whole or its first conversations."""
    return _ground("the example", folder, _example(folder, conversations, rounds), Reader(), latency)


def world_ground(folder: Path, shape: Shape, seed: int, rounds: int | None, latency: float) -> Ground:
    """A planted world with its simulated reader."""
    folder.mkdir(parents=True, exist_ok=True)
    write(planted(shape, seed), folder)
    words = _words(folder / "spec.md", folder, rounds)
    return _ground("the planted world", folder, words, Reader(world=shape, seed=seed), latency)


def _ground(name: str, folder: Path, words: tuple[str, ...], reader: Reader, latency: float) -> Ground:
    models = folder / "models.toml"
    made = Ground(name, Case(folder, (*words, "--config", str(models))), reader, _free_port(), latency)
    settings = {
        "live": f"concurrency = {AT_ONCE}",
        "queue": "poll = 0.1\ngather = 0.1",
        "files": f'poll = 0.1\ngather = 0.1\nextra_body = {{ model = "{MODEL}" }}',
    }
    tables = [f'[models.{name}]\nuri = "{made.uris[name]}"\n{told}\n' for name, told in settings.items()]
    models.write_text("\n".join(tables), encoding="utf-8")
    return made


def _example(folder: Path, conversations: int | None, rounds: int | None) -> tuple[str, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    if conversations is None:
        return _words(EXAMPLE / "spec.md", EXAMPLE / "data", rounds)
    return _words(*write_small_example(folder, conversations), rounds)


def _words(spec: Path, data: Path, rounds: int | None) -> tuple[str, ...]:
    fewer = () if rounds is None else ("--rounds", str(rounds))
    return ("--spec", str(spec), "--data", str(data), *fewer)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
