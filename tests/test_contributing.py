"""CONTRIBUTING.md shows how each kind of thing is added: every file and every use in it runs here."""

import ast
import asyncio
import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

import concord
from concord.agents import registry
from concord.trials import TrialRule

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
KINDS = ("A trial rule", "A stopping policy", "A base model", "An evaluator", "An agent with its prompt")


def section(title: str) -> str:
    (found,) = re.findall(rf"^### {title}\n(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def file_of(title: str) -> tuple[str, str]:
    """The one file that a section shows: its name and its text."""
    ((name, text),) = re.findall(
        r"^<!-- file: (\w+\.py) -->\n```python\n(.*?)^```", section(title), re.MULTILINE | re.DOTALL
    )
    return name, text


def use_of(title: str) -> str:
    (found,) = re.findall(r"(?<!-->)\n```python\n(.*?)^```", section(title), re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.fixture
def used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Writes a section's file, runs its use, and gives the names that were made."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("CONCORD_HOME", str(tmp_path / "runs"))
    monkeypatch.setattr(registry, "_AGENTS", dict(registry._AGENTS))
    monkeypatch.setattr(importlib.import_module("concord.prompts.render"), "_texts", {})

    def use(title: str) -> dict[str, Any]:
        name, text = file_of(title)
        (tmp_path / name).write_text(text, encoding="utf-8")
        names: dict[str, Any] = {
            "concord": concord,
            "spec": concord.read_spec(ROOT / "example" / "spec.md"),
            "panel": concord.load_panel(ROOT / "example" / "data"),
        }
        exec("from concord.graph import Options, Policies", names)
        code = compile(
            use_of(title), f"CONTRIBUTING.md, {title}", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        )
        made = eval(code, names)  # noqa: S307 - the page's own code
        if inspect.isawaitable(made):
            asyncio.run(_awaited(made))
        return names

    return use


async def _awaited(made: Any) -> None:
    await made


def test_the_page_shows_each_kind_in_one_file() -> None:
    assert len({file_of(title)[0] for title in KINDS}) == len(KINDS)


def test_a_trial_rule(used: Any) -> None:
    made = used("A trial rule")
    rule: TrialRule = made["Hoeffding"]()
    trials = [trial for trial in made["run"].trials if trial.stage == "trial"]
    assert trials
    assert {trial.rule for trial in trials} == {rule.name}


def test_a_stopping_policy(used: Any) -> None:
    run = used("A stopping policy")["run"]
    assert run.summary.stop_reason == "rounds"
    assert run.summary.rounds == 1
    assert run.summary.adopted


def test_a_base_model(used: Any) -> None:
    figure = used("A base model")["figure"]
    assert figure.spec.estimate == pytest.approx(figure.longest.estimate, abs=0.02)


def test_an_evaluator(used: Any) -> None:
    (outcome,) = used("An evaluator")["result"].outcomes
    assert outcome.status == "accepted"


def test_an_agent_with_its_prompt(used: Any) -> None:
    made = used("An agent with its prompt")
    assert made["found"] == ["You fool."]
    assert made["agents"]()["politeness"].model_role == "validator"
