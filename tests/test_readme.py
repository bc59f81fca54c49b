"""The README tells the truth: its demo output is what the demo prints."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_demo_prints_what_the_readme_shows(concord: Any, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "example", tmp_path / "example")
    printed = concord("run", "--spec", "example/spec.md", "--data", "example/data", "--model", "embedded")
    (shown,) = re.findall(r"```\n(Note: Synthetic.*?)\n```", README, re.DOTALL)
    # The last two lines name the run's folder, which is the tests' own.
    assert printed.out.splitlines()[:-2] == shown.splitlines()[:-2]


def test_every_document_that_the_readme_links_is_there() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / link).exists(), link


def test_the_readmes_commands_are_the_makefiles() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {"demo", "test", "check"} <= set(targets)
    for target in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert target in targets
