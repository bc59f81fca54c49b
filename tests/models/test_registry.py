"""One line names a base model; a file says the rest; what can't be is said in one sentence."""

import asyncio
import sys
import tomllib
import types
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from concord.errors import ModelError
from concord.models import registry
from concord.models.config import ModelConfig, Settings
from concord.models.protocol import BaseModel, Profile
from concord.models.registry import known_models, open_model
from concord.testing.scripted import ScriptedModel


def factory() -> ScriptedModel:
    return ScriptedModel(lambda _: "{}", uri="mine")


def factory_with_settings(settings: Settings) -> ScriptedModel:
    return ScriptedModel(lambda _: "{}", uri=f"mine at {settings.temperature}")


@pytest.fixture(autouse=True)
def my_models(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("my_models")
    vars(module).update(plain=factory, settled=factory_with_settings, nothing=lambda: 3, text="no function")
    monkeypatch.setitem(sys.modules, "my_models", module)


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    points = (
        EntryPoint("house", "my_models_of_the_house:make", registry.GROUP),
        EntryPoint("broken", "no_such_module:make", registry.GROUP),
    )
    module = types.ModuleType("my_models_of_the_house")
    vars(module)["make"] = lambda rest, _settings: ScriptedModel(lambda _: "{}", uri=f"house:{rest}")
    monkeypatch.setitem(sys.modules, "my_models_of_the_house", module)
    monkeypatch.setattr(registry, "entry_points", lambda **_: points)


def test_a_function_of_ones_own_makes_a_model() -> None:
    assert open_model("python:my_models:plain").uri == "mine"
    config = ModelConfig.checked({"models": {"python:my_models:settled": {"temperature": 0.5}}}, "m")
    assert open_model("python:my_models:settled", config).uri == "mine at 0.5"


@pytest.mark.usefixtures("registered")
def test_another_package_registers_a_scheme() -> None:
    assert open_model("house:small").uri == "house:small"
    assert "house" in [row.scheme for row in known_models()]
    with pytest.raises(ModelError, match="'broken' is registered but can't be loaded"):
        open_model("broken")


def test_the_embedded_reader_needs_nothing() -> None:
    model = open_model("embedded")
    assert model.profile.answers == "native"
    assert model.profile.notice


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("opnai:gpt-5", "no base model is called 'opnai:gpt-5': did you mean 'openai'"),
        ("gpt-5", "known are openai, openai-batch, batch-file, gguf, embedded, python, record, replay"),
        ("", "no base model is called ''"),
        ("openai:", r"is incomplete: write openai:MODEL\[@http"),
        ("openai", "is incomplete"),
        ("python:my_models", "names no function"),
        ("python:no_such_module:f", "can't be imported"),
        ("python:my_models:gone", "has no function 'gone'"),
        ("python:my_models:text", "has no function 'text'"),
        ("python:my_models:nothing", "made a int, which is no base model"),
        ("replay:/no/such/file", "can't be read"),
        ("record:calls.jsonl", "write record:FILE=URI"),
    ],
)
def test_what_cannot_be_opened_is_one_sentence(uri: str, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        open_model(uri)


def test_every_built_in_scheme_is_listed_with_whether_it_is_ready() -> None:
    rows = {row.scheme: row for row in known_models()}
    assert list(rows)[:8] == [
        "openai", "openai-batch", "batch-file", "gguf", "embedded", "python", "record", "replay",
    ]  # fmt: skip
    assert rows["openai"].ready
    assert rows["gguf"].needs == "concord-spec[local]"


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "models.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_short_name_stands_for_a_uri_with_settings_of_its_own(tmp_path: Path) -> None:
    config = ModelConfig.read(
        write(
            tmp_path,
            """
            [models."python:my_models:plain"]
            concurrency = 3
            requests_per_minute = 60

            [models.cheap]
            uri = "python:my_models:plain"
            concurrency = 2
            usd_per_million_input = 0.5

            [roles]
            ranker = "cheap"
            """,
        )
    )
    assert config.roles == {"ranker": "cheap"}
    model = open_model("cheap", config)
    assert isinstance(model, BaseModel)
    assert (model.uri, model.identity) == ("mine", "mine")
    profile = model.profile
    assert (profile.concurrency, profile.requests_per_minute) == (2, 60)
    assert (profile.usd_per_million_input, profile.usd_per_million_cached) == (0.5, 0.5)
    assert open_model("python:my_models:plain", config).profile.concurrency == 3
    asyncio.run(model.close())


def test_a_model_in_this_process_keeps_its_way_of_answering() -> None:
    config = ModelConfig.checked({"models": {"python:my_models:plain": {"answers": "prompted"}}}, "m")
    assert open_model("python:my_models:plain", config).profile == Profile(answers="native")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[models.a]\ntemprature = 1', r"\[models.a\] has an unknown key 'temprature': did you mean 'temperature'"),
        ("[modles.a]", "the top has an unknown key 'modles': did you mean 'models'"),
        ("[models.a]\ntemperature = 3", "'temperature' in .models.a. can't be 3.*less than or equal to 2"),
        ("[models.a]\nconcurrency = 0", "'concurrency' in .models.a. can't be 0"),
        ('[models.a]\nconcurrency = "many"', "can't be 'many'"),
        ("[models.a", "is not TOML"),
    ],
)  # fmt: skip
def test_a_wrong_models_file_is_one_sentence_with_the_place(tmp_path: Path, text: str, said: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ModelError, match=said) as raised:
        ModelConfig.read(path)
    assert str(path) in str(raised.value)


def test_a_role_that_no_agent_plays_is_refused_with_the_nearest() -> None:
    config = ModelConfig.checked({"roles": {"rankr": "embedded"}}, "m")
    with pytest.raises(ModelError, match=r"f.toml: \[roles\] names no agent 'rankr': did you mean 'ranker'"):
        config.check_roles(["ranker", "validator"], "f.toml")


def test_a_key_has_no_place_in_the_file_and_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as raised:
        ModelConfig.read(write(tmp_path, '[models.a]\napi_key = "sk-secretsecretsecret"'))
    assert "sk-secret" not in str(raised.value)
    assert "api_key" in str(raised.value)


def test_a_models_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="can't be read: No such file"):
        ModelConfig.read(tmp_path / "gone.toml")


def test_the_example_in_the_docs_is_a_models_file() -> None:
    page = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
    example = page.split("```toml\n")[1].split("```")[0]
    config = ModelConfig.checked(tomllib.loads(example), "docs/models.md")
    assert config.uri(config.roles["ranker"]) == "openai:qwen3@http://localhost:8000/v1"
    table = page.split("| key | meaning |")[1].split("\n\n")[0]
    assert [field for field in Settings.model_fields if f"`{field}`" not in table] == []
