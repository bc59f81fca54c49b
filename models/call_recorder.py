"""Keeping what came: the cache, so that nothing is paid for twice, and the log, so that it can be seen again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import JsonValue, ValidationError
from pydantic_core import from_json

from ..errors import InputError
from ..records import canonical_json, content_id, digest
from ..store.protocol import CallCache
from .call_log import CallLog
from .exchange import Exchange
from .protocol import Answer, Request, one_line
from .records import CallRecord, CallStatus, Where

A = TypeVar("A", bound=Answer)

_BUFFERED = 64


def call_id(request: Request, identity: str, where: Where) -> str:
    """The same question to the same model at the same point of a run has the same id."""
    return content_id(request.key, identity, where)


def cache_key(request: Request, identity: str) -> str:
    """The same question to the same model, wherever it is asked."""
    return digest([identity, request.key])


@dataclass(frozen=True, slots=True)
class Kept(Generic[A]):
    """An answer out of the cache, with the raw reply and the name of the model that gave it."""

    answer: A
    raw: str
    served: str


class CallRecorder:
    """Records the calls of one model: reads and writes the cache, keeps the log.

    With `buffered`, answers reach the cache by dozens: right for models whose answers cost nothing.
    """

    def __init__(self, cache: CallCache, calls: CallLog, uri: str, *, buffered: bool = False) -> None:
        self._cache = cache
        self._buffered = buffered
        self._buffer: dict[str, bytes] = {}
        self._calls = calls
        self._uri = uri

    def look_up(self, key: str, answer: type[A], expect: Mapping[str, JsonValue]) -> Kept[A] | None:
        """What is kept under `key`; None when there is nothing that holds here."""
        kept = self._buffer.get(key) or self._cache.get(key)
        if kept is None:
            return None
        try:
            value = from_json(kept)
            return Kept(
                answer.model_validate(value["answer"], context=dict(expect)),
                str(value["raw"]),
                one_line(str(value.get("served", ""))),
            )
        except (ValueError, TypeError, KeyError, ValidationError, InputError):
            return None

    def knows(self, key: str) -> bool:
        return key in self._buffer or self._cache.get(key) is not None

    def hit(self, call: str, request: Request, where: Where, kept: "Kept[A]") -> None:
        """Record an answer that came from the cache."""
        answer = kept.answer.model_dump(mode="json")
        self._put(
            call, request, where, "answered", answer=answer, raw=kept.raw, served=kept.served, cached=True
        )

    def shared(self, call: str, request: Request, where: Where, other: Exchange) -> None:
        """Record what became of an equal question that was in flight already; it cost nothing more."""
        if call != other.call:
            answer = None if other.answer is None else other.answer.model_dump(mode="json")
            status: CallStatus = "failed" if answer is None else "answered"
            failure = other.failure
            self._put(
                call, request, where, status, answer=answer, raw=other.raw, failure=failure, served=other.served,
                cached=True,
            )  # fmt: skip

    def underway(self, exchange: Exchange, where: Where, status: CallStatus) -> None:
        """Record that a call is planned, or submitted."""
        self._put(exchange.call, exchange.request, where, status)

    def done(self, exchange: Exchange, where: Where) -> None:
        """Record the end of an exchange; an answer goes into the cache first, a failure never does."""
        answer = None if exchange.answer is None else exchange.answer.model_dump(mode="json")
        try:
            if answer is not None:
                kept = {"answer": answer, "raw": exchange.raw, "served": exchange.served}
                self._keep(exchange.cache_key, canonical_json(kept))
        finally:  # a cache that can't be written takes no paid answer out of the log
            self._log(exchange, where, answer)

    def _log(self, exchange: Exchange, where: Where, answer: JsonValue) -> None:
        usage = exchange.usage
        self._put(
            exchange.call,
            exchange.request,
            where,
            "failed" if answer is None else "answered",
            answer=answer,
            raw=exchange.raw,
            failure=exchange.failure,
            input_tokens=usage.input_tokens,
            cached_tokens=usage.cached_tokens,
            output_tokens=usage.output_tokens,
            reasoning_tokens=usage.reasoning_tokens,
            usd=exchange.usd,
            latency=exchange.latency,
            attempts=exchange.attempts,
            tier=exchange.tier,
            served=exchange.served,
        )

    def flush(self) -> None:
        """Make all that was recorded durable: answers first, so that a record never names one that is lost."""
        self._flush_buffer()
        self._calls.flush()

    def _keep(self, key: str, value: bytes) -> None:
        if not self._buffered:
            self._cache.put(key, value)
            return
        self._buffer[key] = value
        if len(self._buffer) >= _BUFFERED:
            self._flush_buffer()

    def _flush_buffer(self) -> None:
        if self._buffer:
            self._cache.put_many(self._buffer)
            self._buffer = {}

    def _put(self, call: str, request: Request, where: Where, status: CallStatus, **rest: object) -> None:
        fields: dict[str, object] = {
            "id": call,
            "where": where,
            "role": request.role,
            "model": self._uri,
            "template": request.template,
            "parts": tuple((part.name, part.text) for part in request.parts),
            "status": status,
            **rest,
        }
        self._calls.put(CallRecord.model_validate(fields))
