"""The rooms: imports run downwards only, and the package list names every folder."""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS_FROM_ABOVE = [
    {"cli"},
    {"evals"},
    {"example", "testing"},
    {"api"},
    {"review"},
    {"graph"},
    {"agents", "trials"},
    {"models"},
    {"store", "prompts"},
    {"agreement"},
    {"panel", "spec"},
    {"records", "errors", "faces"},
]
LEVEL = {room: level for level, rooms in enumerate(ROOMS_FROM_ABOVE) for room in rooms}


def modules() -> list[Path]:
    rooms = [room for rooms in ROOMS_FROM_ABOVE for room in rooms]
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.py"))


def imported_rooms(path: Path) -> set[str]:
    """The rooms of this package that a module imports, wherever the import stands."""
    here = ("concord", *path.relative_to(ROOT).with_suffix("").parts)
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            base = list(here[: -node.level]) if node.level else []
            names = [".".join([*base, *(node.module or "").split("."), alias.name]) for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = [part for part in name.split(".") if part]
            if parts[:1] == ["concord"] and len(parts) > 1 and parts[1] in LEVEL:
                found.add(parts[1])
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_downwards_only(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    upwards = {other for other in imported_rooms(path) if other != room and LEVEL[other] <= LEVEL[room]}
    assert not upwards, f"{room} imports {', '.join(sorted(upwards))}, which stands beside or above it"


def test_trials_know_no_model_and_no_langgraph() -> None:
    for path in (ROOT / "trials").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "models" not in imported_rooms(path), path
        assert "langgraph" not in text, path


def test_no_agent_or_node_knows_a_base_model_by_name() -> None:
    for room in ("agents", "graph", "trials"):
        for path in (ROOT / room).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            for name in ("openai", "gguf", "embedded"):
                assert name not in text, f"{path} names {name}"


def test_the_package_list_names_every_folder_with_modules() -> None:
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    rooms = {room for rooms in ROOMS_FROM_ABOVE for room in rooms}
    found = {"concord"} | {
        ".".join(["concord", *path.parent.relative_to(ROOT).parts])
        for room in rooms
        for path in (ROOT / room).rglob("__init__.py")
    }
    assert listed == found


def test_every_room_is_linked_for_the_type_checker() -> None:
    linked = {path.name for path in (ROOT / "typecheck" / "concord").iterdir()}
    rooms = {room if (ROOT / room).is_dir() else f"{room}.py" for room in LEVEL}
    assert linked == rooms | {"__init__.py", "__main__.py", "py.typed"}
