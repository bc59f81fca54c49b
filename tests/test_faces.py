"""The face of each room and of the whole: `__all__` lists it, every name is there, and importing it is light."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import concord

ROOT = Path(__file__).resolve().parents[1]
ROOMS = sorted(path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests")
FACE = {
    "Answer", "BudgetEnded", "CallFailed", "ConcordError", "Edit", "InputError", "Options", "Panel", "Progress",
    "Proposal", "Question", "Redline", "Run", "Spec", "Tried", "__version__", "agreement", "load_panel", "read_run",
    "read_spec", "redline", "resume", "revise", "revise_sync", "try_edit",
}  # fmt: skip
HEAVY = ("numpy", "scipy", "langgraph", "openai", "diskcache", "pydantic", "rich", "typer")


@pytest.mark.parametrize("room", ROOMS)
def test_a_rooms_face_is_whole(room: str) -> None:
    face = importlib.import_module(f"concord.{room}")
    names = list(face.__all__)
    assert face.__doc__
    assert names == sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    assert names
    assert len(names) == len(set(names))
    for name in names:
        assert getattr(face, name, None) is not None, f"concord.{room} lists {name} and hasn't got it"
        assert name in dir(face)


@pytest.mark.parametrize("room", ROOMS)
def test_a_name_of_a_face_means_the_same_whatever_was_imported_before(room: str) -> None:
    face = importlib.import_module(f"concord.{room}")
    for path in (ROOT / room).glob("*.py"):
        if path.stem in face.__all__:
            module = importlib.import_module(f"concord.{room}.{path.stem}")
            assert getattr(face, path.stem) is getattr(module, path.stem)


def test_the_face_of_the_whole() -> None:
    assert set(concord.__all__) == FACE
    for name in concord.__all__:
        assert getattr(concord, name) is not None
        assert name in dir(concord)
    with pytest.raises(AttributeError, match="no attribute 'revice'"):
        concord.revice  # noqa: B018 - what isn't there


def test_agreement_is_a_function_and_the_room_it_is_named_after() -> None:
    from concord.agreement.people import People

    assert callable(concord.agreement)
    assert sys.modules["concord.agreement"].people.People is People


def test_importing_concord_is_light() -> None:
    code = f"import sys, concord; print(sorted(set(sys.modules) & set({HEAVY})), concord.__all__ != [])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/")
    assert told.stdout == "[] True\n"


def test_help_on_a_run_needs_nothing_heavy() -> None:
    code = f"import sys, concord.cli.run; print(sorted(set(sys.modules) & {set(HEAVY) - {'pydantic', 'rich', 'typer'}}))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/")
    assert told.stdout == "[]\n"
