"""A finished run of a small part of the example, with its home, for tests that tamper with copies of it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from concord.testing.small_example import write_small_example

OPTIONS = ("--rounds", "1", "--batches", "2", "--singles", "1", "--max-trials", "3")


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Spec and data of the small part."""
    return write_small_example(tmp_path_factory.mktemp("example"), 40)


@pytest.fixture(scope="session")
def finished(example: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a run that is through, in `run`; hands off, tests have copies."""
    home = tmp_path_factory.mktemp("finished")
    spec, data = example
    made = subprocess.run(
        [
            sys.executable, "-m", "concord", "run", "--spec", str(spec), "--data", str(data), "--model", "embedded",
            "--out", str(home / "run"), *OPTIONS,
        ],
        env={**os.environ, "CONCORD_HOME": str(home)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    return home


@pytest.fixture
def home(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it that a test may break; it is the home of this process too."""
    copied = tmp_path / "home"
    shutil.copytree(finished, copied)
    monkeypatch.setenv("CONCORD_HOME", str(copied))
    return copied
