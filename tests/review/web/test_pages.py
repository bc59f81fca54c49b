"""The pages without a browser: each is there, says what the run says, and lets nothing of the data out."""

import csv
import html
import io
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from concord.panel.importers.load import load
from concord.panel.splits import FoldSplitter
from concord.review.reading.conversations import ConversationFilter
from concord.review.reading.run import RunReading
from concord.review.reading.stability import compare_several
from concord.spec import apply, unified_patch

from .conftest import read
from .runs import EXAMPLE, FORMULA, SCRIPT

ADDRESSES = (
    "/", "/sections", "/sections?group=age", "/docket", "/decide", "/conversations", "/trace", "/trace?q=opinion",
    "/export", "/texts/likely/changes", "/preview", "/preview?only=1", "/conversations?gap=10&by=2&moved=away",
)  # fmt: skip


def addresses(reading: RunReading) -> list[str]:
    base = f"/runs/{reading.id}"
    proposal = reading.docket().rows[0].id
    talk = reading.conversations().rows[0].id
    call = next(iter(next(reading.source.every_call()))).id
    return [
        *(base + address for address in ADDRESSES),
        f"{base}/proposals/{proposal}",
        f"{base}/proposals/{proposal}?quotes=all",
        f"{base}/conversation?id={quote(talk, safe='')}",
        f"{base}/calls/{call}",
        f"/compare?a={reading.id}&b={reading.id}",
        f"/stability?run={reading.id}&run=demo&run=paused",
        "/keys",
        "/?all=1",
    ]


def test_every_page_of_the_demo_is_there(client: TestClient, demo: RunReading) -> None:
    for address in addresses(demo):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "refresh" not in answer.headers, f"{address} waits for something"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert not re.search(r"<[^>]*\sstyle=", answer.text), f"{address}: inline style"
        assert not re.search(r"<[^>]*\son\w+=", answer.text), f"{address}: inline handler"
        assert not re.search(r"""(?:href|src|action)=["'](?:https?:)?//""", answer.text), (
            f"{address}: another place"
        )


def test_the_overview_says_what_the_summary_says(client: TestClient, demo: RunReading) -> None:
    summary = demo.source.summary()
    assert summary is not None
    assert summary.sealed_test is not None
    page = client.get(f"/runs/{demo.id}/").text
    assert f"{100 * (summary.sealed_test.original.estimate or 0):.1f} → " in page
    assert "agreement had stopped improving" in page
    for adopted in summary.adopted:
        assert adopted.id in page
    assert "the people are simulated" in page


def test_the_docket_lists_every_proposal_with_what_deserves_attention_first(
    client: TestClient, demo: RunReading
) -> None:
    rows = demo.docket(limit=1000).rows
    assert len(rows) == len(demo.source.proposals())
    statuses = [row.status for row in rows]
    assert statuses == sorted(statuses, key=("waiting", "open", "adopted", "rejected").index)
    page = client.get(f"/runs/{demo.id}/docket?status=rejected").text
    assert all(row.reason for row in rows if row.status == "rejected")
    assert page.count('class="intent"') == sum(row.status == "rejected" for row in rows)


def test_a_proposal_says_how_rankings_moved(client: TestClient, demo: RunReading) -> None:
    row = next(row for row in demo.docket().rows if row.status == "adopted")
    trial = next(trial for trial in demo.source.trials(row.id) if trial.stage == "trial")
    moved = [each for each in trial.differences if each is not None]
    towards, away = sum(each > 1e-9 for each in moved), sum(each < -1e-9 for each in moved)
    page = client.get(f"/runs/{demo.id}/proposals/{row.id}").text
    assert f"Rankings moved towards people on {towards} of {len(moved)} conversations, away on {away}" in page
    assert f"1 of {demo.docket().by_status['adopted']} adopted" in page
    assert page.count("<title>") - 1 == len(moved), "one dot a conversation, each with its name"
    assert "chance of no improvement" in page


def test_a_change_of_a_modal_verb_is_said_in_words(client: TestClient, demo: RunReading) -> None:
    for row in demo.docket_rows():
        found = demo.proposal(row.id)
        assert found is not None
        if flag := next((each for each in found.change.flags if each.startswith("may → must")), None):
            page = html.unescape(client.get(f"/runs/{demo.id}/proposals/{row.id}").text)
            assert flag in page
            assert "<del>" in page
            return
    pytest.fail("the demo proposes to turn a may into a must")


def test_no_conversation_of_the_sealed_part_is_ever_shown(client: TestClient, demo: RunReading) -> None:
    splitter = FoldSplitter()
    conversations = load(EXAMPLE / "data").conversations
    shown = {row.id for row in demo.conversations(limit=10_000).rows}
    assert shown
    assert all(splitter.place_of(conversations[id_]) != "test" for id_ in shown)
    sealed = next(id_ for id_, each in conversations.items() if splitter.place_of(each) == "test")
    assert client.get(f"/runs/{demo.id}/conversation", params={"id": sealed}).status_code == 404


def test_sections_are_measured_before_and_after_with_the_largest_gap_first(demo: RunReading) -> None:
    found = demo.sections()
    after = [row.after.estimate for row in found.rows]
    assert after == sorted(after, key=lambda value: value or 0.0)
    money = next(row for row in found.rows if row.id == "money")
    assert money.before.estimate is not None
    assert money.after.estimate is not None
    assert money.after.estimate - money.before.estimate > 0.1
    assert money.before.low is not None


def test_groups_of_fewer_than_five_are_not_shown(demo: RunReading) -> None:
    for key in demo.sections().keys:
        groups = demo.groups(key)
        for row in (*groups.rows, *(row for _, rows in groups.by_section for row in rows)):
            assert row.people >= 5


def test_lists_say_how_much_there_is_and_go_on(client: TestClient, demo: RunReading) -> None:
    first = client.get(f"/runs/{demo.id}/trace").text
    assert f"1 to 50 of {sum(place.calls for place in demo.nodes()):,} calls" in first
    beyond = client.get(f"/runs/{demo.id}/trace?page=999").text
    assert "None here" in beyond
    assert client.get(f"/runs/{demo.id}/trace?page=nonsense").status_code == 200


def test_search_finds_words_of_replies_and_prompts(demo: RunReading) -> None:
    from concord.review.reading.trace import CallFilter

    everywhere = demo.calls(CallFilter(search="opinion")).total
    replies = demo.calls(CallFilter(search="opinion", where="replies")).total
    prompts = demo.calls(CallFilter(search="opinion", where="prompts")).total
    assert 0 < replies < everywhere <= replies + prompts
    assert demo.calls(CallFilter(search="opinion absolutelynowhere")).total == 0
    assert demo.calls(CallFilter(search='" AND NEAR( *', where="replies")).problem == ""
    assert demo.calls(CallFilter(search="opin*", where="replies")).total >= replies


@pytest.mark.parametrize(
    "address",
    ["/nothing", "/runs/none/", "/runs/../demo/", "/runs/demo/calls/none", "/runs/demo/proposals/none",
     "/runs/demo/texts/other", "/runs/demo/export/../../config.json", "/static/../app.py"],
)  # fmt: skip
def test_what_is_not_there_is_told_in_a_sentence(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


def test_hostile_text_stays_text_on_every_page(client: TestClient, home: Path) -> None:
    reading = read(home, "hostile")
    for address in addresses(reading):
        page = client.get(address)
        assert page.status_code == 200, address
        assert SCRIPT not in page.text, address
        assert "<img" not in page.text, address
        assert not any(mark in page.text for mark in ("\u202e", "\u2066", "\U000e0041")), (
            f"{address}: hidden characters"
        )
        assert ">49<" not in page.text
    proposal = reading.docket().rows[0].id
    assert "⟨U+202E⟩" in client.get(f"/runs/hostile/proposals/{proposal}").text


def test_csv_holds_no_formula(client: TestClient, home: Path) -> None:
    for address in ("/runs/hostile/conversations.csv", "/runs/hostile/export/docket.csv"):
        answer = client.get(address)
        assert answer.headers["content-disposition"].startswith("attachment")
        rows = list(csv.reader(io.StringIO(answer.text)))
        assert len(rows) > 1
        cells = [cell for row in rows for cell in row]
        assert any(FORMULA[:10] in cell for cell in cells)
        assert not any(
            cell.lstrip().startswith(("=", "+", "@", "-", "\t")) and not _number(cell) for cell in cells
        )


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_the_docket_says_which_origins_came_to_the_same_changes(client: TestClient, demo: RunReading) -> None:
    page = client.get(f"/runs/{demo.id}/docket").text
    assert "Who came to the same changes" in page
    assert "batch + conversation" in page


def test_a_proposal_says_what_it_contradicts_with_both_sentences(client: TestClient, home: Path) -> None:
    reading = read(home, "hostile")
    row = reading.docket_rows()[0]
    assert row.conflicts == 3
    page = html.unescape(client.get(f"/runs/hostile/proposals/{row.id}").text)
    told = page.partition('id="conflicts"')[2].partition("</section>")[0]
    assert "an example labelled GOOD" in told
    assert "places the response labelled GOOD below the one labelled BAD" in told
    assert "contradicts 3 other places of the spec" in client.get("/runs/hostile/docket").text


def test_what_most_support_and_a_group_refutes_is_said_on_docket_page_and_proposal(
    client: TestClient, home: Path
) -> None:
    row = read(home, "hostile").docket_rows()[0]
    (told,) = row.refuted
    assert "refutes it (0 for, 8 against)" in told
    for address in ("/runs/hostile/docket", f"/runs/hostile/proposals/{row.id}"):
        assert "refutes it (0 for, 8 against)" in client.get(address).text


def test_in_the_demo_what_passed_its_trial_was_held_against_the_rest(
    client: TestClient, demo: RunReading
) -> None:
    adopted = [row.id for row in demo.docket_rows() if row.status == "adopted"]
    assert adopted
    for id_ in adopted:
        record = demo.known.conflicts[id_]
        assert record.pairs
        assert not record.unanswered, "every verdict quotes what stands there"
    page = client.get(f"/runs/{demo.id}/proposals/{adopted[0]}").text
    assert "passages of the spec asked about" in page


def test_a_preview_says_what_these_and_not_those_come_to(client: TestClient, demo: RunReading) -> None:
    one, *_ = adopted = [row.id for row in demo.docket_rows() if row.status == "adopted"]
    proposal = demo.known.by_id[one]
    wanted = apply(demo.known.original, proposal.edits)
    page = client.get("/runs/demo/preview", params={"only": 1, "with": one}).text
    assert "1 edit in it" in page
    assert page.count(" checked") == 1
    patch = client.get("/runs/demo/preview", params={"only": 1, "with": one, "patch": 1}).text
    assert patch == unified_patch(demo.known.original.text, wanted.text, "spec.md")
    assert client.get("/runs/demo/preview").text.count(" checked") == len(adopted)
    assert "It is the original." in client.get("/runs/demo/preview", params={"only": 1}).text
    assert client.get("/runs/demo/preview", params={"only": 1, "with": "nothing"}).status_code == 200


def test_two_that_clash_are_told_of_in_a_preview(client: TestClient, demo: RunReading) -> None:
    places: dict[tuple[str, str], str] = {}
    for row in demo.docket_rows():
        edit = demo.known.by_id[row.id].edits[0]
        if row.effect is None or edit.op != "replace" or edit.anchor in edit.text:
            continue
        if (other := places.setdefault((edit.section, edit.anchor), row.id)) and other != row.id:
            page = client.get("/runs/demo/preview", params=[("only", "1"), ("with", other), ("with", row.id)])
            assert "1 edit can't come in" in html.unescape(page.text)
            return
    pytest.skip("the demo tried no two wordings of one place")


def test_conversations_are_filtered_by_gap_and_movement_also_as_csv(
    client: TestClient, demo: RunReading
) -> None:
    every = demo.conversations(limit=10_000).rows
    wide = demo.conversations(ConversationFilter(gap=0.2), limit=10_000).rows
    assert {row.id for row in wide} == {row.id for row in every if row.gap is not None and row.gap > 0.1999}
    assert 0 < len(wide) < len(every)
    far = demo.conversations(ConversationFilter(by=0.3, moved="towards"), limit=10_000).rows
    assert {row.id for row in far} == {
        row.id for row in every if row.moved is not None and row.moved > 0.2999
    }
    lines = list(csv.reader(io.StringIO(client.get("/runs/demo/conversations.csv?gap=20").text)))
    assert len(lines) == len(wide) + 1
    assert f"of {len(wide)} conversations" in client.get("/runs/demo/conversations?gap=20").text
    assert client.get("/runs/demo/conversations?gap=nonsense&by=-3").status_code == 200


def test_several_runs_are_held_against_each_other(client: TestClient, home: Path, demo: RunReading) -> None:
    found = compare_several([demo, demo, read(home, "paused")])
    adopted = sum(row.status == "adopted" for row in demo.docket_rows())
    assert (found.adopted_by_any, found.adopted_by_all, found.texts) == (adopted, 0, 2)
    assert found.adopted_alike == pytest.approx(1 / 3), "one pair of three is alike, the others share nothing"
    assert found.decided_alike is not None
    assert found.decided_pairs >= adopted, "what waits in the third run is no decision"
    assert [each.text for each in found.runs] == [1, 1, 2]
    same = compare_several([demo, demo])
    assert (same.adopted_alike, same.decided_alike, same.sections_alike) == (1.0, 1.0, 1.0)
    page = client.get("/stability?run=demo&run=paused").text
    assert "Adopted alike" in page
    assert client.get("/stability?run=demo&run=none").status_code == 404
