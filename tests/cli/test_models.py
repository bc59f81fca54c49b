"""`concord models` and `concord compare`: what is known, how one does, how several read."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from concord.testing.fake_server import ChatServer

ROOT = Path(__file__).resolve().parents[2]
SPEC, DATA = ROOT / "example" / "spec.md", ROOT / "example" / "data"
Concord = Callable[..., Any]
"""The fixture of conftest.py."""


def test_models_lists_what_can_be_named(concord: Concord, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text('[models.mine]\nuri = "openai:x@http://localhost:1/v1"\n')
    printed = concord("models", "--config", "m.toml")
    for form in ("openai:MODEL[@http://host:port/v1]", "gguf:/path/to/model.gguf", "embedded", "replay:FILE"):
        assert form in printed.out
    assert "mine stands for openai:x@http://localhost:1/v1" in printed.out
    told = concord("models", "--json", "--config", "m.toml").json
    assert {row["scheme"] for row in told["known"]} >= {"openai", "gguf", "embedded", "python"}
    assert told["named"] == {"mine": "openai:x@http://localhost:1/v1"}


def test_a_check_of_a_server_that_is_down_says_so_and_fails(concord: Concord) -> None:
    printed = concord("models", "check", "openai:x@http://127.0.0.1:9/v1")
    assert printed.code == 1
    assert "127.0.0.1:9" in printed.out
    assert "Traceback" not in printed.err


def test_a_check_tells_what_holds_and_sets_five_tiny_tasks(concord: Concord) -> None:
    printed = concord("models", "check", "embedded")
    assert printed.code == 0
    assert "yes     answers" in printed.out
    assert "of 5 as they should be" in printed.out
    for agent in ("ranker", "relevance", "batch proposer", "conversation proposer", "validator"):
        assert f"     {agent}: " in printed.out
    told = concord("models", "check", "embedded", "--json")
    assert len(told.json["tasks"]) == 5
    assert told.json["report"]["uri"] == "embedded"
    assert told.err == ""


def test_a_models_file_holds_for_a_check_wherever_it_stands(concord: Concord, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text('[models.mine]\nuri = "embedded"\n')
    for words in (("--config", "m.toml", "check", "mine"), ("check", "mine", "--config", "m.toml")):
        printed = concord("models", *words)
        assert printed.code == 0, printed.err
        assert "yes     answers" in printed.out


def test_a_model_that_answers_and_does_no_task_fails_its_check(concord: Concord, tmp_path: Path) -> None:
    (tmp_path / "babbler.py").write_text(
        "from concord.models import FunctionModel\n"
        "factory = lambda: FunctionModel('babbler', lambda request: 'What a lovely day.')\n"
    )
    sys.path.insert(0, str(tmp_path))
    try:
        printed = concord("models", "check", "python:babbler:factory")
    finally:
        sys.path.remove(str(tmp_path))
    assert "0 of 5 as they should be" in printed.out
    assert printed.code == 1


def test_a_cost_that_is_not_known_is_said_to_be(concord: Concord) -> None:
    with ChatServer() as server:
        printed = concord("models", "check", f"openai:fake@{server.url}")
    assert "cost unknown" in printed.out
    assert "$0.00" not in printed.out


@pytest.fixture
def two_readers(tmp_path: Path) -> str:
    """The embedded reader, and one whose table knows of one behaviour less."""
    table = (ROOT / "models" / "embedded" / "behaviours.toml").read_text()
    head, *behaviours = table.split("[[behaviour]]")
    assert len(behaviours) > 5
    (tmp_path / "less.toml").write_text("[[behaviour]]".join([head, *behaviours[3:]]))
    return f"embedded,embedded:{tmp_path / 'less.toml'}"


def test_compare_sets_readers_side_by_side(concord: Concord, two_readers: str) -> None:
    words = ("compare", "--models", two_readers, "--spec", SPEC, "--data", DATA, "--limit", "80")
    told = concord(*words, "--json").json
    assert told["conversations"] == 80
    whole, less = told["readers"]
    assert whole["model"] == "embedded"
    assert whole["level"]["estimate"] != less["level"]["estimate"]
    (pair,) = told["pairs"]
    assert pair["difference"]["low"] <= pair["difference"]["estimate"] <= pair["difference"]["high"]
    printed = concord(*words, "--quiet")  # it tells how far it is where a machine takes long
    assert "2 minus 1" in printed.out
    assert "politics" in printed.out
    assert printed.err == ""


def test_compare_names_a_model_that_stands_twice(concord: Concord) -> None:
    printed = concord("compare", "--models", "embedded,embedded", "--spec", SPEC, "--data", DATA)
    assert printed.code == 2
    assert printed.err == "concord: --models names embedded twice: give each base model once\n"
    assert concord("compare", "--models", " , ", "--spec", SPEC, "--data", DATA).code == 2
