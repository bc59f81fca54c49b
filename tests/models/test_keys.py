"""Keys come from the environment or a file, and show nowhere; tokens are counted without a tokenizer."""

from pathlib import Path

import pytest

from concord.errors import ModelError
from concord.models.keys import HIDDEN, Key, read_key, scrub
from concord.models.tokens import tokens


def test_a_key_does_not_print() -> None:
    key = Key("correct-horse-battery")
    assert "horse" not in f"{key} {key!r} {[key]}"
    assert key.reveal() == "correct-horse-battery"


def test_a_key_comes_from_its_file_before_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "from-the-variable")
    (tmp_path / "key").write_text("from-the-file\n")
    from_file, from_variable = read_key("MY_KEY", str(tmp_path / "key")), read_key("MY_KEY", "")
    assert from_file is not None
    assert from_variable is not None
    assert (from_file.reveal(), from_variable.reveal()) == ("from-the-file", "from-the-variable")
    assert read_key("", "", "NO_SUCH_VARIABLE") is None


def test_a_key_that_was_promised_and_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text(" \n")
    with pytest.raises(ModelError, match="NO_SUCH_VARIABLE holds no key"):
        read_key("NO_SUCH_VARIABLE", "")
    with pytest.raises(ModelError, match="can't be read"):
        read_key("", str(tmp_path / "gone"))
    with pytest.raises(ModelError, match="is empty"):
        read_key("", str(tmp_path / "empty"))


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect API key provided: SECRET0123456789",
        "Incorrect API key provided: sk-SECRET***********6789.",
        "header Authorization: Bearer SECRET0123456789 refused",
        '{"api_key": "SECRET0123456789"}',
        "x-api-key=SECRET0123456789",
        "key sk-proj-SECRET_0123-456789 is over its quota",
        "a key that was read: plain-old-SECRET",
    ],
)
def test_whatever_looks_like_a_key_is_hidden(text: str) -> None:
    Key("plain-old-SECRET")
    assert "SECRET" not in scrub(text)
    assert HIDDEN in scrub(text)


@pytest.mark.parametrize(
    "text", ["maximum context length is 8192 tokens", "no such model: gpt-9", "rate limit: 3 a minute"]
)
def test_what_is_no_key_stays(text: str) -> None:
    assert scrub(text) == text


def test_tokens_run_at_a_quarter_of_a_character_and_more_outside_ascii() -> None:
    assert tokens("") == 0
    assert tokens("word " * 400) == 500
    assert tokens("漢" * 100) == 100
    assert tokens("é" * 8) == 5
    assert tokens("\ud800") >= 1
