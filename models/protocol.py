"""What a base model is, what it is asked and what it answers.

Names follow three parts: the wire protocol (a class here), the endpoint with its key, and the profile of
what the model can do.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Literal, Protocol, runtime_checkable

from pydantic import JsonValue

from ..prompts.render import Part
from ..records import Record, content_id, digest

Role = Literal["ranker", "relevance", "batch_proposer", "conversation_proposer", "validator"]
Finish = Literal["stop", "length", "refusal"]


class Profile(Record):
    """What a base model can do and what it costs."""

    answers: Literal["native", "strict_schema", "json_mode", "prompted"] = "strict_schema"
    """native: reads `Part.data` and answers through the schema by itself."""
    context_tokens: int | None = None
    """Prompt and answer together; None: unknown, never split."""
    output_tokens: int = 4096
    logprobs: bool = False
    seed: bool = False
    reasoning: bool = False
    cache_breakpoints: bool = False
    """Whether the provider wants the shared prefix marked."""
    notice: str = ""
    """Printed by every output of a run that uses this model."""
    usd_per_million_input: float = 0.0
    usd_per_million_cached: float = 0.0
    usd_per_million_output: float = 0.0
    concurrency: int = 16
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None


class Answer(Record):
    """The base of every answer schema. Validated with `Request.expect` as pydantic's validation context."""


class Request(Record):
    """One question to a base model: typed parts, in order, and the schema of the answer.

    `expect` holds what a valid answer must agree with (such as the labels to rank); answer schemas read it
    as the validation context. `repeat` tells deliberate repeats of the same question apart.
    """

    role: Role
    template: str
    """Name and version hash of the prompt template, e.g. `ranker@1a2b3c4d`."""
    parts: tuple[Part, ...]
    answer: type[Answer]
    expect: Mapping[str, JsonValue] = {}
    repeat: int = 0

    @property
    def system(self) -> str:
        return "".join(part.text for part in self.parts if part.name == "system")

    @property
    def user(self) -> str:
        return "".join(part.text for part in self.parts if part.name != "system")

    def data(self, name: str) -> JsonValue:
        """The typed data of a part. Raises KeyError for a part that isn't there."""
        for part in self.parts:
            if part.name == name:
                return part.data
        raise KeyError(name)

    @property
    def key(self) -> str:
        """Depends on the exact text, the schema and the repeat; two requests with one key are one question."""
        schema = self.answer.model_json_schema()
        return digest([self.role, self.template, [[p.name, p.text] for p in self.parts], schema, self.repeat])


class Usage(Record):
    input_tokens: int = 0
    cached_tokens: int = 0
    """Of the input tokens, those the provider read from its prefix cache."""
    output_tokens: int = 0
    reasoning_tokens: int = 0


class Reply(Record):
    """What came back for one request, before validation."""

    text: str
    usage: Usage = Usage()
    finish: Finish = "stop"
    model: str = ""
    """The name the server gave itself."""
    tier: str = ""
    latency: float = 0.0
    """Seconds."""


class Ticket(Record):
    """A receipt for submitted requests; it survives a restart, so `collect` may be called days later."""

    id: str
    size: int

    @classmethod
    def of(cls, requests: Sequence[Request]) -> "Ticket":
        return cls(id=content_id([request.key for request in requests]), size=len(requests))


class Failure(Record):
    """A request that got no usable reply."""

    message: str
    retryable: bool = False
    after: float | None = None


@runtime_checkable
class BaseModel(Protocol):
    """What an agent thinks with. Implementations never raise for one request's failure: they yield it."""

    @property
    def uri(self) -> str:
        """What the user wrote to name it; never holds a key."""
        ...

    @property
    def identity(self) -> str:
        """What tells its answers apart from another model's in the cache: model, endpoint, parameters."""
        ...

    @property
    def profile(self) -> Profile: ...

    async def submit(self, requests: Sequence[Request], /) -> Ticket: ...

    def collect(self, ticket: Ticket, /) -> AsyncIterator[tuple[int, Reply | Failure]]:
        """Yields (index in the submitted requests, result) as they come, each index once."""
        ...

    async def close(self) -> None: ...
