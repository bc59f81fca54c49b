"""`concord behave` and `concord elicit votes`: behaviours on a run's record, and votes into it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner
from vote_runs import PEOPLE, vote_run

from concord.cli.app import app
from concord.cli.votes import opened_for
from concord.elicit.answers import Answer
from concord.elicit.study_folder import open_study
from concord.errors import DataError, InputError, OptionError
from concord.graph import RunRecords

NEW = "# Top {#top}\n\n## Tone {#tone authority=user}\n\nThe answer must lay out both sides.\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONCORD_HOME", str(tmp_path / "home"))
    return vote_run(tmp_path)


def concord(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    if done.exception is not None:
        raise done.exception
    return done.stdout


def test_behaviours_are_blind_in_print_kept_with_the_run_and_recorded_as_calls(run: Path) -> None:
    told = json.loads(
        concord("behave", str(run), "--trust", "--conversations", "2", "--seed", "4", "--quiet", "--json")
    )
    assert len(told["pairs"]) == 2
    assert "notice" in told
    for pair in told["pairs"]:
        assert set(pair) == {"id", "proposal", "conversation", "messages", "response_1", "response_2", "same"}
        assert told["key"][pair["id"]]["new"] in (1, 2)
    records = RunRecords.open(run)
    try:
        kept = [each for each in records.behaviours.find() if each.seed == 4]
        assert {each.id for each in kept} == {pair["id"] for pair in told["pairs"]}
        calls = [records.calls.get(each.new.call) for each in kept]
        assert {(call.role, call.where.node, call.where.subject) for call in calls} == {
            ("responder", "behave", kept[0].proposal)
        }
        assert all("must be kind" in "".join(text for _, text in call.parts) for call in calls)
    finally:
        records.close()


def test_two_texts_are_compared_without_a_run(run: Path, tmp_path: Path) -> None:
    new, out = tmp_path / "new.md", tmp_path / "pairs.jsonl"
    new.write_text(NEW, encoding="utf-8")
    words = [
        "behave",
        "--old",
        str(tmp_path / "spec.md"),
        "--new",
        str(new),
        "--data",
        str(tmp_path / "data"),
        "--quiet",
    ]
    concord(*words, "--model", "embedded", "--conversation", "c3", "--out", str(out))
    (line,) = out.read_text().splitlines()
    assert json.loads(line)["conversation"] == "c3"
    assert len(json.loads((tmp_path / "pairs.jsonl.key.json").read_text())) == 1
    with pytest.raises(DataError, match="'c99' is not a conversation"):
        concord(*words, "--model", "embedded", "--conversation", "c99")
    with pytest.raises(OptionError, match="give a RUN"):
        concord(*words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("behave", "RUN", "--old", "x.md"), "its own texts"),
        (("behave", "RUN", "--trust", "--proposal", "nowhere"), "no proposal 'nowhere'"),
        (("elicit", "serve"), "give a STUDY, or --proposals"),
        (("elicit", "serve", "STUDY", "--ask", "3"), "go with --proposals"),
        (("elicit", "serve", "--proposals", "RUN", "--ask", "2", "--port", "0"), "--port or --url"),
        (("elicit", "votes", "--into", "RUN"), "nobody was asked"),
        (("elicit", "votes", "--into", "nowhere"), "nowhere"),
    ],
)
def test_what_does_not_go_together_is_refused_in_a_sentence(
    run: Path, words: tuple[str, ...], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        concord(*(str(run) if word == "RUN" else word for word in words))


def asked(run: Path, count: int) -> Path:
    return opened_for(
        str(run),
        proposals=[],
        ask=count,
        new_people=None,
        contact="",
        seed=1,
        url="http://127.0.0.1:1",
        links=None,
    )


def test_votes_go_into_the_run_and_are_told(run: Path) -> None:
    folder = asked(run, 12)
    lines = (folder / "people.csv").read_text().splitlines()
    assert len(lines) == 13
    assert (folder / "people.csv").stat().st_mode & 0o077 == 0
    assert {line.split(",")[1] for line in lines[1:]} < set(PEOPLE)
    store = open_study(folder)
    item = store.study.items[0]
    for seat in store.seats.find():
        value = {
            "proposal": item.content["proposal"], "stance": "support", "why": "Yes.",
            "choices": [{"conversation": "c1", "choice": "new", "new_first": True}],
        }  # fmt: skip
        store.record(
            [
                Answer(
                    id=seat.participant, participant=seat.participant, step=f"vote/{item.id}", kind="vote",
                    item=item.id, value=value, complete=True, at=1.0,
                )
            ]
        )  # fmt: skip
    store.close()
    told = concord("elicit", "votes", "--into", str(run))
    assert "12 votes stand, 12 of them new" in told
    assert "12 for, 0 against" in told
    assert "corrected by 12 labels" in told
    assert "12 prefer the new one" in told
    assert "Over all proposals" in concord("elicit", "close", str(folder)), "closing takes them in too"
    again = json.loads(concord("elicit", "votes", "--into", str(run), "--json"))
    assert (again["votes"], again["added"]) == (12, 0)
    shown = concord("trace", str(run), "--proposal", item.content["proposal"])  # type: ignore[arg-type]  # it is text
    assert "people asked directly: 12 for" in shown
    assert "asked directly" in Path(concord("report", str(run)).strip()).read_text()


def test_what_people_are_asked_about_is_fixed_once_they_are_asked(run: Path) -> None:
    asked(run, 2)
    with pytest.raises(OptionError, match="asked about proposals of asked-run already"):
        opened_for(
            str(run), proposals=["x"], ask=None, new_people=None, contact="", seed=1, url="", links=None
        )
    with pytest.raises(OptionError, match="38 of those"):
        asked(run, 39)
