"""The log of calls: one record a call, from planned to answered, found by where it stands in a run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from concord.models.call_log import StoredCalls
from concord.models.records import CallRecord, Where
from concord.store.memory import MemoryStore
from concord.store.protocol import Store
from concord.store.sqlite import SqliteStore


@pytest.fixture(params=["sqlite", "memory"])
def calls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoredCalls]:
    store: Store = SqliteStore.create(tmp_path / "run") if request.param == "sqlite" else MemoryStore()
    yield StoredCalls(store)
    store.close()


def call(key: str, **fields: object) -> CallRecord:
    plain: dict[str, object] = {
        "id": key,
        "where": Where(round=1, node="measure"),
        "role": "ranker",
        "model": "scripted",
        "template": "ranker@0",
        "parts": (("system", "You rank. " * 50), ("conversation", f"conversation {key}")),
        "status": "answered",
        "raw": '{"ranking": "A>B"}',
        "answer": {"ranking": "A>B"},
    }
    return CallRecord.model_validate(plain | fields)


def test_a_call_moves_from_planned_to_answered_and_stays_there(calls: StoredCalls) -> None:
    for status in ("planned", "submitted", "answered"):
        calls.put(call("c1", status=status, usd=0.5 if status == "answered" else 0.0))
        calls.flush()
        assert calls.get("c1").status == status
    calls.put(call("c1", cached=True, usd=0.0))
    calls.flush()
    calls.put(call("c1", status="failed"))
    assert calls.get("c1") == call("c1", usd=0.5)
    assert calls.count() == calls.count(status="answered") == 1
    assert calls.count(status="planned") == 0


def test_a_failed_call_may_be_answered_later(calls: StoredCalls) -> None:
    calls.put(call("c1", status="failed", answer=None, failure="refused"))
    calls.flush()
    calls.put(call("c1"))
    assert calls.get("c1").status == "answered"


def test_calls_are_found_by_where_they_stand_in_the_run(calls: StoredCalls) -> None:
    for n, node in enumerate(["measure", "trial", "trial"]):
        calls.put(call(f"c{n}", where=Where(round=n, node=node, subject="p")))
    assert [found.id for found in calls.find(node="trial", subject="p")] == ["c1", "c2"]
    assert calls.count(round=0) == 1


def test_a_page_of_calls_has_answers_and_no_texts(calls: StoredCalls) -> None:
    for n in range(10):
        calls.put(call(f"c{n}", role="ranker" if n % 5 else "validator"))
    page = calls.page(limit=3, offset=2, role="ranker")
    assert [each.id for each in page] == ["c3", "c4", "c6"]
    assert all(each.parts == () and each.raw == "" and each.answer for each in page)


def test_what_calls_took_is_added_up_by_role(calls: StoredCalls) -> None:
    calls.put(call("c1", input_tokens=100, output_tokens=10, usd=0.25, attempts=2))
    calls.put(call("c2", cached=True))
    calls.put(call("c3", status="failed", answer=None, attempts=6))
    calls.put(call("c4", role="validator", input_tokens=7))
    spent = calls.spent()
    assert list(spent) == ["ranker", "validator"]
    ranker = spent["ranker"]
    assert (ranker.calls, ranker.cached, ranker.failed, ranker.attempts) == (3, 1, 1, 8)
    assert (ranker.input_tokens, ranker.output_tokens, ranker.usd) == (100, 10, 0.25)
