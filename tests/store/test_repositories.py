"""What every run store keeps, found again by id and by field: the same for SQLite and memory."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from concord.errors import RunError
from concord.panel.ranking import Ranking
from concord.spec.records import Edit, Proposal
from concord.store.memory import MemoryRunStore
from concord.store.protocol import RunStore
from concord.store.records import SCHEMA_VERSION, CallRecord, Decision, Ranked, Verdict, Where
from concord.store.sqlite import SqliteRunStore


@pytest.fixture(params=["sqlite", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunStore]:
    made: RunStore = (
        SqliteRunStore.create(tmp_path / "run") if request.param == "sqlite" else MemoryRunStore()
    )
    yield made
    made.close()


def call(id: str, **fields: object) -> CallRecord:
    plain: dict[str, object] = {
        "id": id,
        "where": Where(round=1, node="measure"),
        "role": "ranker",
        "model": "scripted",
        "template": "ranker@0",
        "parts": (("system", "You rank."), ("conversation", f"conversation {id}")),
        "status": "answered",
        "raw": '{"ranking": "A>B"}',
        "answer": {"ranking": "A>B"},
    }
    return CallRecord.model_validate(plain | fields)


def verdict(number: int, stance: str = "support", proposal: str = "p") -> Verdict:
    return Verdict.model_validate(
        {
            "proposal": proposal,
            "assessment": f"a{number}",
            "participant": f"u{number}",
            "stance": stance,
            "source": "scripted",
        }
    )


def proposal(intent: str = "Say less") -> Proposal:
    edit = Edit(op="replace", section="tone", anchor="long", text="short")
    return Proposal(edits=(edit,), intent=intent, kind="clarification", origin="batch", base="0" * 64)


def test_a_record_comes_back_as_it_was_put_in(store: RunStore) -> None:
    ranked = Ranked(
        call="c1",
        question="q1",
        conversation="k",
        spec="s",
        sections=("a", "b"),
        order=("B", "A"),
        ranking=Ranking.parse("B>A"),
        explanation="why \u2028 'not'; \x00",
    )
    store.rankings.add([ranked])
    store.proposals.add([proposal()])
    store.flush()
    assert store.rankings.get("c1") == ranked
    assert store.proposals.get(proposal().id) == proposal()


def test_what_was_just_added_is_seen_before_any_flush(store: RunStore) -> None:
    store.verdicts.add([verdict(1)])
    store.calls.put(call("c1"))
    assert store.verdicts.get(verdict(1).id) == verdict(1)
    assert store.verdicts.count() == 1
    assert store.calls.get("c1") == call("c1")
    assert store.calls.count(role="ranker") == 1


def test_records_are_found_by_their_fields_in_the_order_of_adding(store: RunStore) -> None:
    store.verdicts.add([verdict(n, "support" if n % 2 else "refute") for n in range(9, 0, -1)])
    found = store.verdicts.find(proposal="p", stance="support")
    assert [v.participant for v in found] == ["u9", "u7", "u5", "u3", "u1"]
    assert store.verdicts.count(stance="refute") == 4
    assert store.verdicts.find(stance="silent") == []
    assert len(store.verdicts.find()) == 9


def test_adding_a_record_again_changes_nothing(store: RunStore) -> None:
    first = Decision(proposal="p", round=1, by="loop", decision="rejected", reason="empty", note="first")
    again = first.model_copy(update={"note": "second"})
    store.decisions.add([first])
    store.decisions.add([again])
    store.flush()
    store.decisions.add([again])
    assert [d.note for d in store.decisions.find()] == ["first"]


def test_a_field_that_is_not_indexed_is_a_bug_that_says_so(store: RunStore) -> None:
    with pytest.raises(ValueError, match="only by proposal, participant"):
        store.verdicts.find(assessment="a")


def test_an_unknown_id_is_a_key_error(store: RunStore) -> None:
    with pytest.raises(KeyError):
        store.trials.get("nope")
    with pytest.raises(KeyError):
        store.calls.get("nope")
    with pytest.raises(KeyError):
        store.text("0" * 64)


def test_a_call_moves_from_planned_to_answered_and_stays_there(store: RunStore) -> None:
    for status in ("planned", "submitted", "answered"):
        store.calls.put(call("c1", status=status, usd=0.5 if status == "answered" else 0.0))
        store.flush()
        assert store.calls.get("c1").status == status
    store.calls.put(call("c1", cached=True, usd=0.0))
    store.flush()
    store.calls.put(call("c1", status="failed"))
    assert store.calls.get("c1").usd == 0.5
    assert store.calls.count() == 1
    assert store.calls.count(status="answered") == 1
    assert store.calls.count(status="planned") == 0


def test_a_failed_call_may_be_answered_later(store: RunStore) -> None:
    store.calls.put(call("c1", status="failed", answer=None, failure="refused"))
    store.flush()
    store.calls.add([call("c1")])
    assert store.calls.get("c1").status == "failed"
    store.calls.put(call("c1"))
    assert store.calls.get("c1").status == "answered"


def test_calls_are_found_by_their_place_in_the_run(store: RunStore) -> None:
    for n, node in enumerate(["measure", "trial", "trial"]):
        store.calls.put(call(f"c{n}", where=Where(round=n, node=node, subject="p")))
    assert [c.id for c in store.calls.find(node="trial", subject="p")] == ["c1", "c2"]
    assert store.calls.count(round=0) == 1


def test_a_page_of_calls_has_no_texts(store: RunStore) -> None:
    for n in range(25):
        store.calls.put(call(f"c{n}", role="ranker" if n % 5 else "validator"))
    page = store.calls.brief(limit=3, offset=2, role="ranker")
    assert [c.id for c in page] == ["c3", "c4", "c6"]
    assert all(c.parts == () and c.raw == "" and c.answer for c in page)
    assert store.calls.brief(limit=10, offset=100) == []


def test_what_calls_took_is_added_up_by_role(store: RunStore) -> None:
    store.calls.put(call("c1", input_tokens=100, output_tokens=10, usd=0.25, attempts=2))
    store.calls.put(call("c2", cached=True))
    store.calls.put(call("c3", status="failed", answer=None, attempts=6))
    store.calls.put(call("c4", role="validator", input_tokens=7))
    spent = store.calls.spent()
    assert list(spent) == ["ranker", "validator"]
    ranker = spent["ranker"]
    assert (ranker.calls, ranker.cached, ranker.failed, ranker.attempts) == (3, 1, 1, 8)
    assert (ranker.input_tokens, ranker.output_tokens, ranker.usd) == (100, 10, 0.25)


@pytest.mark.parametrize("text", ["", "short", "long " * 2000, "line\r\n\u2028 é 漢 \x00", "\ud800 alone"])
def test_any_text_comes_back(store: RunStore, text: str) -> None:
    key = store.put_text(text)
    assert store.text(key) == text
    store.flush()
    assert store.text(key) == text
    assert store.put_text(text) == key


def test_a_note_is_replaced_and_listed_by_prefix(store: RunStore) -> None:
    store.put_note("round/2", {"gain": 0.1})
    store.put_note("round/1", [1, None, "é"])
    store.put_note("round_1", "not of the prefix")
    store.put_note("round/2", {"gain": 0.2})
    assert store.note("round/2") == {"gain": 0.2}
    assert store.note("nothing") is None
    assert list(store.notes("round/")) == [("round/1", [1, None, "é"]), ("round/2", {"gain": 0.2})]


def test_a_run_is_read_by_another_connection_while_it_is_written(tmp_path: Path) -> None:
    writer = SqliteRunStore.create(tmp_path / "run")
    reader = SqliteRunStore.open(tmp_path / "run")
    writer.calls.put(call("c1"))
    assert reader.calls.count() == 0
    writer.calls.flush()
    assert reader.calls.get("c1") == call("c1")
    reader.verdicts.add([verdict(1)])
    reader.close()
    assert writer.verdicts.count() == 1
    writer.close()


def test_what_is_closed_is_there_when_opened_again(tmp_path: Path) -> None:
    store = SqliteRunStore.create(tmp_path / "run")
    store.calls.put(call("c1"))
    store.put_text("kept")
    store.close()
    again = SqliteRunStore.open(tmp_path / "run")
    again.calls.put(call("c2"))
    assert [c.id for c in again.calls.find()] == ["c1", "c2"]
    again.close()


def test_equal_prompt_parts_lie_on_disk_once(tmp_path: Path) -> None:
    store = SqliteRunStore.create(tmp_path / "run")
    for n in range(300):
        store.calls.put(call(f"c{n}", parts=(("system", "the same " * 500), ("conversation", f"{n}"))))
    store.close()
    db = sqlite3.connect(tmp_path / "run" / "run.db")
    assert db.execute("SELECT count(*) FROM texts").fetchone() == (301,)
    db.close()


def _nothing(folder: Path) -> None:
    folder.mkdir()


def _not_a_database(folder: Path) -> None:
    folder.mkdir()
    (folder / "run.db").write_text("hello " * 1000)


def _of_a_later_version(folder: Path) -> None:
    SqliteRunStore.create(folder).close()
    db = sqlite3.connect(folder / "run.db")
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    db.close()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_nothing, "is not a run"),
        (_not_a_database, "can't be read as a run's database"),
        (_of_a_later_version, "by a later Concord"),
    ],
)
def test_a_folder_that_is_no_run_is_refused_in_one_sentence(
    tmp_path: Path, make: Callable[[Path], None], said: str
) -> None:
    make(tmp_path / "run")
    with pytest.raises(RunError, match=said):
        SqliteRunStore.open(tmp_path / "run")


def test_a_run_is_not_created_over_another(tmp_path: Path) -> None:
    SqliteRunStore.create(tmp_path / "run").close()
    with pytest.raises(RunError, match="already holds a run"):
        SqliteRunStore.create(tmp_path / "run")


def test_memory_may_let_go_of_prompts() -> None:
    store = MemoryRunStore(texts=False)
    store.calls.put(call("c1"))
    assert store.calls.get("c1").parts == ()
    assert store.calls.get("c1").answer == {"ranking": "A>B"}
