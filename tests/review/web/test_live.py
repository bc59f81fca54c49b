"""Pages follow a run while it goes on."""

import asyncio
from pathlib import Path

from concord.graph.run_records import RunRecords
from concord.models.records import CallRecord, Where
from concord.review.reading.building import build
from concord.review.reading.run import RunReading
from concord.review.reading.trace import CallFilter
from concord.review.web.live import Streams
from concord.store.runs import RunFolder

from .runs import copy_run


def call(id: str, status: str = "answered", raw: str = "something said") -> CallRecord:
    return CallRecord.model_validate(
        {"id": id, "where": Where(round=1, node="measure"), "role": "ranker", "model": "m", "template": "t",
         "parts": [("system", "told")], "status": status, "raw": raw}
    )  # fmt: skip


def test_a_stream_tells_what_another_connection_wrote_and_ends_with_the_run(
    home: Path, tmp_path: Path
) -> None:
    reading = RunReading(RunFolder(copy_run(home, "paused", tmp_path) / "paused"), tmp_path / "indexes")
    records = RunRecords.open(reading.folder.path)

    async def watch() -> list[str]:
        seen: list[str] = []

        async def gone() -> bool:
            return False

        async for event in Streams().events(reading, gone):
            seen.append(event)
            if event.startswith("retry"):
                records.calls.add([call("c" * 16)])
                records.flush()
            if event.startswith("event: changed"):
                reading.folder.summary.write_text("{}", encoding="utf-8")
        return seen

    try:
        seen = asyncio.run(asyncio.wait_for(watch(), timeout=10))
    finally:
        records.close()
    assert [event.partition("\n")[0] for event in seen] == [
        "retry: 2000",
        "event: changed",
        "event: finished",
    ]


def test_an_index_takes_in_what_is_new_and_what_was_under_way(home: Path, tmp_path: Path) -> None:
    reading = RunReading(RunFolder(copy_run(home, "paused", tmp_path) / "paused"), tmp_path / "indexes")
    records = RunRecords.open(reading.folder.path)
    records.calls.add([call("d" * 16, "submitted", "")])
    records.flush()
    build(reading.index)
    before = reading.calls(CallFilter()).total
    records.calls.put(call("d" * 16, raw="zebrafish came late"))
    records.calls.add([call("e" * 16, raw="another zebrafish")])
    records.flush()
    assert not reading.index.current()
    build(reading.index)
    records.close()
    assert reading.calls(CallFilter()).total == before + 1
    found = reading.calls(CallFilter(search="zebrafish"))
    assert {row.id for row in found.rows} == {"d" * 16, "e" * 16}
    assert reading.calls(CallFilter(search="told", where="prompts")).total >= 2


def test_a_finished_run_is_read_where_nothing_can_be_written(home: Path, tmp_path: Path) -> None:
    folder = copy_run(home, "demo", tmp_path) / "demo"
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    try:
        reading = RunReading(RunFolder(folder), tmp_path / "indexes")
        build(reading.index)
        assert reading.overview().state == "finished"
        assert reading.docket().total > 0
    finally:
        folder.chmod(0o755)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
