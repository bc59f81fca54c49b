"""An agent is one file and one template: what docs/agents.md shows is run here."""

import asyncio
import importlib
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from concord.agents import registry
from concord.models.protocol import Profile, Request
from concord.models.records import Where
from concord.testing.sample_prompts import caller_of
from concord.testing.scripted import Scripted

rendering = importlib.import_module("concord.prompts.render")
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "agents.md").read_text(encoding="utf-8")


def shown(language: str) -> str:
    (code,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(code)


def test_the_agent_in_the_docs_works_as_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "tone.jinja").write_text(shown("jinja"), encoding="utf-8")
    monkeypatch.setattr(rendering, "_folders", list(rendering._folders))
    rendering.add_templates(tmp_path)
    monkeypatch.setattr(registry, "_AGENTS", dict(registry._AGENTS))
    module = ModuleType("concord.agents.tone")
    module.__package__ = "concord.agents"
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(shown("python"), "tone.py", "exec"), module.__dict__)

    def script(request: Request) -> Scripted:
        assert (request.role, request.template[:5]) == ("tone", "tone@")
        return {"sentence": "You fool." if "You fool." in request.user else ""}

    reader = module.ToneReader(caller_of(script, Profile(answers="native")))
    found = asyncio.run(reader.read(["Hello. You fool.", "Hello."], Where()))
    assert found == ["You fool.", ""]
    assert registry.agents()["tone"].model_role == "validator"
    assert "tone" not in registry.model_roles()
