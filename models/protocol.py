"""What a base model is, what it is asked and what it answers.

Names follow three parts: the wire protocol (a class here), the endpoint with its key, and the profile of
what the model can do.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal, Protocol, Self, TypeAlias, runtime_checkable

from pydantic import AfterValidator, Field, JsonValue

from ..prompts.render import Part
from ..records import Record, digest
from ..store.protocol import Store

Role: TypeAlias = str
"""The name of a registered agent, such as `ranker`: base models know none by heart."""
Finish = Literal["stop", "length", "refusal"]

_LONGEST_LINE = 600


def one_line(text: str) -> str:
    """`text` on one line without control characters, cut at 600 characters: it can't forge a line of output."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    line = " ".join(plain.split())
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…"


OneLine = Annotated[str, AfterValidator(one_line)]
Count = Annotated[int, Field(ge=0, le=10**12)]
Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""US dollars per million tokens."""


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
    notice: OneLine = ""
    """Printed by every output of a run that uses this model."""
    usd_per_million_input: Price | None = None
    """None: unknown, as the two below. A native model without prices costs nothing."""
    usd_per_million_cached: Price | None = None
    """None: as dear as input that isn't cached."""
    usd_per_million_output: Price | None = None
    concurrency: int = 16
    """The most requests in flight at once; fewer while the provider asks for less."""
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    timeout: float | None = 600.0
    """Seconds for one request, after which it counts as lost and is sent again; None: wait for days."""

    @property
    def priced(self) -> bool:
        """Whether what a call costs is known."""
        known = self.usd_per_million_input is not None and self.usd_per_million_output is not None
        return known or self.answers == "native"


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

    @cached_property
    def key(self) -> str:
        """Depends on the exact text, the schema and the repeat; two requests with one key are one question."""
        schema = schema_digest(self.answer)
        return digest([self.role, self.template, [[p.name, p.text] for p in self.parts], schema, self.repeat])

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with some fields replaced; its key is its own."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("key", None)
        return copied


@lru_cache(maxsize=256)
def schema_digest(answer: type[Answer]) -> str:
    """SHA-256 of the JSON schema of an answer class; making the schema anew costs half a millisecond."""
    return digest(answer.model_json_schema())


class Usage(Record):
    input_tokens: Count = 0
    cached_tokens: Count = 0
    """Of the input tokens, those the provider read from its prefix cache."""
    output_tokens: Count = 0
    reasoning_tokens: Count = 0

    def __add__(self, other: "Usage") -> "Usage":
        mine, more = self.__dict__, other.__dict__
        return Usage.model_construct(**{name: mine[name] + more[name] for name in mine})


class Reply(Record):
    """What came back for one request, before validation."""

    text: str
    usage: Usage = Usage()
    finish: Finish = "stop"
    model: OneLine = ""
    """The name the server gave itself."""
    tier: OneLine = ""
    latency: float = 0.0
    """Seconds."""
    price_factor: float = 1.0
    """Times the profile's prices that it cost: a queue of batches may ask at the live endpoint."""


class Failure(Record):
    """A request that got no usable reply."""

    message: str
    retryable: bool = False
    after: float | None = None
    """Seconds that the server asked to wait."""
    throttled: bool = False
    """Whether the server refused because too much is sent (429): fewer are sent for a while."""


@runtime_checkable
class BaseModel(Protocol):
    """What an agent thinks with."""

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

    async def complete(self, request: Request, /) -> Reply | Failure:
        """What comes back for one request. A request's failure is returned, never raised.

        As many as `profile.concurrency` run side by side. Cancelled, it lets go of what is under way.
        """
        ...

    async def close(self) -> None: ...


def live_name(uri: str) -> str:
    """What answers behind a model's name: a provider's queue of batches is another way to ask the same model."""
    return uri.replace("openai-batch:", "openai:", 1) if uri.startswith("openai-batch:") else uri


@runtime_checkable
class Ticketed(Protocol):
    """A base model whose answers may come days later: it keeps receipts in the store of the run that asks."""

    def keep_tickets(self, store: Store, /) -> None:
        """Keep receipts here from now on, and heed those that are there."""
        ...


class Ticket(Record):
    """A receipt for requests handed to a queue. It may be stored, and collected by another process days later."""

    key: str
    """The queue's own name for what was submitted."""
    size: int


@runtime_checkable
class BatchModel(Protocol):
    """A queue that takes many requests at once and answers later, as providers sell at half price.

    `models.batches.Batched` makes a BaseModel of one.
    """

    @property
    def uri(self) -> str: ...

    @property
    def identity(self) -> str: ...

    @property
    def profile(self) -> Profile: ...

    async def submit(self, requests: Sequence[Request], /) -> Ticket:
        """Hand all of `requests` over. Raises CallFailed where none was taken."""
        ...

    def collect(self, ticket: Ticket, /) -> AsyncIterator[tuple[int, Reply | Failure]]:
        """Yields (index in the submitted requests, result) as they come, each index once."""
        ...

    async def close(self) -> None: ...
