"""Asking people about a run's proposals: what they are shown, what they give, and what becomes of it in the run."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from vote_runs import PEOPLE, TRUTH, behaviour, reading_of, vote_run

from concord.elicit.behave import drawn_conversations, pairs_of_run, worth_asking
from concord.elicit.study_store import StudyStore
from concord.elicit.votes import TakenVotes, figures_of, take_votes, votes_of
from concord.elicit.votes_study import invite_readers, open_votes, people_read, vote_study, votes_folder
from concord.errors import OptionError, RunError
from concord.graph import RunRecords
from concord.panel.importers.load import load
from concord.panel.records import Participant
from concord.review.direct import direct_lines
from concord.review.web.rendering import environment

from .conftest import Person

SCRIPT = "<script>window.stolen = 1</script>"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return vote_run(tmp_path)


def asking(run: Path, *, ask: int = 1, **more: Any) -> tuple[StudyStore, list[tuple[str, str]]]:
    """The study on the run's proposal, and (participant, token) of each link."""
    reading = reading_of(run)
    ids = worth_asking(reading, 10)
    study = vote_study(reading, ids, reading.source.behaviours(), seed=5, **more)
    store = open_votes(run, study, key=b"k" * 32)
    made = invite_readers(store, people_read(reading, ids), ask, seed=5)
    return store, [(seat.participant, token) for seat, token in made]


def vote(client: TestClient, token: str, stance: str, *, why: str = "", prefer: str = "new") -> Any:
    """Send the page of a proposal, choosing the behaviour by its words."""
    person = Person(client, token)
    page = person.get()
    fields = {"stance": stance, "why": why}
    for number, first in enumerate(
        re.findall(r"<legend>Response 1</legend><div[^>]*>The (\w+)", page.text), 1
    ):
        fields[f"prefer-{number}"] = (
            "neither" if prefer == "neither" else "first" if first == prefer else "second"
        )
    return person.send(page.url.path, fields, page.text)


def people(run: Path) -> dict[str, Participant]:
    return dict(load(run.parent / "data").participants)


def taken(store: StudyStore, run: Path, **more: Any) -> TakenVotes:
    return take_votes(store, run, **more)


# What people are shown


def test_a_person_sees_the_change_in_plain_words_and_both_behaviours_without_their_origin(
    run: Path, client_of: Callable[..., TestClient]
) -> None:
    store, ((_, token),) = asking(run)
    page = client_of(store).get(f"/s/{token}").text
    assert "Answer kindly." in page
    assert re.search(r"<del>.*short.*</del>", page)
    assert re.search(r"<ins>.*kind.*</ins>", page)
    assert "The answer must be short." in page, "the text before, whole"
    for name in ("c1", "c2"):
        assert f"The old answer to {name}." in page
        assert f"The new answer to {name}." in page
    told = re.sub(r"The (old|new) answer to c\d\.", "", page)
    assert "embedded" not in told
    assert not re.search(r'(?:value|id|class|data-\w+)="(?:old|new)"', told)


def test_the_two_responses_stand_in_an_order_of_each_persons_own(
    run: Path, client_of: Callable[..., TestClient]
) -> None:
    store, links = asking(run, ask=16)
    client = client_of(store)
    orders = set()
    for _, token in links:
        page = client.get(f"/s/{token}").text
        orders.add(tuple(re.findall(r"<legend>Response 1</legend><div[^>]*>The (\w+)", page)))
    assert len(orders) > 2


def test_pairs_with_the_same_words_are_not_asked_about(run: Path) -> None:
    reading = reading_of(run)
    (id_,) = worth_asking(reading, 10)
    same = behaviour(id_, "c3", "The same.", "The  same.")
    (item,) = vote_study(reading, [id_], [same]).items
    assert item.content["behaviours"] == []


def test_text_from_the_run_is_escaped_wherever_it_stands(
    tmp_path: Path, client_of: Callable[..., TestClient]
) -> None:
    run = vote_run(tmp_path, text=f"Be kind. {SCRIPT}", intent=f"Be kind {SCRIPT}.")
    store, ((who, token),) = asking(run)
    client = client_of(store)
    assert SCRIPT not in client.get(f"/s/{token}").text
    vote(client, token, "support", why=SCRIPT)
    taken(store, run)
    (kept,) = reading_of(run).source.votes()
    assert kept.why == SCRIPT, "it is kept as it was written"
    page = reading_of(run).proposal(kept.proposal)
    assert page is not None
    assert page.direct is not None
    template = environment().from_string(
        '{% import "_parts.html" as parts with context %}{{ parts.reasons(votes) }}'
    )
    shown = template.render(votes=[kept], words={}, run="r")
    assert "&lt;script&gt;" in shown
    assert SCRIPT not in shown
    assert who not in shown


# What people give


def test_without_a_stance_or_a_choice_it_says_what_is_missing_and_keeps_the_rest(
    run: Path, client_of: Callable[..., TestClient]
) -> None:
    store, ((_, token),) = asking(run)
    person = Person(client_of(store), token)
    page = person.get()
    sent = person.send(
        page.url.path, {"why": "Because.", "prefer-1": "first", "prefer-2": "second"}, page.text
    )
    assert sent.status_code == 422
    assert "for the change, against it" in sent.text
    assert "Because." in sent.text
    assert len(re.findall(r"checked", sent.text)) == 2
    sent = person.send(page.url.path, {"stance": "refute", "prefer-2": "neither"})
    assert sent.status_code == 422
    assert "conversation 1" in sent.text
    assert votes_of(store)[0] == []


def test_a_vote_says_which_behaviour_whatever_the_order(
    run: Path, client_of: Callable[..., TestClient]
) -> None:
    store, links = asking(run, ask=12)
    client = client_of(store)
    for _, token in links:
        assert vote(client, token, "support", why="Warmer.").status_code == 303
    votes, _ = votes_of(store)
    assert {(each.stance, each.why) for each in votes} == {("support", "Warmer.")}
    assert {choice.choice for each in votes for choice in each.choices} == {"new"}
    assert {choice.new_first for each in votes for choice in each.choices} == {True, False}
    assert {each.participant for each in votes} == {who for who, _ in links}


def test_a_person_comes_back_to_what_they_gave_and_may_change_it(
    run: Path, client_of: Callable[..., TestClient]
) -> None:
    store, ((_, token),) = asking(run)
    client = client_of(store)
    vote(client, token, "support", prefer="old")
    page = client.get(f"/s/{token}/0").text
    for number in (1, 2):
        first = re.findall(r"<legend>Response 1</legend><div[^>]*>The (\w+)", page)[number - 1]
        picked = "first" if first == "old" else "second"
        assert re.search(rf'name="prefer-{number}" value="{picked}" checked', page)
    person = Person(client, token)
    person.send(
        "/s/" + token + "/0", {"stance": "refute", "prefer-1": "neither", "prefer-2": "neither"}, page
    )
    ((changed,), _) = votes_of(store)
    assert changed.stance == "refute"
    assert {choice.choice for choice in changed.choices} == {"neither"}


def test_a_skipped_change_is_no_vote(run: Path, client_of: Callable[..., TestClient]) -> None:
    store, ((_, token),) = asking(run)
    person = Person(client_of(store), token)
    page = person.get()
    assert person.send(page.url.path, {"skip": "yes"}, page.text).status_code == 303
    assert votes_of(store) == ([], 0)


# Whom it asks


def test_people_are_drawn_at_random_and_keep_their_own_ids(run: Path) -> None:
    store, links = asking(run, ask=10)
    names = [who for who, _ in links]
    assert set(names) < set(PEOPLE)
    assert names != sorted(names)
    more = invite_readers(store, PEOPLE, 30, seed=5)
    assert {seat.participant for seat, _ in more} == set(PEOPLE) - set(names)
    with pytest.raises(OptionError, match="0 of those"):
        invite_readers(store, PEOPLE, 1, seed=5)


# What becomes of it


def test_votes_correct_the_share_and_measure_the_validator_and_taking_them_twice_adds_nothing(
    run: Path, client_of: Callable[..., TestClient]
) -> None:
    store, links = asking(run, ask=20)
    client = client_of(store)
    for who, token in links:
        vote(client, token, TRUTH[who], prefer="new" if TRUTH[who] == "support" else "old")
    first = taken(store, run)
    assert (first.votes, first.added, len(first.corrected)) == (20, 20, 1)
    (found,) = first.figures
    assert found.confusion is not None
    wrong = sum(PEOPLE.index(who) % 5 == 0 and TRUTH[who] != "silent" for who, _ in links)
    assert (found.confusion.accuracy.count, found.known) == (20 - wrong, 20)
    assert found.preferred is not None
    assert found.preferred.people.support == sum(TRUTH[who] == "support" for who, _ in links)
    records = RunRecords.open(run)
    before = [each.model_dump() for each in records.verdicts.find()]
    (support,) = records.support.find()
    records.close()
    assert support.support.corrected is not None
    assert support.support.corrected.labels == 20
    lines = "\n".join(direct_lines(found, support.support))
    assert "corrected by 20 labels" in lines
    assert "prefer the new one" in lines
    again = taken(store, run)
    assert (again.votes, again.added) == (20, 0)
    records = RunRecords.open(run)
    assert [each.model_dump() for each in records.verdicts.find()] == before
    assert figures_of(records, found.proposal) == found
    records.close()


def test_the_docket_and_the_proposals_page_show_votes_beside_verdicts(
    run: Path, client_of: Callable[..., TestClient]
) -> None:
    store, links = asking(run, ask=3)
    client = client_of(store)
    for (_, token), stance in zip(links, ("support", "refute", "silent"), strict=True):
        vote(client, token, stance, why=f"I say {stance}.")
    (before,) = reading_of(run).docket_rows()
    taken(store, run)
    (row,) = reading_of(run).docket_rows()
    assert (row.voted_for, row.voted_against, row.voted_neither) == (1, 1, 1)
    assert (row.support, row.refute, row.silent) == (before.support, before.refute, before.silent)
    page = reading_of(run).proposal(row.id)
    assert page is not None
    assert page.direct is not None
    assert page.votes is not None
    assert not page.votes.corrected, "three votes are too few"
    assert len(page.behaviours) == 2
    assert {each.why for each in page.own_words} == {"I say support.", "I say refute.", "I say silent."}


def test_late_votes_count_only_where_that_is_asked_for(
    run: Path, client_of: Callable[..., TestClient]
) -> None:
    store, ((_, token),) = asking(run)
    client = client_of(store)
    person = Person(client, token)
    page = person.get()
    store.set_status("closed")
    sent = person.send(
        page.url.path, {"stance": "refute", "prefer-1": "first", "prefer-2": "first"}, page.text
    )
    assert sent.status_code == 409
    assert (taken(store, run).votes, taken(store, run).late) == (0, 1)
    assert taken(store, run, late=True).votes == 1


def test_votes_go_to_their_own_run_alone(
    run: Path, tmp_path: Path, client_of: Callable[..., TestClient]
) -> None:
    store, ((_, token),) = asking(run)
    client = client_of(store)
    vote(client, token, "support")
    other = vote_run(tmp_path / "other", text="The answer must be long.", mark="other")
    with pytest.raises(RunError, match="belong to another one"):
        take_votes(store, other, {})
    assert take_votes(store, run.rename(run.with_name("renamed")), {}).added == 1


def test_a_run_that_nobody_was_asked_about_says_so(run: Path) -> None:
    with pytest.raises(RunError, match="nobody was asked"):
        open_votes(run)
    assert not votes_folder(run).exists()


# Which conversations are compared


def test_conversations_are_drawn_from_the_trial_by_seed_and_never_from_the_test_split(run: Path) -> None:
    reading, panel = reading_of(run), load(run.parent / "data")
    (id_,) = worth_asking(reading, 10)
    records = RunRecords.open(run)
    open_ = {name: panel.conversations[name] for name in ("c0", "c2", "c3", "c9")}
    pairs = pairs_of_run(reading, records, open_, [id_], most=2, seed=1)
    assert len(pairs) == 2
    assert {pair.conversation.id for pair in pairs} < {"c0", "c2", "c3"}
    assert all("short" in pair.old.text and "kind" in pair.new.text for pair in pairs)
    assert pairs[0].sections == ("tone",)
    with pytest.raises(OptionError, match="no proposal"):
        pairs_of_run(reading, records, open_, ["nowhere"])
    records.close()
    names = [f"c{number}" for number in range(30)]
    assert drawn_conversations(names, seed=1, subject="p", most=3) != drawn_conversations(
        names, seed=2, subject="p", most=3
    )
