"""The code of docs/python.md runs, in order, as a notebook would run it."""

import ast
import asyncio
import inspect
import re
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "python.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


async def run_all(names: dict[str, Any]) -> None:
    for number, block in enumerate(BLOCKS):
        code: CodeType = compile(
            block, f"{PAGE.name}, block {number}", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        )
        made = eval(code, names)  # noqa: S307 - the page's own code
        if inspect.isawaitable(made):
            await made


def test_every_block_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONCORD_HOME", str(tmp_path / "runs"))
    (tmp_path / "example").symlink_to(ROOT / "example")
    names: dict[str, Any] = {}
    asyncio.run(run_all(names))
    printed = capsys.readouterr().out
    assert len(BLOCKS) >= 8
    assert names["figure"].spec.estimate > 0.5
    assert names["past"].status == "finished"
    assert names["run"].summary.stop_reason == "ended_unopened"
    assert (tmp_path / "decisions.csv").read_text().startswith("proposal,")
    assert "nowhere.md" in printed
