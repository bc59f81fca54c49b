"""`concord spec`, `data` and `eval` (the list): what they print, for a person and as JSON."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from concord import __version__
from concord.evals.registry import EXPERIMENTS
from concord.review.outline import show_outline
from concord.spec import Spec, outline

EXAMPLE = Path(__file__).resolve().parents[2] / "example"
SPEC, DATA = EXAMPLE / "spec.md", EXAMPLE / "data"
Concord = Callable[..., Any]
"""The fixture of conftest.py."""

HOSTILE = "[bold]x[/bold] :smile: \x1b[31mred\x1b[0m \x9b31m \u202eback\u202c " + "w" * 500
"""Markup, picture names, escape codes of both kinds, text that runs backwards, and a word that fits nowhere."""


def harmless(text: str) -> None:
    """No escape code and no hidden character came through, and no markup was obeyed."""
    assert not {"\x1b", "\x9b", "\u202e"} & set(text)
    assert "[bold]x[/bold] :smile:" in text


def plain_line(text: str, participant: str = "p1") -> str:
    return json.dumps(
        {
            "prompt": text, "responses": {"A": text, "B": "No."}, "ranking": "A>B", "rationale": text,
            "participant": participant, "demographics": {text: text},
        }
    )  # fmt: skip


HEAVY = ("numpy", "scipy", "langgraph", "openai", "diskcache")
LOADED = f"""
import sys
from concord.cli.app import main
try:
    main()
finally:
    print(sorted(set(sys.modules) & set({HEAVY})))
"""


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("spec", "show", SPEC),
        ("spec", "diff", SPEC, SPEC),
        ("models",),
        ("eval",),
    ],
)
def test_what_needs_no_model_imports_nothing_heavy(words: tuple[str, ...]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", LOADED, *words], capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout.splitlines()[-1] == "[]"


def test_help_lists_every_command(concord: Concord) -> None:
    printed = concord("--help")
    for command in ("run", "agreement", "trace", "compare", "spec", "data", "models", "eval"):
        assert f"\n  {command} " in printed.out


def test_version(concord: Concord) -> None:
    assert concord("--version").out == f"concord {__version__}\n"


def test_spec_show_lists_sections_by_id(concord: Concord) -> None:
    printed = concord("spec", "show", SPEC)
    assert printed.code == 0
    lines = printed.out.splitlines()
    assert lines[0].split() == ["id", "authority", "title", "words", "examples"]
    assert any(line.split()[:2] == ["politics", "developer"] for line in lines)
    assert lines[-1] == f"{len(lines) - 2} sections"
    rows = concord("spec", "show", SPEC, "--json").json
    assert [row["id"] for row in rows] == [line.split()[0] for line in lines[1:-1]]


def test_spec_show_prints_one_section_as_it_stands(concord: Concord) -> None:
    printed = concord("spec", "show", SPEC, "--section", "politics")
    assert printed.out.startswith("### Politics and elections {#politics authority=developer}\n")
    assert printed.out in SPEC.read_text()
    told = concord("spec", "show", SPEC, "--section", "politics", "--json").json
    assert told["text"].rstrip() + "\n" == printed.out
    assert told["ancestors"]


def test_long_ids_are_whole_where_nothing_limits_the_width(concord: Concord, tmp_path: Path) -> None:
    name = "a_section_with_a_very_long_id_that_nobody_would_write_by_hand_but_somebody_did" * 2
    (tmp_path / "s.md").write_text(f"# Title {{#{name}}}\n\nText.\n")
    assert name in concord("spec", "show", "s.md").out


@pytest.fixture
def revised(tmp_path: Path) -> Path:
    path = tmp_path / "revised.md"
    path.write_text(SPEC.read_text().replace("lay out both sides", "lay out <every> side", 1))
    return path


def test_spec_diff_as_a_redline(concord: Concord, revised: Path) -> None:
    printed = concord("spec", "diff", SPEC, revised)
    assert "lay out [-both sides-]{+<every> side+}" in printed.out
    assert "\x1b" not in printed.out


def test_spec_diff_as_a_patch_that_applies(concord: Concord, revised: Path, tmp_path: Path) -> None:
    patch = concord("spec", "diff", SPEC, revised, "--format", "patch").out
    (tmp_path / "work").mkdir()
    copy = tmp_path / "work" / SPEC.name
    copy.write_bytes(SPEC.read_bytes())
    subprocess.run(["git", "apply"], input=patch, text=True, cwd=copy.parent, check=True)
    assert copy.read_bytes() == revised.read_bytes()


def test_spec_diff_as_a_page_of_its_own(concord: Concord, revised: Path) -> None:
    page = concord("spec", "diff", SPEC, revised, "--format", "html").out
    assert page.startswith("<!doctype html>")
    assert "<ins" in page
    assert "&lt;every&gt;" in page
    assert "<script" not in page
    assert "http://" not in page


def test_spec_diff_of_equals_says_so_and_prints_nothing(concord: Concord) -> None:
    printed = concord("spec", "diff", SPEC, SPEC)
    assert (printed.code, printed.out, printed.err) == (0, "", "the two specs are the same\n")
    assert concord("spec", "diff", SPEC, SPEC, "--format", "patch").out == ""


def test_data_inspect_counts_and_lists_problems(concord: Concord) -> None:
    printed = concord("data", "inspect", DATA)
    assert printed.out.startswith(
        "320 conversations (0 nobody assessed), 60 participants, 3,201 assessments\n"
    )
    assert "empty_rationale: " in printed.out
    told = concord("data", "inspect", DATA, "--json").json
    assert (told["conversations"], told["participants"], told["assessments"]) == (320, 60, 3201)
    some = concord("data", "inspect", DATA, "--examples", "0").out
    assert "comparisons.jsonl:" not in some


def test_hostile_text_in_data_is_shown_and_obeyed_nowhere(concord: Concord, tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_text(plain_line(HOSTILE) + "\n")
    for words in (("data", "inspect", "d.jsonl"), ("data", "inspect", "d.jsonl", "--json")):
        printed = concord(*words)
        assert printed.code == 0
        harmless(printed.out + printed.err)


def test_hostile_text_in_a_spec_is_shown_and_obeyed_nowhere(concord: Concord, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(f"# Title {HOSTILE} {{#one}}\n\nText {HOSTILE}.\n")
    (tmp_path / "b.md").write_text(f"# Title {HOSTILE} {{#one}}\n\nOther {HOSTILE}.\n")
    for words in (
        ("spec", "show", "a.md"),
        ("spec", "show", "a.md", "--json"),
        ("spec", "show", "a.md", "--section", "one"),
        ("spec", "show", "a.md", "--section", "one", "--json"),
        ("spec", "diff", "a.md", "b.md"),
        ("spec", "diff", "a.md", "b.md", "--format", "html"),
    ):
        printed = concord(*words)
        assert printed.code == 0, printed.err
        harmless(printed.out)


def test_a_lone_surrogate_in_data_ends_nothing(concord: Concord, tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_text(plain_line("half \ud800 a pair") + "\n")
    for words in (("data", "inspect", "d.jsonl"), ("data", "inspect", "d.jsonl", "--json")):
        printed = concord(*words)
        assert printed.code in (0, 2)
        assert "Traceback" not in printed.err


def test_an_output_that_knows_only_ascii_gets_escapes(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "concord", "spec", "show", SPEC],
        capture_output=True, timeout=60, check=False, cwd=tmp_path, env={"PYTHONIOENCODING": "ascii", "PATH": ""},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    ended.stdout.decode("ascii")


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m concord data inspect {DATA} --examples 1000 | head -n 1"
    ended = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, timeout=60, check=True, cwd=tmp_path
    )
    assert ended.stdout.startswith("320 conversations")
    assert ended.stderr == ""


def test_eval_alone_lists_the_experiments(concord: Concord) -> None:
    printed = concord("eval")
    assert printed.code == 0
    for name, entry in EXPERIMENTS.items():
        assert f"  {name} " in printed.out
        assert entry.about in printed.out


def test_an_experiment_has_help_of_its_own(concord: Concord) -> None:
    printed = concord("eval", "rules", "--help")
    assert printed.code == 0
    assert "--seeds" in printed.out
    assert "--json" in printed.out


def test_an_experiments_switches_can_be_turned_off(concord: Concord) -> None:
    assert "--no-memory" in concord("eval", "statistics", "--help").out


@pytest.mark.parametrize("width", [66, 80, 200])
def test_ids_are_never_cut_and_titles_give_way(width: int) -> None:
    spec = Spec.parse(f"# A title of several words {{#{'long_id_' * 4}x}}\n\nText.\n\n# B {{#b}}\n\nText.\n")
    written = io.StringIO()
    show_outline(Console(file=written, width=width, markup=False), outline(spec), as_json=False)
    assert "long_id_" * 4 + "x" in written.getvalue()
    assert ("title" in written.getvalue()) == (width > 80)
    assert max(map(len, written.getvalue().splitlines())) <= width
