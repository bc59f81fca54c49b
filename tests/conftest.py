"""What tests of more than one file build on: the command line in this process."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Printed:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Concord = Callable[..., Printed]


@pytest.fixture
def concord(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Concord:
    """Runs `concord …` in this process, in an empty folder that is also its home."""
    from concord.cli.app import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONCORD_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("COLUMNS", raising=False)

    def call(*words: str | Path) -> Printed:
        monkeypatch.setattr(sys, "argv", ["concord", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        printed = capsys.readouterr()
        code = left.value.code
        return Printed(code if isinstance(code, int) else 0, printed.out, printed.err)

    return call
