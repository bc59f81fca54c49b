"""Nothing is adopted without a person: what a run does that is left at its second question, in every way."""

import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from concord.graph.run_records import RunRecords
from concord.testing.small_example import write_small_example

pytestmark = pytest.mark.slow
OPTIONS = ("--rounds", "1", "--batches", "3", "--singles", "2", "--max-trials", "6")


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "CONCORD_HOME": str(home), "TERM": "dumb"}


def unattended(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "concord", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        env=environment(home), check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a run that waits at its first question."""
    home = tmp_path_factory.mktemp("waiting")
    spec, data = write_small_example(home, 120)
    found = unattended(
        home, "run", "--spec", str(spec), "--data", str(data), "--model", "embedded", "--approve", "--out",
        str(home / "run"), *OPTIONS,
    )  # fmt: skip
    assert found.returncode == 3, found.stderr
    return home


@pytest.fixture
def home(waiting: Path, tmp_path: Path) -> Path:
    """A copy of it, its files where the first ones were."""
    copied = tmp_path / "home"
    shutil.copytree(waiting, copied)
    return copied


class Terminal:
    """`concord` at a terminal of its own."""

    def __init__(self, home: Path, *words: str) -> None:
        self.process, self.screen = pty.fork()
        if self.process == 0:
            os.execvpe(sys.executable, [sys.executable, "-m", "concord", *words], environment(home))
        self.shown = ""

    def wait_for(self, words: str, times: int = 1) -> None:
        end = time.monotonic() + 60
        while self.shown.count(words) < times:
            assert time.monotonic() < end, self.shown
            if select.select([self.screen], [], [], 0.2)[0]:
                try:
                    self.shown += os.read(self.screen, 65536).decode(errors="replace")
                except OSError:
                    raise AssertionError(self.shown) from None

    def write(self, text: str) -> None:
        # A signal between the prompt and the read behind it is heard after the next line only: a person is slower.
        time.sleep(0.5)
        os.write(self.screen, text.encode())

    def left(self) -> int:
        """Its exit code; a process that doesn't leave by itself within a minute is killed."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if select.select([self.screen], [], [], 0.2)[0]:
                with suppress(OSError):
                    self.shown += os.read(self.screen, 65536).decode(errors="replace")
            done, status = os.waitpid(self.process, os.WNOHANG)
            if done:
                os.close(self.screen)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.process, signal.SIGABRT)  # prints where every thread stands
        while select.select([self.screen], [], [], 1.0)[0]:
            try:
                self.shown += os.read(self.screen, 65536).decode(errors="replace")
            except OSError:
                break
        os.waitpid(self.process, 0)
        raise AssertionError(f"it didn't leave: {self.shown}")


def decisions(home: Path) -> list[tuple[str, str, str]]:
    """(proposal, who, decision), without what the loop rejected by itself."""
    records = RunRecords.open(home / "run")
    found: list[tuple[str, str, str]] = [
        (d.proposal, d.by, d.decision) for d in records.decisions.find() if d.decision != "rejected"
    ]
    records.close()
    return found


@pytest.mark.parametrize("word", ["adopt", "set_aside"])
@pytest.mark.parametrize("leaving", ["ctrl-c", "ctrl-d", "kill"])
def test_a_run_left_at_its_second_question_decides_nothing_by_itself(
    home: Path, word: str, leaving: str
) -> None:
    terminal = Terminal(home, "run", "--resume", str(home / "run"), "--approve")
    terminal.wait_for("Decision")
    terminal.write(f"{word}\n")
    terminal.wait_for("Why")
    terminal.write("as I read it\n")
    terminal.wait_for("Your name")
    terminal.write("Ada\n")
    terminal.wait_for("Decision", 2)
    if leaving == "kill":
        os.kill(terminal.process, signal.SIGKILL)
    else:
        terminal.write({"ctrl-c": "\x03", "ctrl-d": "\x04"}[leaving])
    assert terminal.left() != 0
    before = decisions(home)
    assert [(by, decision) for _, by, decision in before if by != "loop"] == [("Ada", word)]
    for _ in range(2):
        again = unattended(home, "run", "--resume", str(home / "run"), "--approve")
        assert again.returncode == 3, again.stderr
        assert decisions(home) == before
    assert not (home / "run" / "summary.json").exists()


def test_stop_ends_the_run_and_adopts_nothing(home: Path) -> None:
    terminal = Terminal(home, "run", "--resume", str(home / "run"), "--approve")
    terminal.wait_for("Decision")
    terminal.write("stop\n")
    terminal.wait_for("Why")
    terminal.write("enough\n")
    terminal.wait_for("Your name")
    terminal.write("Ada\n")
    assert terminal.left() == 0
    assert not [each for each in decisions(home) if each[2] in ("adopt", "adopted")]


def test_a_filed_answer_survives_a_kill_before_it_is_on_record(home: Path) -> None:
    """The process dies right after it took the answer; the one after it takes the same."""
    from concord.api.answers import waiting_question

    records = RunRecords.open(home / "run")
    question = waiting_question(records)
    records.close()
    assert question is not None
    told = unattended(
        home, "decide", str(home / "run"), question.proposal, "adopt", "--name", "Ada", "--note", "fine"
    )
    assert told.returncode == 0, told.stderr
    dying = (
        "import os, sys\n"
        "import concord.graph.launching as launching\n"
        "read = launching.read_answer\n"
        "launching.read_answer = lambda *a: os._exit(9) if a else read(*a)\n"
        "from concord.cli.app import main\n"
        f"sys.argv = ['concord', 'run', '--resume', {str(home / 'run')!r}, '--approve']\n"
        "main()\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", dying], stdin=subprocess.DEVNULL, env=environment(home), check=False
    )
    assert killed.returncode == 9
    assert unattended(home, "run", "--resume", str(home / "run"), "--approve").returncode == 3
    assert (question.proposal, "Ada", "adopt") in decisions(home)
