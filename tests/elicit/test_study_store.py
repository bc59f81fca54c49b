"""A study in a store: answers once each, the latest counts, links kept as hashes, mended after a crash."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from concord.elicit.answers import Answer, answer_id
from concord.elicit.study_store import StudyStore
from concord.errors import RunError
from concord.store import SqliteStore

from .conftest import opened, study

WHO, STEP = "ada", "rank/talk-0"


def answer(
    mark: str, why: str = "so", *, complete: bool = True, late: bool = False, who: str = WHO
) -> Answer:
    value: dict[str, Any] = {"tiers": {}, "why": why}
    return Answer(
        id=answer_id(who, STEP, mark, value, complete=complete), participant=who, step=STEP, kind="rank", item="talk-0",
        value=value, complete=complete, late=late, at=1000.0, seconds=20.0,
    )  # fmt: skip


def why(store: StudyStore) -> object:
    standing = store.standing(WHO)[STEP]
    return store.answer(standing.answer).value["why"]


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StudyStore]:
    made = opened(study(), tmp_path / "answers" if request.param == "sqlite" else None)
    yield made
    made.close()


def test_an_answer_sent_again_is_stored_once(store: StudyStore) -> None:
    assert store.record([answer("1"), answer("1")]) == 1
    assert store.record([answer("1")]) == 0
    assert store.answers.count() == 1


@pytest.mark.parametrize(
    ("first", "then", "stands"),
    [
        (answer("1", "first"), answer("2", "then"), "then"),
        (answer("1", "first", complete=False), answer("2", "then", complete=False), "then"),
        (answer("1", "first"), answer("2", "then", complete=False), "first"),
        (answer("1", "first"), answer("2", "then", late=True), "first"),
        (answer("1", "first", complete=False), answer("2", "then", late=True), "then"),
        (answer("1", "first", late=True), answer("2", "then"), "then"),
    ],
    ids=["the later", "the later half", "the whole", "the one in time", "the late whole", "the one in time after"],
)  # fmt: skip
def test_which_of_two_stands(store: StudyStore, first: Answer, then: Answer, stands: str) -> None:
    store.record([first])
    store.record([then])
    assert why(store) == stands
    assert store.answers.count() == 2, "both are kept"
    assert store.mend() == 0, "the log says the same"


def test_what_a_crash_kept_from_counting_counts_after_it(tmp_path: Path) -> None:
    store = opened(study(), tmp_path / "answers")
    store.record([answer("1", "first")])
    store.answers.add([answer("2", "written, and then the power went")])
    store.close()
    again = StudyStore(SqliteStore.open(tmp_path / "answers"))
    assert why(again) == "first"
    assert again.mend() == 1
    assert why(again) == "written, and then the power went"
    again.close()


def test_saves_from_many_threads_are_each_stored_once(store: StudyStore) -> None:
    def send(who: str) -> None:
        for number in range(20):
            store.record([answer(str(number), who=who)])
            store.record([answer(str(number), who=who)])

    threads = [threading.Thread(target=send, args=(f"person-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.answers.count() == 160
    assert store.raters()["talk-0"] == 8


def test_two_servers_may_write_into_one_store(tmp_path: Path) -> None:
    one = opened(study(), tmp_path / "answers")
    other = StudyStore(SqliteStore.open(tmp_path / "answers"))
    one.record([answer("1", "one")])
    other.record([answer("1", "one"), answer("2", "other")])
    assert one.answers.count() == 2
    assert why(one) == "other"
    one.set_status("closed")
    assert other.status == "closed"
    one.close()
    other.close()


def test_links_are_unguessable_and_kept_as_hashes_only(tmp_path: Path) -> None:
    store = opened(study(), tmp_path / "answers")
    made = store.invite(20)
    tokens = [token for _, token in made]
    assert len(set(tokens)) == 20
    assert all(len(token) >= 43 for token in tokens), "256 bits"
    seat, token = made[3]
    found = store.invitation(token)
    assert found is not None
    assert found.participant == seat.participant
    store.close()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "answers").iterdir())
    assert not any(token.encode() in kept for token in tokens)


def test_a_renewed_link_replaces_the_old_one(store: StudyStore) -> None:
    ((seat, old),) = store.invite(1)
    new = store.renew(0)
    assert store.invitation(old) is None
    found = store.invitation(new)
    assert found is not None
    assert found.participant == seat.participant
    with pytest.raises(RunError, match="no seat 7"):
        store.renew(7)


def test_a_store_holds_one_study(store: StudyStore) -> None:
    with pytest.raises(RunError, match="a study in this store already"):
        store.create(study())


def test_participants_are_told_apart_by_ids_that_say_nothing(store: StudyStore) -> None:
    seats = [seat for seat, _ in store.invite(3)]
    assert len({seat.participant for seat in seats}) == 3
    assert all(len(seat.participant) == 36 for seat in seats)
