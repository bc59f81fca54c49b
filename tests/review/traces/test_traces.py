"""Traces for other tools: spans that a collector takes, and a log that Inspect reads."""

import json
import threading
import time
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from concord.errors import CallFailed, OptionError
from concord.graph.options import Options
from concord.graph.run_records import RunRecords
from concord.models.records import CallRecord, Where
from concord.review.reading.building import build
from concord.review.reading.run import RunReading
from concord.review.traces import names
from concord.review.traces.inspect_log import write_eval_log
from concord.review.traces.otlp import send_spans
from concord.spec import Spec
from concord.store.runs import RunFolder, write_json

CALLS = 1200


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> RunReading:
    """A run of many calls, one of them failed, one with a lone surrogate in its reply."""
    folder = tmp_path_factory.mktemp("traced") / "many"
    folder.mkdir()
    spec = Spec.parse("# One\n\ntext\n")
    write_json(
        folder / "config.json",
        {"spec": "spec.md", "data": "data", "options": Options().model_dump(mode="json"), "models": {"ranker": "openai:m"},
         "spec_digest": spec.digest, "data_digest": "0", "run": "one"},
    )  # fmt: skip
    records = RunRecords.create(folder)
    records.put_text(spec.text)
    for number in range(CALLS):
        failed = number == 7
        records.calls.add(
            [
                CallRecord(
                    id=f"{number + 1:016x}", where=Where(round=1 + number // 600, node=("measure", "trial")[number % 2], subject="p"),
                    role="ranker", model="openai:m", template="ranker@1", parts=(("system", "be fair"), ("conversation", f"question {number}")),
                    status="failed" if failed else "answered", raw="\ud800" if number == 8 else f"answer {number}",
                    failure="it broke" if failed else "", input_tokens=10, output_tokens=2, latency=0.25, attempts=1,
                )
            ]
        )  # fmt: skip
    records.flush()
    records.close()
    reading = RunReading(RunFolder(folder), folder.parent / "indexes")
    build(reading.index)
    return reading


class Collector:
    """A collector that takes OTLP over HTTP on this machine, slowly if asked to, and keeps what it took."""

    def __init__(self, *, delay: float = 0.0, refuse_after: int | None = None) -> None:
        trace_service = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
        self.spans: list[Any] = []
        taken = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    import gzip

                    body = gzip.decompress(body)
                time.sleep(delay)
                if refuse_after is not None and len(taken.spans) >= refuse_after:
                    self.send_response(400)
                    self.end_headers()
                    return
                request = trace_service.ExportTraceServiceRequest.FromString(body)
                for resource in request.resource_spans:
                    for scope in resource.scope_spans:
                        taken.spans.extend(scope.spans)
                self.send_response(200)
                self.send_header("content-type", "application/x-protobuf")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def collector() -> Iterator[Collector]:
    found = Collector(delay=0.05)
    yield found
    found.close()


def test_a_slow_collector_gets_every_span(collector: Collector, reading: RunReading) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    sent = send_spans(reading, collector.address)
    parents = 1 + 2 + 4  # the run, two rounds, two nodes in each
    assert sent == len(collector.spans) == CALLS + parents
    by_id = {span.span_id: span for span in collector.spans}
    assert len(by_id) == sent
    roots = [span for span in collector.spans if not span.parent_span_id]
    assert len(roots) == 1
    for span in collector.spans:
        if span.parent_span_id:
            parent = by_id[span.parent_span_id]
            assert parent.start_time_unix_nano <= span.start_time_unix_nano
            assert span.end_time_unix_nano <= parent.end_time_unix_nano
    call = by_id[bytes.fromhex(f"{5:016x}")]
    told = {each.key: each.value for each in call.attributes}
    assert told[names.INPUT_TOKENS].int_value == 10
    assert told[names.MODEL].string_value == "m"
    assert json.loads(told[names.OUTPUT].string_value)[0]["parts"][0]["content"] == "answer 4"
    assert told[names.URL].string_value.endswith(f"/runs/many/calls/{5:016x}")
    assert call.end_time_unix_nano - call.start_time_unix_nano == 250_000_000
    failed = by_id[bytes.fromhex(f"{8:016x}")]
    assert failed.status.code == 2


def test_a_collector_that_refuses_is_told_with_what_it_took(reading: RunReading) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    collector = Collector(refuse_after=500)
    try:
        with pytest.raises(CallFailed, match="it had taken 500 before"):
            send_spans(reading, collector.address)
    finally:
        collector.close()


def test_an_address_that_is_none_is_bad_input(reading: RunReading) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    with pytest.raises(OptionError, match="no collector's address"):
        send_spans(reading, "localhost:4317")


def test_no_other_file_names_the_conventions() -> None:
    root = Path(names.__file__).parents[2]
    ours = [path for path in root.rglob("*.py") if not {".venv", "build"} & set(path.relative_to(root).parts)]
    told = [path for path in ours if "gen_ai." in path.read_text(encoding="utf-8")]
    assert [path for path in told if "tests" not in path.parts] == [Path(names.__file__)]


def test_an_inspect_log_holds_every_call(reading: RunReading, tmp_path: Path) -> None:
    path = write_eval_log(reading, tmp_path / "many.eval")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        samples = [name for name in archive.namelist() if name.startswith("samples/")]
        assert len(samples) == CALLS
        head = json.loads(archive.read("header.json"))
        assert head["eval"]["model"] == "openai:m"
        assert head["stats"]["model_usage"]["openai:m"]["input_tokens"] == 10 * CALLS
        sample = json.loads(archive.read(f"samples/{5:016x}_epoch_1.json"))
        assert sample["output"]["completion"] == "answer 4"
        assert sample["metadata"]["permalink"].endswith(f"/calls/{5:016x}")
        assert len(json.loads(archive.read("summaries.json"))) == CALLS


def test_inspect_reads_the_log(reading: RunReading, tmp_path: Path) -> None:
    log = pytest.importorskip(
        "inspect_ai.log", reason="inspect_ai isn't installed (80 packages; only this test wants it)"
    )
    found = log.read_eval_log(str(write_eval_log(reading, tmp_path / "many.eval")))
    assert found.status == "started"
    assert len(found.samples) == CALLS
    assert found.samples[4].output.completion == "answer 4"
