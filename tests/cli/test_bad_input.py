"""Bad input: one clear sentence on stderr, exit code 2, nothing on stdout, never a traceback."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from permissions import without_root

from concord.graph.run_records import RunRecords

EXAMPLE = Path(__file__).resolve().parents[2] / "example"
SPEC, DATA = EXAMPLE / "spec.md", EXAMPLE / "data"
Concord = Callable[..., Any]
"""The fixture of conftest.py."""


def comparison(ranking: str) -> str:
    """One line of CA-1's comparisons, assessed once."""
    return json.dumps(
        {
            "prompt_id": "p1",
            "prompt": {"messages": [{"role": "user", "content": "Hello?"}]},
            "responses": [
                {"response_index": label, "messages": [{"role": "assistant", "content": text}]}
                for label, text in (("A", "Yes."), ("B", "No."), ("C", "Hm."), ("D", "Oh."))
            ],
            "metadata": {
                "assessments": [
                    {
                        "annotator_id": "a1",
                        "importance": "",
                        "representativeness": "",
                        "subjectivity": "",
                        "ranking_blocks": {
                            "unacceptable": [],
                            "personal": [],
                            "world": [{"ranking": ranking, "rationale": "So."}],
                        },
                    }
                ]
            },
        }
    )


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder of bad things."""
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "folder").mkdir()
    (tmp_path / "unknown.jsonl").write_text(comparison("A>B>C>Z") + "\n")
    (tmp_path / "few.jsonl").write_text(comparison("A>B>C>D") + "\n")
    (tmp_path / "words.jsonl").write_text("not JSON\n")
    (tmp_path / "other.jsonl").write_text('{"question": "of another layout"}\n')
    (tmp_path / "plain.md").write_text("A text without a heading.\n")
    (tmp_path / "empty.md").write_text("")
    (tmp_path / "binary.md").write_bytes(b"# A\n\x85\xff\x00")
    (tmp_path / "twice.md").write_text("# A {#a}\n\ntext\n\n# B {#a}\n\ntext\n")
    (tmp_path / "bad.toml").write_text("[models\n")
    (tmp_path / "unknown.toml").write_text("[models.embedded]\ntemprature = 1\n")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("precious")
    return tmp_path


def run(
    *, spec: Path | str = SPEC, data: Path | str = DATA, model: str = "embedded", more: tuple[str, ...] = ()
) -> tuple[Path | str, ...]:
    return ("run", "--spec", spec, "--data", data, "--model", model, *more)


CASES = {
    "nothing at all": (("run",), "--spec FILE, --data PATH and --model URI"),
    "no model": (("run", "--spec", SPEC, "--data", DATA), "give --model URI"),
    "no such spec": (run(spec="nope.md"), "nope.md"),
    "a folder for a spec": (run(spec="folder"), "folder"),
    "a path through a file": (run(spec="plain.md/x.md"), "plain.md/x.md"),
    "a spec without sections": (run(spec="plain.md"), "heading"),
    "an empty spec": (run(spec="empty.md"), "heading"),
    "a binary spec": (run(spec="binary.md"), "UTF-8"),
    "no such data": (run(data="nope"), "nope: no such file or folder"),
    "an empty data file": (run(data="empty.jsonl"), "empty"),
    "an empty data folder": (run(data="folder"), "comparisons.jsonl"),
    "an unknown label and nothing else": (run(data="unknown.jsonl"), "unknown.jsonl:1"),
    "lines that aren't JSON": (run(data="words.jsonl"), "words.jsonl:1"),
    "another layout": (run(data="other.jsonl"), "other.jsonl:1"),
    "too little data": (run(data="few.jsonl"), "at least about fifteen"),
    "an unknown model": (run(model="openia:gpt"), "did you mean 'openai'"),
    "an incomplete model": (run(model="openai:"), "openai:MODEL"),
    "a model file that isn't there": (run(model="gguf:nope.gguf"), "nope.gguf"),
    "a python model that isn't there": (run(model="python:no.such:thing"), "no.such"),
    "no such models file": (run(more=("--config", "nope.toml")), "nope.toml"),
    "a malformed models file": (run(more=("--config", "bad.toml")), "bad.toml is not TOML"),
    "an unknown key in the models file": (run(more=("--config", "unknown.toml")), "did you mean 'temperature'"),
    "an option out of range": (run(more=("--rounds", "0")), "--rounds should be greater than or equal to 1"),
    "an alpha out of range": (run(more=("--alpha", "1.5")), "--alpha"),
    "an option that isn't a number": (run(more=("--seed", "x")), "--seed should be a valid integer"),
    "an unknown block": (run(more=("--block", "moon")), "'moon' is not one of 'world', 'personal'"),
    "an unknown rule": (run(more=("--rule", "luck")), "unknown trial rule 'luck'"),
    "an unknown option": (run(more=("--roundz", "3")), "--roundz"),
    "an unknown command": (("rum",), "rum"),
    "a folder that isn't empty": (run(more=("--out", "full")), "isn't empty"),
    "a file for a folder": (run(more=("--out", "plain.md")), "plain.md"),
    "a run that isn't there": (("trace", "nope"), "there is no run 'nope'"),
    "a folder that is no run": (("trace", "folder"), "folder is a folder but not a run"),
    "resuming nothing": (("run", "--resume", "nope"), "there is no run 'nope'"),
    "resuming with another seed": (("run", "--resume", "nope", "--seed", "3"), "--seed can't be given with --resume"),
    "an unknown section": (("spec", "show", SPEC, "--section", "polotics"), "politics"),
    "a spec to compare with that isn't there": (("spec", "diff", SPEC, "nope.md"), "nope.md"),
    "half a comparison": (("spec", "diff", SPEC), "AFTER"),
    "inspecting nothing": (("data", "inspect", "nope"), "nope"),
    "agreement without a model": (("agreement", "--spec", SPEC, "--data", DATA), "give --model URI"),
    "agreement without data": (("agreement", "--spec", SPEC), "--data"),
    "checking an unknown model": (("models", "check", "openia:x"), "did you mean 'openai'"),
    "an unknown experiment": (("eval", "luck"), "there is no experiment 'luck'"),
    "an unknown option of an experiment": (("eval", "rules", "--luck", "1"), "--luck"),
    "an experiment's option out of range": (("eval", "rules", "--seeds", "0"), "--seeds"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "said"), CASES.values(), ids=CASES)
def test_one_sentence_and_exit_code_2(
    words: tuple[str, ...], said: str, concord: Concord, here: Path
) -> None:
    printed = concord(*words)
    assert printed.code == 2
    assert printed.out == ""
    assert printed.err.startswith("concord: ")
    assert printed.err.count("\n") == 1
    assert said in printed.err
    assert "Traceback" not in printed.err
    assert not list(here.glob("home/*/run.db")), "a run that couldn't begin leaves no folder"


def test_a_spec_that_may_not_be_read(here: Path) -> None:
    (here / "locked.md").write_text("# A\n")
    (here / "locked.md").chmod(0)
    told = without_root("spec", "show", str(here / "locked.md"), home=here)
    assert (told.returncode, told.stdout, told.stderr.count("\n")) == (2, "", 1)
    assert f"'{here / 'locked.md'}' is not readable" in told.stderr


def test_a_section_id_that_stands_twice_is_told_apart(concord: Concord, here: Path) -> None:
    printed = concord("spec", "show", "twice.md", "--json")
    assert printed.code in (0, 2)
    if printed.code == 0:
        assert len({row["id"] for row in printed.json}) == 2


def test_an_unknown_call_names_what_to_do(concord: Concord, here: Path) -> None:
    RunRecords.create(here / "folder").close()
    printed = concord("trace", "folder", "--call", "abc")
    assert printed.code == 2
    assert printed.err == "concord: the run has no call 'abc'; `concord trace RUN --json` lists them all\n"


def test_a_run_of_another_schema_is_refused(concord: Concord, here: Path) -> None:
    (here / "folder" / "run.db").write_bytes(b"not a database at all, but long enough to look like a file")
    printed = concord("trace", "folder")
    assert printed.code == 2
    assert printed.err.count("\n") == 1


def test_resuming_under_a_changed_spec_is_refused(concord: Concord, here: Path) -> None:
    spec = here / "spec.md"
    spec.write_bytes(SPEC.read_bytes())
    assert concord(*run(spec=spec, more=("--max-calls", "700", "--rounds", "1", "--out", "mine"))).code == 0
    spec.write_text(spec.read_text() + "\n# More\n\nThe assistant must be brief.\n")
    printed = concord("run", "--resume", "mine")
    assert printed.code == 2
    assert "the spec has changed since the run began" in printed.err
    assert printed.err.count("\n") == 1


def test_escape_codes_in_bad_data_stay_harmless(concord: Concord, here: Path) -> None:
    (here / "evil.jsonl").write_text(comparison("A>B>C>\x1b]0;owned\x07[bold]Z") + "\n")
    printed = concord("data", "inspect", "evil.jsonl")
    assert printed.code == 2
    assert "\x1b" not in printed.err
    assert "\x07" not in printed.err
    assert printed.err.count("\n") == 1


def test_the_installed_command_does_the_same(here: Path) -> None:
    script = Path(sys.executable).with_name("concord")
    assert script.exists(), "the package is installed with its script"
    ended = subprocess.run(
        [script, "run", "--spec", "nope.md", "--data", DATA, "--model", "embedded"],
        cwd=here, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "concord: there is no spec file 'nope.md'\n"
