"""Decisions: a name and a reason, taken back until the round closes, and what they come to."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from concord.errors import OptionError
from concord.review.decided import decided
from concord.review.desk import Desk
from concord.review.reading.run import RunReading
from concord.review.web.app import build_app
from concord.spec import Edit

from .conftest import PORT, read, site_over
from .runs import copy_run

KIND = {"content-type": "application/x-www-form-urlencoded"}


class Reviewer:
    """Fills in forms as a browser does."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def post(self, page: str, place: str, **fields: str) -> tuple[int, str]:
        token = re.findall(r'name="token" value="([0-9a-f]+)"', self.client.get(page).text)[0]
        answer = self.client.post(
            place, content=urlencode({"token": token, **fields}), headers=KIND, follow_redirects=True
        )
        return answer.status_code, answer.text

    def decide(self, run: str, proposal: str, choice: str, **fields: str) -> tuple[int, str]:
        page = f"/runs/{run}/proposals/{proposal}"
        given = {"choice": choice, "reason": "I read the quotes", "name": "Ada", **fields}
        return self.post(page, f"{page}/decide", **given)


@pytest.fixture
def own(home: Path, tmp_path: Path) -> Path:
    """Copies of the demo and of the paused run, to be decided on."""
    copy_run(home, "paused", tmp_path)
    return copy_run(home, "demo", tmp_path)


@pytest.fixture
def reviewer(own: Path) -> Iterator[Reviewer]:
    with TestClient(
        build_app(site_over(own)),
        base_url=f"http://127.0.0.1:{PORT}",
        headers={"sec-fetch-site": "same-origin"},
    ) as client:
        yield Reviewer(client)


def adopted(reading: RunReading) -> list[str]:
    return [row.id for row in reading.docket_rows() if row.status == "adopted"]


def test_a_reason_and_a_name_are_required_and_what_was_typed_stays(reviewer: Reviewer, own: Path) -> None:
    id_ = adopted(read(own, "demo"))[0]
    status, page = reviewer.decide("demo", id_, "set_aside", reason="  ")
    assert status == 422
    assert "needs a reason" in page
    status, page = reviewer.decide("demo", id_, "set_aside", name="", reason="typed at length")
    assert status == 422
    assert "typed at length" in page
    assert reviewer.decide("demo", id_, "")[0] == 422
    assert reviewer.decide("demo", id_, "set_aside", name="loop")[0] == 422
    assert read(own, "demo").desk.standing() == {}


def test_a_choice_shapes_the_text_and_can_be_taken_back(reviewer: Reviewer, own: Path) -> None:
    reading = read(own, "demo")
    before = decided(reading).text
    id_ = adopted(reading)[0]
    assert reviewer.decide("demo", id_, "set_aside")[0] == 200
    after = decided(reading)
    assert after.text.text != before.text
    assert [left.proposal for left in after.left] == [id_]
    (entry,) = reading.desk.standing().values()
    assert (entry.name, entry.reason, entry.choice) == ("Ada", "I read the quotes", "set_aside")
    assert reviewer.post("/runs/demo/decide", "/runs/demo/undo", entry=entry.id, name="Ada")[0] == 200
    assert decided(reading).text.text == before.text
    assert len(reading.desk.entries()) == 2, "what was said stays on record"
    assert (
        reviewer.post(f"/runs/demo/proposals/{id_}", "/runs/demo/undo", entry=entry.id, name="Ada")[0] == 422
    )


def test_on_a_finished_run_a_choice_is_a_decision_like_others(reviewer: Reviewer, own: Path) -> None:
    reading = read(own, "demo")
    id_ = adopted(reading)[0]
    reviewer.decide("demo", id_, "set_aside")
    (decision,) = [each for each in reading.source.decisions(id_) if each.by == "Ada"]
    assert (decision.decision, decision.note) == ("set_aside", "I read the quotes")
    assert "Ada: set aside" in reviewer.client.get(f"/runs/demo/proposals/{id_}").text
    (entry,) = reading.desk.standing().values()
    reviewer.post("/runs/demo/decide", "/runs/demo/undo", entry=entry.id, name="Ada")
    assert [each.decision for each in reading.source.decisions(id_) if each.by == "Ada"] == [
        "set_aside",
        "reopen",
    ]
    assert reviewer.decide("demo", id_, "end")[0] == 422, "it is at its end already"


def test_a_rejected_proposal_can_be_adopted_by_a_person(reviewer: Reviewer, own: Path) -> None:
    reading = read(own, "demo")
    row = next(
        row for row in reading.docket_rows() if row.status == "rejected" and row.reason == "not_asked_for"
    )
    reviewer.decide("demo", row.id, "adopt")
    found = {each.proposal: each.by for each in decided(reading).applied}
    assert found[row.id] == "Ada"


def test_ones_own_wording_waits_for_its_test(reviewer: Reviewer, own: Path) -> None:
    reading = read(own, "demo")
    id_ = next(row.id for row in reading.docket_rows() if row.section == "money" and row.status == "adopted")
    text = reading.known.original.source_of("money").replace("must acknowledge", "may acknowledge")
    assert reviewer.decide("demo", id_, "reword", wording=text)[0] == 200
    (entry,) = reading.desk.standing().values()
    assert entry.wording[0].text.rstrip() == text.rstrip()
    outcome = decided(reading)
    assert "waits for its test" in outcome.left[-1].why
    assert outcome.text.text == reading.known.current.text, "until then the tested wording stays"
    status, page = reviewer.decide("demo", id_, "reword", wording="## Another {#elsewhere}\n\ntext\n")
    assert status == 422
    assert 'role="alert"' in page


def test_asking_a_colleague_needs_a_name_and_decides_nothing(reviewer: Reviewer, own: Path) -> None:
    reading = read(own, "demo")
    id_ = adopted(reading)[0]
    assert reviewer.decide("demo", id_, "ask")[0] == 422
    assert reviewer.decide("demo", id_, "ask", colleague="Grace")[0] == 200
    assert reading.desk.standing()[id_].colleague == "Grace"
    assert decided(reading).text.text == reading.known.current.text


def test_a_verdict_can_be_disputed_and_both_stay(reviewer: Reviewer, own: Path) -> None:
    reading = read(own, "demo")
    id_ = adopted(reading)[0]
    verdict = next(each for each in reading.source.verdicts(id_) if each.stance == "support")
    page = f"/runs/demo/proposals/{id_}"
    status, html = reviewer.post(
        page, f"{page}/label", assessment=verdict.assessment, stance="silent", name="Ada"
    )
    assert status == 200
    assert "Ada says: silent" in html
    both = [each for each in reading.source.verdicts(id_) if each.assessment == verdict.assessment]
    assert {each.source for each in both} == {verdict.source, "reviewer:Ada"}
    assert reviewer.post(page, f"{page}/label", assessment="none", stance="silent", name="Ada")[0] == 422


def test_a_paused_run_goes_on_and_a_second_question_is_a_second_question(
    reviewer: Reviewer, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONCORD_HOME", str(own))
    reading = read(own, "paused")
    first = reading.known.asked
    assert first is not None
    page = f"/runs/paused/proposals/{first.proposal}"
    status, html = reviewer.post(page, "/runs/paused/go-on", asked=first.proposal)
    assert status == 422
    assert "decide on the proposal" in html
    reviewer.decide("paused", first.proposal, "adopt")
    status, html = reviewer.post(page, "/runs/paused/go-on", asked="another")
    assert "another proposal by now" in html
    assert reviewer.post("/runs/paused/decide", "/runs/paused/go-on", asked=first.proposal)[0] == 200
    deadline = time.monotonic() + 30
    while (second := reading.known.asked) is None or second.proposal == first.proposal:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert second.proposal != first.proposal
    by = {(each.by, each.decision) for each in reading.source.decisions(first.proposal)}
    assert ("Ada", "adopt") in by
    entry = reading.desk.standing()[first.proposal]
    assert entry.closed
    assert reviewer.post(page, "/runs/paused/undo", entry=entry.id, name="Ada")[0] == 422, (
        "the round has closed"
    )
    status, html = reviewer.post("/runs/paused/decide", "/runs/paused/go-on", asked=first.proposal) if "token" in reviewer.client.get("/runs/paused/decide").text else (422, "")  # fmt: skip
    assert status == 422, "an answer to the first question is none to the second"


def test_an_answer_from_a_terminal_is_shown_and_taken(
    reviewer: Reviewer, own: Path, monkeypatch: pytest.MonkeyPatch, concord: Any
) -> None:
    reading = read(own, "paused")
    first = reading.known.asked
    assert first is not None
    words = (own / "paused", first.proposal, "set_aside", "--name", "Grace", "--note", "not this")
    assert concord("decide", *words).code == 0
    monkeypatch.setenv("CONCORD_HOME", str(own))
    page = reviewer.client.get("/runs/paused/decide").text
    assert "Answered at a terminal by Grace" in page
    assert reviewer.post("/runs/paused/decide", "/runs/paused/go-on", asked=first.proposal)[0] == 200
    deadline = time.monotonic() + 30
    while not reading.source.decisions(first.proposal):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert [(each.by, each.decision) for each in reading.source.decisions(first.proposal)] == [
        ("Grace", "set_aside")
    ]


def test_the_desk_keeps_what_two_processes_write(tmp_path: Path) -> None:
    one, other = Desk(tmp_path), Desk(tmp_path)
    edit = Edit(op="replace", section="a", anchor="b", text="c")
    one.choose("p1", "adopt", name="Ada", reason="good")
    other.choose("p2", "reword", name="Grace", reason="better", wording=[edit])
    assert set(one.standing()) == {"p1", "p2"}
    with pytest.raises(OptionError, match="needs the wording"):
        one.choose("p3", "reword", name="Ada", reason="none")
