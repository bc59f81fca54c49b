"""Keeping what came: the cache, so that nothing is paid for twice, and the log, so that it can be seen again."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import JsonValue, ValidationError
from pydantic_core import from_json

from ..errors import InputError
from ..records import canonical_json, content_id, digest
from ..store.protocol import CallCache
from .call_log import CallLog
from .exchange import Exchange
from .protocol import Answer, Request
from .records import CallRecord, CallStatus, Where

A = TypeVar("A", bound=Answer)


def call_id(request: Request, identity: str, where: Where) -> str:
    """The same question to the same model at the same place of a run has the same id."""
    return content_id(request.key, identity, where)


def cache_key(request: Request, identity: str) -> str:
    """The same question to the same model, wherever it is asked."""
    return digest([identity, request.key])


class CallRecorder:
    """Files the calls of one model: reads and writes the cache, keeps the log.

    With `buffered`, answers reach the cache a ticket at a time: right for models whose answers cost nothing.
    """

    def __init__(self, cache: CallCache, calls: CallLog, uri: str, *, buffered: bool = False) -> None:
        self._cache = cache
        self._hoard = buffered
        self._hoarded: dict[str, bytes] = {}
        self._calls = calls
        self._uri = uri

    def look_up(self, key: str, answer: type[A], expect: Mapping[str, JsonValue]) -> tuple[A, str] | None:
        """The answer and raw reply kept under `key`; None when there is none that holds here."""
        kept = self._hoarded.get(key) or self._cache.get(key)
        if kept is None:
            return None
        try:
            value = from_json(kept)
            return answer.model_validate(value["answer"], context=dict(expect)), str(value["raw"])
        except (ValueError, TypeError, KeyError, ValidationError, InputError):
            return None

    def knows(self, key: str) -> bool:
        return self._cache.get(key) is not None

    def hit(self, id: str, request: Request, where: Where, answer: Answer, raw: str) -> None:
        """Record an answer that came from the cache."""
        self._calls.put(self._record(id, request, where, "answered", answer, raw=raw, cached=True))

    def underway(self, exchange: Exchange, where: Where, status: CallStatus) -> None:
        """Record that a call is planned, or submitted."""
        self._calls.put(self._record(exchange.id, exchange.request, where, status))

    def done(self, exchange: Exchange, where: Where) -> None:
        """Record the end of an exchange; an answer goes into the cache first, a failure never does."""
        if exchange.answer is not None:
            value = {"answer": exchange.answer.model_dump(mode="json"), "raw": exchange.raw}
            if self._hoard:
                self._hoarded[exchange.cache_key] = canonical_json(value)
            else:
                self._cache.put(exchange.cache_key, canonical_json(value))
        usage = exchange.usage
        self._calls.put(
            self._record(
                exchange.id,
                exchange.request,
                where,
                "failed" if exchange.answer is None else "answered",
                exchange.answer,
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
            )
        )

    def flush_when_full(self) -> None:
        """Put what was hoarded into the cache."""
        if self._hoarded:
            self._cache.put_many(self._hoarded)
            self._hoarded = {}

    def flush(self) -> None:
        self.flush_when_full()
        self._calls.flush()

    def _record(
        self,
        id: str,
        request: Request,
        where: Where,
        status: CallStatus,
        answer: Answer | None = None,
        **rest: object,
    ) -> CallRecord:
        fields: dict[str, object] = {
            "id": id,
            "where": where,
            "role": request.role,
            "model": self._uri,
            "template": request.template,
            "parts": tuple((part.name, part.text) for part in request.parts),
            "status": status,
            "answer": None if answer is None else answer.model_dump(mode="json"),
            **rest,
        }
        return CallRecord.model_validate(fields)
