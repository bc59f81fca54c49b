"""The rooms: imports run downwards only, the package list names every folder, and the picture shows what is."""

import re
import runpy
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DRAWN = runpy.run_path(str(ROOT / "docs" / "draw_rooms.py"))
LEVELS: tuple[tuple[str, ...], ...] = DRAWN["LEVELS"]
imported: Callable[[Path], set[str]] = DRAWN["imported"]
with_picture: Callable[[str], str] = DRAWN["with_picture"]
ROOMS = [room for level in LEVELS for room in level]
FOR_ALL = ("records", "errors", "faces")
"""Single modules below every room."""
LEVEL = {name: depth for depth, level in enumerate([*LEVELS, FOR_ALL]) for name in level}


def modules() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def test_every_folder_with_modules_is_a_room() -> None:
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert folders - {"tests"} == set(ROOMS)


def test_the_picture_of_the_rooms_is_up_to_date() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert with_picture(page) == page, "run: python docs/draw_rooms.py"


@pytest.mark.parametrize("page", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_every_room_stands_in_the_table(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)/` \|", text, re.MULTILINE)) == set(ROOMS)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_downwards_only(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    upwards = {
        other for other in imported(path) if other in LEVEL and other != room and LEVEL[other] <= LEVEL[room]
    }
    assert not upwards, f"{room} imports {', '.join(sorted(upwards))}, which stands beside or above it"


def test_trials_know_no_model_and_no_langgraph() -> None:
    for path in (ROOT / "trials").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "models" not in imported(path), path
        assert "langgraph" not in text, path


def test_no_agent_or_node_knows_a_base_model_by_name() -> None:
    for room in ("agents", "graph", "trials"):
        for path in (ROOT / room).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            for name in ("openai", "gguf", "embedded"):
                assert name not in text, f"{path} names {name}"


def test_the_package_list_names_every_folder_with_modules() -> None:
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    found = {"concord"} | {
        ".".join(["concord", *path.parent.relative_to(ROOT).parts])
        for room in ROOMS
        for path in (ROOT / room).rglob("__init__.py")
    }
    assert listed == found


def test_every_room_is_linked_for_the_type_checker() -> None:
    linked = {path.name for path in (ROOT / "typecheck" / "concord").iterdir()}
    rooms = {room if (ROOT / room).is_dir() else f"{room}.py" for room in LEVEL}
    assert linked == rooms | {"__init__.py", "__main__.py", "py.typed"}
