"""The pages of whoever answers: every step saved, nothing lost, a sentence for whatever is wrong."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from concord.elicit.export import export_files
from concord.elicit.progress import study_progress
from concord.elicit.web.limits import Limits
from concord.errors import RunError

from .conftest import PORT, Person, answers_to, opened, study

Clients = Callable[..., TestClient]


def begun(client_of: Clients, **more: Any) -> tuple[Any, Any, Person]:
    """A store, a seat and its person, who has agreed and said who they are."""
    store = opened(study(**more))
    ((seat, token),) = store.invite(1)
    person = Person(client_of(store), token)
    for _ in range(2):
        assert person.fill(person.get()).status_code == 303
    return store, seat, person


def test_a_person_goes_through_and_the_answers_stand(client_of: Clients) -> None:
    store = opened(study())
    ((seat, token),) = store.invite(1)
    person = Person(client_of(store), token)
    assert person.through() == 2 + 2 + 1 + 2, (
        "consent and about, two rankings, one second block, two rubric pages"
    )
    assert len(store.standing(seat.participant)) == 7
    _, told = export_files(store)
    assert (told.people, told.assessments) == (1, 2)
    assert "You are through" in person.get().text


def test_responses_are_shown_in_the_order_drawn_for_the_person(client_of: Clients) -> None:
    _, seat, person = begun(client_of)
    html = person.get().text
    shown = [html.index(f"Response {label}</legend>") for label in seat.orders[seat.items[0]]]
    assert shown == sorted(shown)


def test_nothing_comes_before_consent(client_of: Clients) -> None:
    store = opened(study())
    ((_, token),) = store.invite(1)
    person = Person(client_of(store), token)
    assert person.get(f"{person.base}/3").url.path == f"{person.base}/0"
    page = person.get()
    sent = person.send(f"{person.base}/2", {"why": "early"}, page.text)
    assert sent.status_code == 409
    refused = person.send(page.url.path, {}, page.text)
    assert refused.status_code == 422
    assert "Tick the box to say that you agree" in refused.text
    assert store.answers.count(step="about") == 0


def test_a_ranking_with_a_missing_response_is_told_and_kept(client_of: Clients) -> None:
    store, seat, person = begun(client_of)
    page = person.get()
    order = seat.orders[seat.items[0]]
    sent = person.send(
        page.url.path, {f"tier-{order[0]}": "1", f"tier-{order[1]}": "1", "why": "Half a thought"}, page.text
    )
    assert sent.status_code == 422
    assert f"Responses {order[2]} and {order[3]} have no place yet" in sent.text
    assert "Half a thought" in sent.text
    again = person.get()
    assert again.url.path == page.url.path, "the step isn't done"
    assert "Half a thought" in again.text
    assert again.text.count(" checked") == 2
    assert store.raters()[seat.items[0]] == 0


def test_the_same_form_sent_twice_is_one_answer_and_another_one_is_another(client_of: Clients) -> None:
    store, seat, person = begun(client_of)
    page = person.get()
    fields = answers_to(page.text)
    for _ in range(3):
        assert person.send(page.url.path, fields, page.text).status_code == 303
    step = f"rank/{seat.items[0]}"
    assert store.answers.count(step=step) == 1
    person.send(page.url.path, {**fields, "why": "On second thoughts"}, page.text)
    assert store.answers.count(step=step) == 2
    standing = store.standing(seat.participant)[step]
    assert store.answer(standing.answer).value["why"] == "On second thoughts"


def test_what_is_typed_is_saved_before_it_is_sent(client_of: Clients) -> None:
    store, seat, person = begun(client_of)
    page = person.get()
    saved = person.send(f"{page.url.path}/draft", {"why": "So far"}, page.text)
    assert saved.json() == {"saved": True}
    assert "So far" in person.get().text
    sent = person.send(
        f"{page.url.path}/draft", {**answers_to(page.text), "count": "2", "go": "1"}, page.text
    )
    assert sent.json()["next"] == f"{person.base}/3"
    person.send(f"{page.url.path}/draft", {"why": "Only this", "count": "3"}, page.text)
    standing = store.standing(seat.participant)[f"rank/{seat.items[0]}"]
    assert standing.complete, "half an answer never takes the place of a whole one"


def test_a_prompt_may_be_skipped_with_all_that_belongs_to_it(client_of: Clients) -> None:
    store, seat, person = begun(client_of)
    page = person.get()
    sent = person.send(page.url.path, {"skip": "yes"}, page.text)
    assert sent.headers["location"] == f"{person.base}/5", "past the second block and the rubric of it"
    assert store.raters()[seat.items[0]] == 0
    person.through()
    _, told = export_files(store)
    assert told.assessments == 1


# What is hostile, or wrong


def test_a_script_in_a_name_is_stored_as_it_is_and_shown_escaped(client_of: Clients) -> None:
    name = '"><script>alert(1)</script>\u202e &amp;'
    store = opened(study())
    ((seat, token),) = store.invite(1)
    person = Person(client_of(store), token)
    person.fill(person.get())
    page = person.get()
    person.send(page.url.path, {"q-name": name}, page.text)
    back = person.get(page.url.path)
    assert "<script>alert" not in back.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in back.text
    person.send(back.url.path, {"q-name": name}, back.text)
    standing = store.standing(seat.participant)["about"]
    kept: Any = store.answer(standing.answer).value["answers"]
    assert kept["name"] == name
    assert "script-src 'self'" in back.headers["content-security-policy"]


def test_an_answer_of_a_megabyte_is_refused_with_a_sentence_and_nothing_is_lost(client_of: Clients) -> None:
    store, _, person = begun(client_of)
    page = person.get()
    person.send(f"{page.url.path}/draft", {"why": "Before it"}, page.text)
    before = store.answers.count()
    sent = person.send(page.url.path, {**answers_to(page.text), "why": "x" * 1_000_000}, page.text)
    assert sent.status_code == 413
    assert "more than a form here may hold (200 kB)" in sent.text
    assert store.answers.count() == before
    assert "Before it" in person.get().text
    enormous = person.client.post(
        page.url.path, content=b"x" * 9_000_000, headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert enormous.status_code == 413
    script = person.send(f"{page.url.path}/draft", {"why": "x" * 1_000_000}, page.text)
    assert script.json()["problem"].startswith("That is more than")


def test_a_closed_study_says_so_and_keeps_what_is_sent_apart(client_of: Clients) -> None:
    store, seat, person = begun(client_of)
    page = person.get()
    person.fill(page)
    last = person.get()
    store.set_status("closed")
    assert "The study is closed" in person.get().text
    sent = person.send(last.url.path, answers_to(last.text), last.text)
    assert sent.status_code == 409
    assert "was kept too, marked as late" in sent.text
    assert store.standing(seat.participant)[f"second/{seat.items[0]}"].late
    assert export_files(store)[1].late == 1
    assert '"personal":[]' in export_files(store)[0]["comparisons.jsonl"].decode()
    assert '"personal":[{' in export_files(store, late=True)[0]["comparisons.jsonl"].decode()
    person.send(page.url.path, {**answers_to(page.text), "why": "Too late"}, page.text)
    first = store.standing(seat.participant)[f"rank/{seat.items[0]}"]
    assert store.answer(first.answer).value["why"] != "Too late", "what came in time stands"


def test_a_paused_study_saves_what_is_sent_and_shows_no_page(client_of: Clients) -> None:
    store, _, person = begun(client_of)
    page = person.get()
    store.set_status("paused")
    assert "The study is paused" in person.get().text
    sent = person.send(page.url.path, answers_to(page.text), page.text)
    assert "What you gave is saved" in sent.text
    store.set_status("open")
    assert person.get().url.path == f"{person.base}/3"


def test_one_link_is_one_person_in_one_browser_at_a_time(client_of: Clients) -> None:
    store, _, person = begun(client_of)
    page = person.get()
    app = person.client.app
    other = Person(TestClient(app, base_url=f"http://127.0.0.1:{PORT}", headers={"sec-fetch-site": "same-origin"}), person.base[3:])  # fmt: skip
    asked = other.get()
    assert asked.status_code == 409
    assert "This link is in use in another browser" in asked.text
    assert other.send(f"{person.base}/2", answers_to(page.text), page.text).status_code == 409
    other.send(f"{person.base}/here", {}, asked.text)
    assert "Response A" in other.get().text
    late = person.send(page.url.path, answers_to(page.text), page.text)
    assert late.status_code == 409
    assert "went on in another browser" in late.text
    assert store.answers.count() == 2


def test_a_link_that_nobody_was_given_opens_nothing_and_guessing_is_slowed(client_of: Clients) -> None:
    store = opened(study())
    ((_, token),) = store.invite(1)
    client = client_of(store, limits=Limits(guesses_at_once=3))
    assert client.get(f"/s/{token}").status_code == 200
    answers = [client.get(f"/s/{'a' * 43}").status_code for _ in range(5)]
    assert answers == [404, 404, 404, 429, 429]
    assert client.get(f"/s/{token}").status_code == 200, "whoever has a link is not slowed by it"
    assert client.get("/o/guess").status_code == 429


def test_an_old_link_opens_nothing_once_it_was_renewed(client_of: Clients) -> None:
    store, _, person = begun(client_of)
    token = store.renew(0)
    assert person.get().status_code == 404
    assert Person(person.client, token).get().url.path == f"/s/{token}/2", (
        "the same person, at the same place"
    )


def test_saves_of_one_link_are_limited_and_the_others_go_on(client_of: Clients) -> None:
    store = opened(study())
    (_, one), (_, other) = store.invite(2)
    client = client_of(store, limits=Limits(saves_at_once=2, saves_per_second=0.01))
    person = Person(client, one)
    page = person.get()
    answers = [
        person.send(f"{page.url.path}/draft", {"agree": "yes", "count": str(n)}, page.text) for n in range(4)
    ]
    assert [each.status_code for each in answers] == [200, 200, 429, 429]
    assert "too much in too short a time" in answers[-1].json()["problem"]
    assert int(answers[-1].headers["retry-after"]) > 1
    assert Person(client, other).fill(Person(client, other).get()).status_code == 303


def test_a_form_without_its_token_or_from_elsewhere_saves_nothing(client_of: Clients) -> None:
    store, _, person = begun(client_of)
    page = person.get()
    before = store.answers.count()
    fields = {**answers_to(page.text), "mark": "x"}
    assert person.client.post(page.url.path, data=fields).status_code == 403
    assert person.client.post(page.url.path, data={**fields, "token": "0" * 64}).status_code == 403
    elsewhere = person.client.post(
        page.url.path, data={**person.hidden(page.text), **fields}, headers={"sec-fetch-site": "cross-site"}
    )
    assert elsewhere.status_code == 403
    assert store.answers.count() == before


def test_a_form_is_still_good_after_the_server_was_started_again(client_of: Clients) -> None:
    store, _, person = begun(client_of)
    page = person.get()
    other = client_of(store)
    other.cookies = person.client.cookies
    assert (
        Person(other, person.base[3:]).send(page.url.path, answers_to(page.text), page.text).status_code
        == 303
    )


def test_a_save_that_the_store_refuses_says_so_and_can_be_sent_again(
    client_of: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, _, person = begun(client_of)
    page = person.get()
    whole = store.record

    def full(_: object) -> int:
        raise RunError("the disk is full")

    monkeypatch.setattr(store, "record", full)
    sent = person.fill(page)
    assert sent.status_code == 503
    assert "could not be saved just now" in sent.text
    monkeypatch.setattr(store, "record", whole)
    assert person.fill(page).status_code == 303


def test_texts_in_any_script_come_back_as_they_were_written(client_of: Clients) -> None:
    why = "כי זה נכון \u200fנכון — 因为诚实 ‌می‌خواهم\n\nA second paragraph."
    _, _, person = begun(client_of)
    page = person.get()
    person.send(f"{page.url.path}/draft", {"why": why}, page.text)
    back = person.get()
    assert f">\n{why}</textarea>" in back.text
    assert 'dir="auto"' in back.text


# The organiser


def test_the_organiser_sees_how_it_goes_and_others_dont(client_of: Clients) -> None:
    store, _, person = begun(client_of)
    person.through()
    client = person.client
    home = f"/o/{store.organiser_token}"
    html = client.get(home).text
    assert 'through</dt><dd class="num">1<' in html
    assert f"{study_progress(store).lacking} still lacking" in html
    assert client.get(f"/o/{person.base[3:]}").status_code == 404
    assert store.organiser_token not in person.get().text


def test_the_organiser_pauses_closes_and_takes_everything_away(client_of: Clients) -> None:
    store, _, person = begun(client_of)
    person.through()
    client = person.client
    home = f"/o/{store.organiser_token}"
    for wanted in ("paused", "closed", "open"):
        token = person.hidden(client.get(home).text)["token"]
        client.post(f"{home}/status", data={"token": token, "status": wanted})
        assert store.status == wanted
    assert client.post(f"{home}/status", data={"token": token, "status": "gone"}).status_code == 403
    packed = client.get(f"{home}/export.zip")
    assert packed.headers["content-disposition"].startswith("attachment")
    names = zipfile.ZipFile(io.BytesIO(packed.content)).namelist()
    assert names == ["comparisons.jsonl", "annotators.jsonl", "conversation_rubrics.jsonl"]
