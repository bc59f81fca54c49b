"""`concord eval pages`: a run of a given size, served and measured, and nothing left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from concord.evals.pages import Config, run
from concord.evals.pages_server import PagesServer


@pytest.mark.slow
def test_every_page_of_a_made_run_answers() -> None:
    config = Config(calls=600, assessments=600, prompts=40, proposals=20, repeats=2)
    figures = asyncio.run(run(config))
    assert figures["pages"] == 18
    assert figures["requests"] == 36
    median, high, memory = (
        float(figures[name] or 0) for name in ("first_byte_ms_median", "first_byte_ms_p99", "peak_mb")
    )
    assert 0 < median <= high
    assert 20 < memory < 500


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"


def gone(pid: int, home: Path) -> bool:
    deadline = time.monotonic() + 20
    while alive(pid) or home.exists():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.slow
def test_server_and_folder_are_gone_at_the_end() -> None:
    with PagesServer() as server:
        assert server.home.is_dir()
        pid, line = server.serve()
        assert "http://127.0.0.1:" in line
        assert alive(pid)
    assert gone(pid, server.home)


@pytest.mark.slow
def test_they_are_gone_too_when_their_owner_is_killed() -> None:
    told = (
        "from concord.evals.pages_server import PagesServer; import time\n"
        "server = PagesServer(); pid, line = server.serve()\n"
        "print(pid, server.home, flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", told], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    pid, home = owner.stdout.readline().split()
    assert alive(int(pid))
    owner.send_signal(signal.SIGKILL)
    owner.wait(timeout=10)
    owner.stdout.close()
    assert gone(int(pid), Path(home))
