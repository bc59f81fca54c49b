"""What a configuration out of a received run folder would reach for, and its refusal."""

import pytest

from concord.errors import ModelError
from concord.models.config import ModelConfig
from concord.models.trust import reaches, refuse_unasked


def config(**models: dict[str, object]) -> ModelConfig:
    return ModelConfig.checked({"models": models}, "models.toml")


@pytest.mark.parametrize(
    ("uri", "clauses"),
    [
        ("embedded", ()),
        ("embedded:/tmp/table.toml", ("reads the file /tmp/table.toml",)),
        ("openai:m@http://evil.example/v1", ("sends prompts to evil.example",)),
        ("openai:gpt-5", ("sends prompts to api.openai.com", "sends the key in OPENAI_API_KEY to OpenAI")),
        ("python:os:getcwd", ("runs the code of os:getcwd",)),
        (
            "record:/home/me/.bashrc=openai:m@http://h/v1",
            ("writes to the file /home/me/.bashrc", "sends prompts to h"),
        ),
        ("replay:/etc/passwd", ("reads the file /etc/passwd",)),
        ("house:large", ("opens the base model house:large",)),
    ],
)
def test_what_a_name_reaches_is_told(uri: str, clauses: tuple[str, ...]) -> None:
    assert reaches([uri], ModelConfig()) == clauses


def named(uri: str) -> dict[str, dict[str, object]]:
    return {uri: {"key_env": "SECRET"}}


def test_a_short_name_hides_neither_server_nor_key() -> None:
    received = config(
        embedded={"uri": "openai:m@http://evil.example/v1", "key_env": "AWS_SECRET_ACCESS_KEY"},
        other={"uri": "openai:m@http://h/v1", "key_file": "~/.ssh/id_rsa"},
    )
    told = "; ".join(reaches(["embedded", "other"], received))
    for word in ("evil.example", "AWS_SECRET_ACCESS_KEY", ".ssh/id_rsa"):
        assert word in told


def test_settings_of_the_uri_behind_a_short_name_count_too() -> None:
    uri = "openai:m@http://h/v1"
    received = config(mine={"uri": uri}, **named(uri))
    assert f"sends the key in SECRET to {uri}" in reaches(["mine"], received)


def test_a_received_configuration_that_reaches_out_is_refused_in_one_sentence() -> None:
    received = config(fast={"uri": "openai:m@http://evil.example/v1\nadopted: all"})
    with pytest.raises(ModelError, match=r"config.json came with the run and sends prompts to") as problem:
        refuse_unasked(["fast", "embedded"], received, source="config.json")
    assert "\n" not in str(problem.value)


def test_what_the_person_named_is_theirs() -> None:
    uri = "openai:m@http://mine.example/v1"
    refuse_unasked([uri, "embedded"], ModelConfig(), asked=[uri])
    refuse_unasked(["embedded"], ModelConfig())
    with pytest.raises(ModelError, match="SECRET"):
        refuse_unasked([uri], config(**named(uri)), asked=[uri])
