"""`concord run`, `trace` and `agreement` on the example: what they print and what a run leaves behind."""

import contextlib
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from concord.graph.run_records import RunRecords
from concord.models.exchange import RetryPolicy

EXAMPLE = Path(__file__).resolve().parents[2] / "example"
SPEC, DATA = EXAMPLE / "spec.md", EXAMPLE / "data"
RUN = ("run", "--spec", SPEC, "--data", DATA, "--model", "embedded")
Concord = Callable[..., Any]
"""The fixture of conftest.py."""

CONTRACT = {
    "stop_reason": str, "rounds": int, "evidence": str, "notice": str, "calls": dict, "proposals": dict,
    "adopted": list, "rejected": dict, "sealed_test": dict, "data": dict, "provenance": dict,
}  # fmt: skip
SEALED = ("original", "no_spec", "leave_one_out", "longest", "gain")


def concord_in(folder: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """The real command, in a process of its own, with pipes for its output."""
    environment = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "CONCORD_HOME")}
    return subprocess.run(
        [sys.executable, "-m", "concord", *words],
        cwd=folder, capture_output=True, text=True, timeout=300, check=False, env=environment,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where one run of one round was made, by the real command, into `runs/`."""
    folder = tmp_path_factory.mktemp("made")
    ended = concord_in(folder, *RUN, "--rounds", "1", "--quiet", "--json")
    assert ended.returncode == 0, ended.stderr
    (folder / "printed.json").write_text(ended.stdout)
    (folder / "printed.err").write_text(ended.stderr)
    return folder


@pytest.fixture
def made(folder: Path, monkeypatch: pytest.MonkeyPatch, concord: Concord) -> Path:
    """That run, as the home of the commands of a test."""
    monkeypatch.setenv("CONCORD_HOME", str(folder / "runs"))
    return folder / "runs" / "spec-data-s0"


def test_json_prints_the_summary_of_the_contract_and_nothing_else(folder: Path, made: Path) -> None:
    summary = json.loads((folder / "printed.json").read_text())
    for key, kind in CONTRACT.items():
        assert isinstance(summary[key], kind), key
    assert (summary["rounds"], summary["stop_reason"]) == (1, "rounds")
    assert set(summary["provenance"]["models"].values()) == {"embedded"}
    assert set(summary["calls"]) == {"ranker", "relevance", "proposer", "validator"}
    assert set(summary["proposals"]) == {"made", "tried", "adopted", "proven", "waiting"}
    assert summary["proposals"]["adopted"] == len(summary["adopted"]) > 0
    for adopted in summary["adopted"]:
        assert {"id", "section", "kind", "origin", "intent", "label"} <= set(adopted)
    sealed = summary["sealed_test"]
    for arm in SEALED:
        assert sealed[arm]["low"] <= sealed[arm]["estimate"] <= sealed[arm]["high"]
    for text in ("proven", "likely"):
        assert sealed[text]["agreement"]["low"] <= sealed[text]["agreement"]["estimate"]
        assert sealed[text]["gap_closed"] is None or isinstance(sealed[text]["gap_closed"], float)
    assert summary["notice"], "synthetic data and a rule-based reader are said"
    assert json.loads((made / "summary.json").read_text()) == summary


def test_a_quiet_run_says_nothing_beside_its_result(folder: Path) -> None:
    assert (folder / "printed.err").read_text() == ""


def test_times_and_cache_are_in_the_cost_and_not_in_the_summary(made: Path) -> None:
    cost = json.loads((made / "cost.json").read_text())
    assert cost["sealed_test_openings"] == 1
    assert cost["seconds"] > 0
    assert cost["roles"]["ranker"]["calls"] > 0
    summary = (made / "summary.json").read_text()
    assert not [word for word in ("seconds", "cached", "usd") if word in summary]


def test_the_revised_spec_and_its_patch_lie_beside_the_summary(made: Path, tmp_path: Path) -> None:
    (tmp_path / "spec.md").write_bytes(SPEC.read_bytes())
    subprocess.run(["git", "apply", made / "spec.patch"], cwd=tmp_path, check=True)
    assert (tmp_path / "spec.md").read_bytes() == (made / "spec.md").read_bytes()
    assert (made / "spec.md").read_bytes() != SPEC.read_bytes()


def test_the_config_names_everything_a_resumed_run_needs(made: Path) -> None:
    config = json.loads((made / "config.json").read_text())
    assert Path(config["spec"]).is_absolute()
    assert (config["options"]["rounds"], config["models"]["ranker"]) == (1, "embedded")


def test_resuming_a_finished_run_reports_it_again(concord: Concord, made: Path) -> None:
    before = (made / "summary.json").read_bytes()
    printed = concord("run", "--resume", "spec-data-s0")
    assert printed.code == 0
    assert (made / "summary.json").read_bytes() == before
    assert "Stopped after 1 round: the rounds asked for were done." in printed.out
    assert "Adopted " in printed.out
    assert "trial in round 1: +" in printed.out
    assert "people's words: " in printed.out
    assert "{+" in printed.out, "a redline of what was adopted"
    for row in (
        "original spec",
        "proven text",
        "likely text",
        "no spec",
        "leave-one-out consensus",
        "longest response",
        "Gain: +",
    ):
        assert row in printed.out
    assert "The test split of this data was opened 1 time so far, and 1 run tried edits on it." in printed.out
    assert f"concord trace {made}" in printed.out
    assert printed.err == ""


def test_the_trace_is_a_tree_of_rounds_nodes_agents_and_calls(concord: Concord, made: Path) -> None:
    printed = concord("trace", "spec-data-s0", "--calls", "2")
    lines = printed.out.splitlines()
    assert lines[0].startswith("run spec-data-s0: ")
    for node in ("round 1", "measure", "propose", "screen", "trial", "validate", "decide"):
        assert any(line.endswith(f"── {node}") for line in lines), node
    assert any("ranker: " in line and " calls" in line for line in lines)
    assert any(" adopted: " in line for line in lines)
    assert "concord trace spec-data-s0 --call ID" in lines[-1]
    bare = concord("trace", "spec-data-s0", "--calls", "0").out
    assert len(bare.splitlines()) < len(lines)


def test_the_trace_as_json_has_every_call_once(concord: Concord, made: Path) -> None:
    told = concord("trace", made, "--json").json
    found = [
        call["id"]
        for round_ in told["rounds"]
        for node in round_["nodes"]
        for agent in node["agents"]
        for call in agent["calls"]
    ]
    assert len(found) == len(set(found)) == told["calls"]


def test_one_call_is_shown_whole(concord: Concord, made: Path) -> None:
    told = concord("trace", made, "--json").json
    measure = told["rounds"][0]["nodes"][0]
    ranker = next(agent for agent in measure["agents"] if agent["agent"] == "ranker")
    call = ranker["calls"][0]
    shown = concord("trace", made, "--call", call["id"])
    for heading in (
        "── system ──",
        "── sections ──",
        "── conversation ──",
        "── responses ──",
        "── answer ──",
    ):
        assert heading in shown.out
    whole = concord("trace", made, "--call", call["id"][:12], "--json").json
    assert whole["answer"] == call["answer"]
    assert dict(whole["parts"])["responses"] in shown.out.replace("\n\n\n", "\n\n") or whole["parts"]


def test_agreement_overall_and_by_section_without_the_test_split(concord: Concord, made: Path) -> None:
    words = ("agreement", "--spec", SPEC, "--data", DATA, "--model", "embedded")
    told = concord(*words, "--json").json
    sealed = json.loads((made / "summary.json").read_text())["sealed_test"]["conversations"]
    assert told["conversations"] + sealed == 320
    assert told["spec"]["low"] < told["spec"]["estimate"] < told["spec"]["high"]
    assert told["no_spec"]["estimate"] == 0.5, "a reader of rules has no opinion without rules"
    assert {row["section"] for row in told["sections"]} >= {"politics", "careers"}
    printed = concord(*words)
    assert "leave-one-out consensus" in printed.out
    assert "politics " in printed.out
    ledger = [json.loads(line) for line in (made.parent / "ledger.jsonl").read_text().splitlines()]
    assert [sorted(entry.keys() & {"selection", "data"}) for entry in ledger] == [["selection"], ["data"]], (
        "the run's own selection and opening, and none of agreement's"
    )


def test_a_dry_run_counts_and_writes_no_run(concord: Concord, tmp_path: Path) -> None:
    told = concord(*RUN, "--dry-run", "--json").json
    roles = {line["role"]: line for line in told["lines"]}
    assert set(roles) == {"relevance", "ranker", "batch_proposer", "conversation_proposer", "validator"}
    assert all(line["least"] <= line["most"] for line in told["lines"])
    printed = concord(*RUN, "--dry-run")
    assert "Nothing was asked." in printed.out
    assert not list(tmp_path.rglob("run.db"))


def test_the_models_file_may_name_the_models(concord: Concord, tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text('[roles]\nranker = "embedded"\nrelevance = "embedded"\n')
    words = ("agreement", "--spec", SPEC, "--data", DATA, "--config", "models.toml", "--json")
    assert concord(*words).code == 0
    printed = concord("run", "--spec", SPEC, "--data", DATA, "--config", "models.toml")
    assert printed.code == 2
    assert "no base model for the batch proposer" in printed.err


def test_two_names_for_one_model_keep_their_own_settings(concord: Concord, tmp_path: Path) -> None:
    server = "openai:x@http://127.0.0.1:9/v1"
    (tmp_path / "models.toml").write_text(
        f'[models.cheap]\nuri = "{server}"\nusd_per_million_input = 1.0\nusd_per_million_output = 0.0\n'
        f'[models.dear]\nuri = "{server}"\nusd_per_million_input = 1000.0\nusd_per_million_output = 0.0\n'
    )
    words = (*RUN[:-2], "--model", "cheap", "--proposer-model", "dear", "--config", "models.toml")
    lines = {line["role"]: line for line in concord(*words, "--dry-run", "--json").json["lines"]}
    a_token = {
        role: line["usd_least"] / (line["least"] * line["input_tokens_a_call"])
        for role, line in lines.items()
        if line["least"]
    }
    assert a_token["batch_proposer"] > 500 * a_token["ranker"]


@pytest.mark.slow
def test_a_budget_that_ends_is_said_and_can_be_raised(concord: Concord, tmp_path: Path) -> None:
    ended = concord(*RUN, "--max-calls", "900", "--out", "mine", "--rounds", "1")
    assert ended.code == 0
    assert "the budget was used up" in ended.out
    more = concord("run", "--resume", "mine", "--max-calls", "100000", "--json")
    assert more.code == 0
    assert more.json["stop_reason"] in ("rounds", "budget")


@pytest.mark.slow
def test_approval_without_a_terminal_pauses_and_says_how_to_go_on(concord: Concord, tmp_path: Path) -> None:
    words = (*RUN, "--rounds", "1", "--approve", "--out", "mine")
    paused = concord(*words, "--json")
    assert paused.code == 3
    assert "concord run --resume mine --approve" in paused.err
    assert paused.json["run"] == "mine"
    assert paused.json["paused"]["intent"]
    assert not (tmp_path / "mine" / "summary.json").exists(), "a paused run has no summary yet"


# What runs in the background of a shell is started with SIGINT ignored, and would not notice one.
INTERRUPTIBLE = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from concord.cli import main; main()"
)


@pytest.mark.slow
def test_an_interrupted_run_keeps_what_it_has_and_says_how_to_go_on(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "CONCORD_HOME"}
    command = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, *RUN],
        cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    store = tmp_path / "runs" / "spec-data-s0" / "run.db"
    checkpoint = store.with_name("checkpoint.db")
    while command.poll() is None and not checkpoint.exists():
        time.sleep(0.02)
    command.send_signal(signal.SIGINT)
    out, err = command.communicate(timeout=60)
    assert (command.returncode, out) == (130, "")
    assert "concord run --resume runs/spec-data-s0" in err
    assert err.endswith("concord: interrupted\n")
    assert "Traceback" not in err
    assert store.exists()


def test_a_server_that_is_down_ends_a_run_with_one_sentence(
    concord: Concord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("concord.models.caller.RetryPolicy", lambda: RetryPolicy(attempts=1))
    (tmp_path / "m.toml").write_text('[models."openai:x@http://127.0.0.1:9/v1"]\nconcurrency = 32\n')
    words = ("--model", "openai:x@http://127.0.0.1:9/v1", "--config", "m.toml", "--out", "mine")
    printed = concord(*RUN[:-2], *words)
    assert printed.code == 1
    assert printed.err.splitlines()[-1].startswith("concord: ")
    assert "127.0.0.1:9" in printed.err
    assert printed.err.endswith("go on with: concord run --resume mine\n")


@pytest.mark.slow
def test_a_terminal_sees_colours_within_its_width(folder: Path) -> None:
    screen = on_a_terminal(folder, "run", "--resume", "spec-data-s0")
    assert "\x1b[" in screen
    assert "Stopped after 1 round" in screen
    assert widest(screen) <= 80
    assert widest(on_a_terminal(folder, "trace", "spec-data-s0")) <= 80


@pytest.mark.slow
def test_a_reviewer_at_a_terminal_decides(concord: Concord, tmp_path: Path) -> None:
    """Enter alone decides nothing; what was put off is told, and the name and note are kept."""
    assert concord(*RUN, "--rounds", "1", "--approve", "--out", "mine").code == 3
    first = [
        "Decision",
        "",
        "Decision",
        "?",
        "Decision",
        "adopt",
        "Why",
        "as people say",
        "Your name",
        "Ada",
    ]
    later = ["Decision", "set_aside", "Why", "no"]
    screen = on_a_terminal(tmp_path, "run", "--resume", "mine", answers=first + 9 * later)
    assert re.search("To decide, 1 of [0-9]+: [0-9a-f]{16}: ", screen)
    assert "people's words: " in screen
    summary = json.loads((tmp_path / "mine" / "summary.json").read_text())
    assert len(summary["adopted"]) == 1
    assert re.search(r"The reviewer set \d+ aside\.", screen)
    store = RunRecords.open(tmp_path / "mine")
    said = [decision for decision in store.decisions.find() if decision.decision == "adopt"]
    store.close()
    assert [(one.by, one.note) for one in said] == [("Ada", "as people say")]


def on_a_terminal(folder: Path, *words: str, answers: Sequence[str] = ()) -> str:
    """What the command writes on a terminal of 80 columns; `answers` are (shown, then typed) pairs in a row."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "40"}
    environment.pop("CONCORD_HOME", None)
    command = subprocess.Popen(
        [sys.executable, "-m", "concord", *words],
        cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    written, seen, left = b"", 0, list(answers)
    # Reading fails once the other end is closed: Linux's word for the end.
    with contextlib.suppress(OSError):
        while select.select([ours], [], [], 60)[0] and (chunk := os.read(ours, 65536)):
            written += chunk
            while left and (place := written.find(left[0].encode(), seen)) >= 0:
                seen = place + len(left[0])
                os.write(ours, left[1].encode() + b"\n")
                del left[:2]
    os.close(ours)
    assert command.wait(timeout=60) == 0
    return written.decode()


def widest(screen: str) -> int:
    """Columns of the longest line, escape codes and the bars that were wiped away left out."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.replace("\r", ""))
    return max(map(len, plain.splitlines()))


def test_a_rejected_proposal_can_be_read_whole(concord: Concord, made: Path) -> None:
    store = RunRecords.open(made)
    rejected = store.decisions.find(decision="rejected")[0]
    proposal = store.proposals.get(rejected.proposal)
    store.close()
    told = concord("trace", made, "--proposal", proposal.id[:10]).out
    for words in (
        proposal.intent,
        f"({rejected.reason})",
        rejected.note,
        *(edit.text for edit in proposal.edits),
    ):
        assert " ".join(words.split()) in " ".join(told.split())
    whole = concord("trace", made, "--proposal", proposal.id, "--json").json
    assert whole["proposal"]["edits"] == [edit.model_dump(mode="json") for edit in proposal.edits]
    assert whole["calls"]


def test_a_conversation_shows_its_rankings_and_their_reasons(concord: Concord, made: Path) -> None:
    store = RunRecords.open(made)
    ranked = store.rankings.find()[0]
    store.close()
    told = concord("trace", made, "--conversation", ranked.conversation)
    assert f"{ranked.ranking} under " in told.out
    assert ranked.call in told.out
    assert ranked.explanation in told.out


def test_failures_and_words_are_found(concord: Concord, made: Path) -> None:
    assert concord("trace", made, "--failed").out == "No call failed.\n"
    store = RunRecords.open(made)
    call = store.calls.get(store.calls.page(limit=1)[0].id)
    store.close()
    words = call.parts[-1][1].split("\n")[0][:30].upper()
    hits = concord("trace", made, "--grep", words, "--json").json
    assert call.id in [hit["call"] for hit in hits]
    assert concord("trace", made, "--grep", "no such words anywhere").out.startswith("0 calls with ")


def test_ids_of_another_kind_are_told_apart(concord: Concord, made: Path) -> None:
    store = RunRecords.open(made)
    proposal, ranked = store.proposals.find()[0].id, store.rankings.find()[0]
    store.close()
    for option, id_, said in (
        ("--call", proposal, "is no call but a proposal: --proposal shows it"),
        ("--call", ranked.conversation, "is no call but a conversation: --conversation shows it"),
        ("--proposal", ranked.call, "is no proposal but a call: --call shows it"),
        ("--conversation", proposal, "is no conversation but a proposal"),
        ("--proposal", "zzz", "the run has no proposal 'zzz'"),
    ):
        printed = concord("trace", made, option, id_)
        assert printed.code == 2
        assert said in printed.err
    both = concord("trace", made, "--call", "a", "--failed")
    assert (both.code, both.err.count("\n")) == (2, 1)


def test_runs_lists_what_there_is(concord: Concord, made: Path) -> None:
    row = next(row for row in concord("runs", "--json").json if row["id"] == "spec-data-s0")
    assert (row["stands"], row["rounds"]) == ("finished: rounds", 1)
    assert "spec-data-s0" in concord("runs").out


def test_data_that_could_not_be_used_is_told(concord: Concord, tmp_path: Path) -> None:
    shutil.copytree(DATA, tmp_path / "data")
    with (tmp_path / "data" / "comparisons.jsonl").open("a") as file:
        file.write("not JSON\n" * 7)
    words = (
        "run",
        "--spec",
        SPEC,
        "--data",
        "data",
        "--model",
        "embedded",
        "--rounds",
        "1",
        "--max-calls",
        "900",
    )
    ended = concord(*words, "--out", "mine")
    assert "Data left out: 7 items (7 malformed line); `concord data inspect PATH` shows where." in ended.err
    assert "Data left out: 7 items" in ended.out
    assert json.loads((tmp_path / "mine" / "summary.json").read_text())["data"]["not_used"] == {
        "malformed_line": 7
    }


def test_a_dry_run_needs_no_key_and_tells_time_and_a_typical_figure(
    concord: Concord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    words = (*RUN[:-1], "openai:gpt-5-mini", "--dry-run")
    told = concord(*words, "--json")
    assert told.code == 0, told.err
    lines = told.json["lines"]
    assert all(line["least"] <= line["typical"] <= line["most"] for line in lines)
    assert all(line["usd_typical"] < line["usd_most"] for line in lines if line["least"] < line["typical"])
    assert "Time: typically " in concord(*words).out
    unknown = concord(*RUN[:-1], "openai:my-own@http://127.0.0.1:9/v1", "--dry-run")
    assert unknown.code == 0
    assert "unknown" in unknown.out
    assert "0.00" not in unknown.out


def test_a_dry_run_of_a_run_that_goes_on_takes_off_what_was_made(concord: Concord, made: Path) -> None:
    before = {
        line["role"]: line for line in concord(*RUN, "--rounds", "1", "--dry-run", "--json").json["lines"]
    }
    after = concord("run", "--resume", made, "--dry-run", "--json").json["lines"]
    for line in after:
        assert line["done"] > 0
        assert line["most"] == max(0, before[line["role"]]["most"] - line["done"])


def test_too_few_conversations_to_prove_anything_are_warned_of(concord: Concord, tmp_path: Path) -> None:
    lines = (DATA / "comparisons.jsonl").read_text().splitlines()[:18]
    (tmp_path / "few.jsonl").write_text("\n".join(lines) + "\n")
    words = ("run", "--spec", SPEC, "--data", "few.jsonl", "--model", "embedded", "--dry-run")
    told = concord(*words, "--json").json
    assert "hardly any effect can be proven" in told["warnings"][0]
    assert "Warning: only " in concord(*words).out
    assert concord(*RUN, "--dry-run", "--json").json["warnings"] == []


def test_a_folder_that_is_in_use_says_what_it_holds(concord: Concord, made: Path, tmp_path: Path) -> None:
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis.txt").write_text("precious")
    assert "isn't empty and holds no run" in concord(*RUN, "--out", "foreign").err
    taken = concord(*RUN, "--out", made)
    assert (taken.code, "holds a run already" in taken.err) == (2, True)


def test_a_wire_that_is_silent_shows_signs_of_life(tmp_path: Path) -> None:
    """A server that never answers, and pipes for output: within seconds a line says what is waited for."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        command = subprocess.Popen(
            [sys.executable, "-m", "concord", *map(str, RUN[:-1]), f"openai:x@{address}", "--out", "mine"],
            cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert command.stderr is not None
        try:
            assert "one call to see that openai:x@" in command.stderr.readline()
        finally:
            command.kill()
            command.communicate()
