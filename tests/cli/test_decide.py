"""`concord decide` and the codes of a pause: an answer is filed for one question, and answers no other."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from concord.cli.exits import TABLE
from concord.graph.run_records import RunRecords

EXAMPLE = Path(__file__).resolve().parents[2] / "example"
RUN = (
    "run",
    "--spec",
    EXAMPLE / "spec.md",
    "--data",
    EXAMPLE / "data",
    "--model",
    "embedded",
    "--rounds",
    "1",
)
Concord = Callable[..., Any]
"""The fixture of conftest.py."""
WHO = ("--name", "Ada", "--note", "as people say")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that waits, made once by the real command."""
    folder = tmp_path_factory.mktemp("made")
    words = (*RUN, "--approve", "--quiet", "--out", folder / "mine", "--json")
    ended = subprocess.run(
        [sys.executable, "-m", "concord", *map(str, words)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 3, ended.stderr
    (folder / "printed.json").write_text(ended.stdout)
    return folder


@pytest.fixture
def paused(made: Path, concord: Concord, tmp_path: Path) -> str:
    """A copy of that run under `mine`; the id of the proposal that it asks about."""
    shutil.copytree(made / "mine", tmp_path / "mine")
    shutil.copytree(made / "runs", tmp_path / "home", dirs_exist_ok=True)
    return str(json.loads((made / "printed.json").read_text())["paused"]["proposal"])


def resumed(concord: Concord) -> Any:
    return concord("run", "--resume", "mine", "--approve", "--quiet", "--json")


def test_an_answer_is_taken_when_the_run_goes_on(concord: Concord, paused: str, tmp_path: Path) -> None:
    filed = concord("decide", "mine", paused[:8], "adopt", *WHO)
    assert filed.code == 0
    assert "concord run --resume mine --approve" in filed.out
    following = resumed(concord)
    store = RunRecords.open(tmp_path / "mine")
    adopted = [one for one in store.decisions.find(proposal=paused) if one.by == "Ada"]
    store.close()
    assert [(one.decision, one.note) for one in adopted] == [("adopt", "as people say")]
    assert following.code == 3, "the next adoption is a question of its own"
    assert following.json["paused"]["proposal"] != paused
    again = resumed(concord)
    assert again.json == following.json, "nobody answered the second question: it is asked again"


def test_until_then_another_answer_replaces_it(concord: Concord, paused: str, tmp_path: Path) -> None:
    concord("decide", "mine", paused, "adopt", *WHO)
    concord("decide", "mine", paused, "stop", *WHO)
    ended = resumed(concord)
    assert ended.code == 0
    assert ended.json["stop_reason"] == "stopped_by_reviewer"
    assert ended.json["adopted"] == []


def test_a_person_who_stopped_deferred_nothing(concord: Concord, paused: str) -> None:
    concord("decide", "mine", paused, "stop", *WHO)
    told = concord("run", "--resume", "mine", "--approve", "--quiet").out
    assert "the reviewer stopped it" in told
    assert "deferred" not in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("maybe", *WHO), "adopt, defer, set_aside, stop, end_sealed, reword, insist, ask, not 'maybe'"),
        (("adopt", "--name", " ", "--note", "so"), "the name is empty"),
        (("adopt", "--name", "Ada", "--note", ""), "the note is empty"),
    ],
)
def test_half_an_answer_is_refused(concord: Concord, paused: str, words: tuple[str, ...], said: str) -> None:
    refused = concord("decide", "mine", paused, *words)
    assert refused.code == 2
    assert said in refused.err


def test_another_proposal_is_not_the_question(concord: Concord, paused: str, tmp_path: Path) -> None:
    store = RunRecords.open(tmp_path / "mine")
    other = next(one.id for one in store.proposals.find() if one.id != paused)
    conversation = next(iter(store.rankings.find())).conversation
    store.close()
    refused = concord("decide", "mine", other, "adopt", *WHO)
    assert refused.code == 2
    assert f"waits for a decision on {paused}, not on {other}" in refused.err
    assert "is no proposal but a conversation" in concord("decide", "mine", conversation, "adopt", *WHO).err


def test_a_finished_run_takes_decisions_that_are_on_record_like_others(
    concord: Concord, paused: str, tmp_path: Path
) -> None:
    concord("decide", "mine", paused, "stop", *WHO)
    resumed(concord)
    told = concord("decide", "mine", paused, "set_aside", *WHO)
    assert told.code == 0, told.err
    store = RunRecords.open(tmp_path / "mine")
    found = [(one.by, one.decision, one.note) for one in store.decisions.find(proposal=paused)]
    store.close()
    assert ("Ada", "set_aside", "as people say") in found
    assert "set aside" in concord("trace", "mine", "--proposal", paused).out.replace("_", " ")
    refused = concord("decide", "mine", paused, "stop", *WHO)
    assert (refused.code, refused.out) == (2, "")
    assert "nothing to end" in refused.err


def test_a_note_to_a_colleague_goes_on_any_run_and_decides_nothing(
    concord: Concord, paused: str, tmp_path: Path
) -> None:
    assert concord("decide", "mine", paused, "ask", *WHO).code == 2
    assert concord("decide", "mine", paused, "ask", *WHO, "--colleague", "Grace").code == 0
    assert '"colleague":"Grace"' in (tmp_path / "mine" / "reviews.jsonl").read_text()
    assert resumed(concord).code == 3, "the question is still open"
    assert "belong to the decision reword" in concord("decide", "mine", paused, "adopt", *WHO, "--later").err


def test_runs_tells_how_each_stands(concord: Concord, paused: str, tmp_path: Path) -> None:
    (tmp_path / "mine").rename(tmp_path / "home" / "mine")
    rows = concord("runs", "--json").json
    assert [(row["id"], row["stands"]) for row in rows] == [("mine", f"paused before {paused}")]
    assert f"paused before {paused}" in concord("runs").out


def test_the_help_and_the_docs_list_the_exit_codes(concord: Concord) -> None:
    told = " ".join(concord("--help").out.split())
    docs = (EXAMPLE.parent / "docs" / "command-line.md").read_text()
    for code, words in TABLE.items():
        assert f"{code} {words}" in told
        assert f"| {code} | {words} |" in docs


def test_a_pause_prints_one_json_object_and_says_how_to_go_on(
    made: Path, paused: str, concord: Concord
) -> None:
    assert set(json.loads((made / "printed.json").read_text())) == {"paused", "run"}
    told = concord("run", "--resume", "mine", "--quiet")
    assert (told.code, told.out) == (3, "")
    assert f"concord decide mine {paused} adopt|defer|set_aside|stop --name NAME --note WHY" in told.err
    assert "concord run --resume mine --approve" in told.err
