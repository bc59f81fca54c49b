"""The models file (TOML): what doesn't fit the line that names a base model.

[models."openai:gpt-5-mini"]            # the settings of that URI, wherever it is named
reasoning_effort = "low"
requests_per_minute = 500

[models.local]                          # a short name of your own, for one URI
uri = "openai:qwen3@http://localhost:8000/v1"
temperature = 0.0

[roles]                                 # which model an agent uses when the command line names none
ranker = "local"
"""

import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, ValidationError

from ..errors import ModelError
from ..records import Record
from .keys import scrub
from .protocol import Price, Role

Positive = Annotated[float, Field(gt=0)]


class Settings(Record):
    """What may be stated of one base model beyond its URI. None: the model's own default."""

    uri: str = ""
    """Only for a short name: the URI that it stands for."""
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    reasoning_effort: str | None = None
    service_tier: str | None = None
    extra_body: Mapping[str, JsonValue] = {}
    """Further fields of every request's body, as the server knows them."""
    max_output_tokens: int | None = Field(None, gt=0)
    context_tokens: int | None = Field(None, gt=0)
    answers: Literal["strict_schema", "json_mode", "prompted"] | None = None
    """How the server is made to answer through a schema; None: found out by trying."""
    usd_per_million_input: Price | None = None
    usd_per_million_cached: Price | None = None
    """None: as dear as input that isn't cached, where that has a price here."""
    usd_per_million_output: Price | None = None
    requests_per_minute: Positive | None = None
    tokens_per_minute: Positive | None = None
    concurrency: int | None = Field(None, gt=0)
    timeout: Positive | None = None
    """Seconds for one request."""
    poll: Positive | None = None
    """For a queue of batches: seconds between two looks at it."""
    gather: Positive | None = None
    """For a queue of batches: seconds without another question after which a batch goes out."""
    live_after_hours: Positive | None = None
    """For a queue of batches: hours after which what it hasn't answered is asked at the live endpoint, at full price.

    None: never; it goes into another batch.
    """
    threads: int | None = Field(None, gt=0)
    """For a model in this process; None: one for each core."""
    key_env: str = ""
    """Name of the environment variable that holds the key; the key itself has no place in this file."""
    key_file: str = ""

    @property
    def parameters(self) -> dict[str, JsonValue]:
        """What goes into every request's body."""
        named: dict[str, JsonValue] = {
            "temperature": self.temperature,
            "top_p": self.top_p,
            "reasoning_effort": self.reasoning_effort,
            "service_tier": self.service_tier,
        }
        return {name: value for name, value in named.items() if value is not None} | dict(self.extra_body)

    @property
    def profile(self) -> dict[str, JsonValue]:
        """Fields of Profile that these settings change."""
        cached = self.usd_per_million_cached
        stated: dict[str, JsonValue] = {
            "answers": self.answers,
            "output_tokens": self.max_output_tokens,
            "context_tokens": self.context_tokens,
            "usd_per_million_input": self.usd_per_million_input,
            "usd_per_million_cached": self.usd_per_million_input if cached is None else cached,
            "usd_per_million_output": self.usd_per_million_output,
            "requests_per_minute": self.requests_per_minute,
            "tokens_per_minute": self.tokens_per_minute,
            "concurrency": self.concurrency,
            "timeout": self.timeout,
        }
        return {name: value for name, value in stated.items() if value is not None}


class ModelConfig(Record):
    """A whole models file."""

    models: Mapping[str, Settings] = {}
    """By URI or short name."""
    roles: Mapping[Role, str] = {}
    """Agent to the URI or short name of its model."""

    @classmethod
    def read(cls, path: Path) -> "ModelConfig":
        """Raises ModelError for a file that isn't there, isn't TOML, or says something unknown."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise ModelError(f"the models file {path} can't be read: {_reason(problem)}") from None
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as problem:
            raise ModelError(f"{path} is not TOML: {problem}") from None
        return cls.checked(content, str(path))

    @classmethod
    def checked(cls, content: Mapping[str, Any], source: str) -> "ModelConfig":
        """`content` as a config; `source` names it in errors. Raises ModelError."""
        try:
            return cls.model_validate(content)
        except ValidationError as problem:
            error = problem.errors(include_url=False, include_context=False)[0]
        *table, key = (str(step) for step in error["loc"] if step != "[key]")
        table_name = f"[{'.'.join(table)}]" if table else "the top"
        if error["type"] == "extra_forbidden":
            fields = Settings.model_fields if table else cls.model_fields
            raise ModelError(f"{source}: {table_name} has an unknown key {key!r}{nearest(key, fields)}")
        raise ModelError(
            scrub(f"{source}: {key!r} in {table_name} can't be {error['input']!r}: {error['msg'].lower()}")
        )

    def check_roles(self, known: Iterable[str], source: str) -> None:
        """Raises ModelError for a role that no agent of `known` plays; `source` names the file."""
        names = list(known)
        for role in self.roles:
            if role not in names:
                raise ModelError(f"{source}: [roles] names no agent {role!r}{nearest(role, names)}")

    def settings(self, name: str) -> Settings:
        """The settings of a URI or short name; the defaults where the file says nothing of it."""
        return self.models.get(name) or Settings()

    def uri(self, name: str) -> str:
        """The URI that a short name stands for; any other name as it is."""
        return self.settings(name).uri or name


def nearest(name: str, known: Iterable[str]) -> str:
    """`: did you mean 'x'?` for the nearest of `known`, else a list of them."""
    names = list(known)
    if close := get_close_matches(name, names, n=1):
        return f": did you mean {close[0]!r}?"
    return f": known are {', '.join(names)}"


def _reason(problem: OSError | UnicodeDecodeError) -> str:
    return str(problem.strerror) if isinstance(problem, OSError) else "it isn't UTF-8"
