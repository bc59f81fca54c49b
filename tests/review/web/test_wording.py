"""A reviewer's own wording: tested on the run's text and by its alpha, and in the text only on the result."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from concord.cli.review import try_wordings
from concord.errors import EditError
from concord.review.decided import NO_EVIDENCE, decided
from concord.review.publish import export_files
from concord.review.reading.run import RunReading
from concord.review.web.app import build_app
from concord.review.wording import onto, wording_of
from concord.spec import Edit, Proposal, Spec, apply

from .conftest import PORT, read, site_over
from .runs import copy_run
from .test_deciding import Reviewer

TEXT = Spec.parse("# A {#a}\n\nBe kind.\n\n## B {#b}\n\nBe short.\n")


@pytest.fixture
def own(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONCORD_HOME", str(tmp_path))
    copy_run(home, "paused", tmp_path)
    return copy_run(home, "demo", tmp_path)


@pytest.fixture
def reviewer(own: Path) -> Iterator[Reviewer]:
    site = site_over(own, test=try_wordings)
    with TestClient(
        build_app(site), base_url=f"http://127.0.0.1:{PORT}", headers={"sec-fetch-site": "same-origin"}
    ) as client:
        yield Reviewer(client)


def until(held: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not held():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def worded(reading: RunReading, id_: str, old: str, new: str) -> str:
    proposal = reading.known.by_id[id_]
    base = reading.base_of(proposal)
    assert base is not None
    text = apply(base, proposal.edits).source_of(proposal.edits[0].section)
    assert old in text
    return text.replace(old, new)


def of_money(reading: RunReading) -> str:
    return next(r.id for r in reading.docket_rows() if r.section == "money" and r.status == "adopted")


# What a wording's edits are


def proposal_of(*edits: Edit) -> Proposal:
    return Proposal(edits=edits, intent="Be clear.", kind="clarification", origin="batch", base=TEXT.digest)


def test_one_section_or_several_read_as_the_reviewer_wrote_them() -> None:
    both = proposal_of(
        Edit(op="replace", section="a", anchor="kind", text="clear"),
        Edit(op="replace", section="b", anchor="short", text="brief"),
    )
    edits = wording_of(both, TEXT, "# A {#a}\n\nBe plain.\n\n## B {#b}\n\nBe quick.\n")
    assert apply(TEXT, edits).text == "# A {#a}\n\nBe plain.\n\n## B {#b}\n\nBe quick.\n"
    with pytest.raises(EditError, match="lacks the section 'b'"):
        wording_of(both, TEXT, "# A {#a}\n\nBe plain.\n")


def test_it_is_put_onto_the_text_as_it_stands_now() -> None:
    one = proposal_of(Edit(op="replace", section="b", anchor="short", text="brief"))
    edits = wording_of(one, TEXT, "## B {#b}\n\nBe quick.\n")
    now = apply(TEXT, one.edits)
    assert "Be quick." in apply(now, onto(now, edits)).text
    with pytest.raises(EditError, match="reads so already"):
        onto(apply(TEXT, edits), edits)
    new = wording_of(proposal_of(Edit(op="new_section", section="b", text="## C {#c}\n\nAsk.\n")), TEXT, "## C {#c}\n\nAsk back.\n")  # fmt: skip
    there = apply(TEXT, [Edit(op="new_section", section="b", text="## C {#c}\n\nAsk.\n")])
    assert "Ask back." in apply(there, onto(there, new)).text


# On a finished run


def as_it_was(reading: RunReading) -> str:
    """The money section of the original with a sentence that moves nothing: what people ask for is not in it."""
    return reading.known.original.source_of("money").rstrip() + " Clouds are white.\n"


@pytest.mark.slow
def test_a_wording_that_does_not_hold_stays_out_unless_the_reviewer_insists(
    reviewer: Reviewer, own: Path
) -> None:
    reading = read(own, "demo")
    before = decided(reading).text
    id_ = of_money(reading)
    spent = len(reading.known.trials)
    assert reviewer.decide("demo", id_, "reword", wording=as_it_was(reading))[0] == 200
    (entry,) = reading.desk.standing().values()
    until(lambda: entry.id in reading.known.wordings)
    test = reading.known.wordings[entry.id]
    assert not test.holds
    assert len(reading.known.trials) > spent, "on the run's own ledger"
    assert reading.known.by_id[test.proposal].author == "Ada"
    outcome = decided(reading)
    assert outcome.text.text == before.text
    assert "was tested and does not come in" in outcome.left[-1].why
    page = reviewer.client.get(f"/runs/demo/proposals/{id_}").text
    assert "it does not come in" in page
    assert "Adopt my wording all the same" in page
    assert reviewer.decide("demo", id_, "insist", reason="The committee asked for it")[0] == 200
    outcome = decided(reading)
    assert "Clouds are white." in outcome.text.text
    told = [(each.by, each.evidence) for each in outcome.applied if each.proposal == id_]
    assert told == [("Ada", NO_EVIDENCE)]
    assert NO_EVIDENCE in export_files(reading)["CHANGELOG.md"]().decode()


@pytest.mark.slow
def test_a_wording_of_an_adopted_edit_is_tested_in_its_place(reviewer: Reviewer, own: Path) -> None:
    reading = read(own, "demo")
    id_ = of_money(reading)
    base = reading.base_of(reading.known.by_id[id_])
    assert base is not None
    text = apply(base, reading.known.by_id[id_].edits).source_of("money").rstrip() + " Clouds are white.\n"
    reviewer.decide("demo", id_, "reword", wording=text)
    (entry,) = reading.desk.standing().values()
    until(lambda: entry.id in reading.known.wordings)
    test = reading.known.wordings[entry.id]
    assert test.holds, test.told
    outcome = decided(reading)
    assert "Clouds are white." in outcome.text.text
    found = {each.proposal: each for each in outcome.applied}
    assert id_ not in found, "the wording stands in its place"
    assert (found[test.proposal].of, found[test.proposal].by) == (id_, "Ada")
    assert "their own wording, tested" in export_files(reading)["CHANGELOG.md"]().decode()


def test_one_cant_insist_on_nothing(reviewer: Reviewer, own: Path) -> None:
    assert reviewer.decide("demo", of_money(read(own, "demo")), "insist")[0] == 422


# On a run that waits, from a terminal


@pytest.mark.slow
def test_a_wording_that_holds_is_adopted_by_the_loop_in_the_reviewers_name(
    own: Path, concord: Any, tmp_path: Path
) -> None:
    reading = read(own, "paused")
    asked = reading.known.asked
    assert asked is not None
    proposal = reading.known.by_id[asked.proposal]
    base = reading.base_of(proposal)
    assert base is not None
    words = apply(base, proposal.edits).source_of(proposal.edits[0].section).strip().split(". ")[-1]
    file = tmp_path / "wording.md"
    file.write_text(worded(reading, asked.proposal, words, f"{words} Say it plainly."), encoding="utf-8")
    said = concord(
        "decide", own / "paused", asked.proposal, "reword", "--wording", file, "--name", "Ada", "--note", "Plainer."
    )  # fmt: skip
    assert said.code == 0, said.err
    (entry,) = reading.desk.standing().values()
    test = reading.known.wordings[entry.id]
    assert test.holds, test.told
    assert test.proposal in {each.id for each in reading.docket_rows()}
    assert test.told.split(".")[0] in said.out + test.told
    went = concord("run", "--resume", own / "paused", "--approve", "--quiet")
    assert went.code in (0, 3), went.err
    found = {(each.proposal, each.by, each.decision) for each in reading.source.decisions()}
    # The first wording is put off, or fits no more once hers has come in.
    assert {(asked.proposal, "Ada", "defer"), (asked.proposal, "loop", "rejected")} & found
    assert (test.proposal, "Ada", "adopt") in found
    assert (test.proposal, "loop", "adopted") in found
    assert "Say it plainly." in reading.known.current.text


@pytest.mark.slow
def test_a_test_can_be_left_to_the_run(own: Path, concord: Any, tmp_path: Path) -> None:
    reading = read(own, "paused")
    asked = reading.known.asked
    assert asked is not None
    file = tmp_path / "wording.md"
    file.write_text(worded(reading, asked.proposal, "\n\n", "\n\nClouds are white. "), encoding="utf-8")
    words = ("reword", "--wording", file, "--later", "--name", "Ada", "--note", "Plainer.")
    told = concord("decide", own / "paused", asked.proposal, *words)
    assert "tested when the run is taken up again" in told.out
    assert reading.known.wordings == {}
    concord("run", "--resume", own / "paused", "--approve", "--quiet")
    (test,) = reading.known.wordings.values()
    assert test.told
