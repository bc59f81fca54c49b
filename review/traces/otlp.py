"""A stored run as OpenTelemetry spans over OTLP: run → round → node → call.

Spans go to the exporter in chunks and every answer is looked at: a batch processor drops what a slow collector
doesn't take in time, and says nothing.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ...errors import CallFailed, OptionError
from ...models.records import CallRecord
from ..reading.run import RunReading
from . import names

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter

CHUNK = 500
"""Spans in one request to the collector."""
SECOND = 1_000_000_000
LEAST = 1_000_000
"""Nanoseconds that a span lasts at least, so that it can be seen."""


def send_spans(reading: RunReading, endpoint: str, *, site: str = "http://127.0.0.1:8765") -> int:
    """Send every call of a run to a collector over OTLP/HTTP; returns how many spans it took.

    `endpoint` is the collector's address, with or without `/v1/traces`; `site` is where permalinks lead to. Raises
    OptionError without the extra `otel`, CallFailed where the collector doesn't take a chunk, saying how many it
    had taken.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ModuleNotFoundError:
        raise OptionError("sending spans needs the extra `otel`: pip install 'concord-spec[otel]'") from None
    if not endpoint.startswith(("http://", "https://")):
        raise OptionError(f"{endpoint!r} is no collector's address: give http://HOST:4318 or the like")
    address = endpoint.rstrip("/")
    exporter = OTLPSpanExporter(
        endpoint=address if address.endswith("/v1/traces") else f"{address}/v1/traces"
    )
    try:
        return export_spans(reading, exporter, site=site)
    finally:
        exporter.shutdown()  # type: ignore[no-untyped-call]  # the SDK's own lack of a type


def export_spans(reading: RunReading, exporter: "SpanExporter", *, site: str) -> int:
    """Hand all spans to an exporter, a chunk at a time. Raises CallFailed where it doesn't take one."""
    from opentelemetry.sdk.trace.export import SpanExportResult

    sent, waiting = 0, []
    for span in spans(reading, site=site):
        waiting.append(span)
        if len(waiting) == CHUNK:
            sent += _handed(exporter, waiting, sent, SpanExportResult.SUCCESS)
            waiting = []
    if waiting:
        sent += _handed(exporter, waiting, sent, SpanExportResult.SUCCESS)
    return sent


def spans(reading: RunReading, *, site: str) -> Iterator["ReadableSpan"]:
    """The run's spans, parents after their children: only then is it known when they end."""
    maker = _Maker(reading, site)
    for chunk in reading.source.every_call(CHUNK):
        for call in chunk:
            yield maker.call(call)
    yield from maker.parents()


def _handed(exporter: "SpanExporter", chunk: Sequence["ReadableSpan"], sent: int, success: object) -> int:
    if exporter.export(chunk) is not success:
        raise CallFailed(
            f"the collector didn't take a chunk of {len(chunk)} spans; it had taken {sent:,} before"
        )
    return len(chunk)


class _Maker:
    """Makes spans with ids from content: sending a run twice names the same spans."""

    def __init__(self, reading: RunReading, site: str) -> None:
        from opentelemetry.sdk.resources import Resource

        self.run = reading.id
        self.site = site.rstrip("/")
        self.trace = int(hashlib.sha256(reading.source.launched.run.encode()).hexdigest()[:32], 16)
        self.resource = Resource({"service.name": "concord", names.RUN: reading.id})
        self.now = reading.folder.config.stat().st_mtime_ns
        self.spans: dict[tuple[object, ...], tuple[int, int]] = {}
        """Parent to its first and last nanosecond."""

    def call(self, call: CallRecord) -> "ReadableSpan":
        start = self.now
        end = start + max(LEAST, int(call.latency * SECOND))
        self.now = end
        where = call.where
        for parent in ((), (where.round,), (where.round, where.node)):
            first, _ = self.spans.get(parent, (start, end))
            self.spans[parent] = (first, end)
        provider, _, model = call.model.partition(":")
        attributes: dict[str, str | int | float | bool] = {
            names.OPERATION: names.CHAT, names.PROVIDER: provider, names.MODEL: model or provider,
            names.AGENT: call.role, names.INPUT_TOKENS: call.input_tokens, names.OUTPUT_TOKENS: call.output_tokens,
            names.CACHED_TOKENS: call.cached_tokens, names.OUTPUT_TYPE: "json", names.CACHED: call.cached,
            names.ATTEMPTS: call.attempts, names.USD: call.usd or 0.0, names.TEMPLATE: call.template,
            names.ROUND: where.round, names.NODE: where.node, names.SUBJECT: where.subject,
            names.ORDER_ONLY: True, names.URL: f"{self.site}/runs/{self.run}/calls/{call.id}",
            names.INPUT: _messages("user", "\n\n".join(text for name, text in call.parts if name != "system")),
            names.SYSTEM: json.dumps([{"type": "text", "content": text} for name, text in call.parts if name == "system"], ensure_ascii=False),
            names.OUTPUT: _messages("assistant", call.raw),
        }  # fmt: skip
        if call.failure:
            attributes[names.ERROR] = call.failure[:200]
        key = (where.round, where.node)
        return self._span(
            f"{names.CHAT} {call.role}", int(call.id, 16), self._id(key), start, end, attributes, call.failure
        )

    def parents(self) -> Iterator["ReadableSpan"]:
        for key, (start, end) in sorted(self.spans.items(), key=lambda pair: -len(pair[0])):
            name = f"{('concord run', 'round', 'node')[len(key)]} {key[-1] if key else self.run}"
            attributes: dict[str, str | int | float | bool] = {
                names.OPERATION: names.INVOKE_AGENT, names.RUN: self.run, names.ORDER_ONLY: True,
                names.URL: f"{self.site}/runs/{self.run}/",
            }  # fmt: skip
            yield self._span(
                name, self._id(key), self._id(key[:-1]) if key else None, start, end, attributes, ""
            )

    def _id(self, key: tuple[object, ...]) -> int:
        return int(hashlib.sha256(repr((self.run, *key)).encode()).hexdigest()[:16], 16)

    def _span(
        self, name: str, id: int, parent: int | None, start: int, end: int,
        attributes: dict[str, str | int | float | bool], failure: str,
    ) -> "ReadableSpan":  # fmt: skip
        from opentelemetry.sdk.trace import ReadableSpan
        from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

        def context(id: int) -> SpanContext:
            return SpanContext(self.trace, id, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))

        return ReadableSpan(
            name=name, context=context(id), parent=context(parent) if parent is not None else None,
            resource=self.resource, attributes=attributes, kind=SpanKind.CLIENT, start_time=start, end_time=end,
            status=Status(StatusCode.ERROR, failure[:200]) if failure else Status(StatusCode.UNSET),
        )  # fmt: skip


def _messages(role: str, text: str) -> str:
    """One message as the conventions write it."""
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": clean}]}], ensure_ascii=False)
