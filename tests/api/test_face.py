"""Runs, figures and redlines from Python: objects or paths in, typed records out, escaped in a notebook."""

import asyncio
import csv
import html
from pathlib import Path

import pytest

import concord
from concord.api.frames import Records
from concord.errors import OptionError
from concord.spec import Proposal

EXAMPLE = Path(__file__).resolve().parents[2] / "example"
HOSTILE = "<script>alert(1)</script> \x1b]52;c;x\x07 \u202e &amp;"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> concord.Run:
    """A run in a folder, launched with objects."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONCORD_HOME", str(folder))
        spec, panel = concord.read_spec(EXAMPLE / "spec.md"), concord.load_panel(EXAMPLE / "data")
        return concord.revise_sync(spec, panel, model="embedded", rounds=1, batches=2, singles=0)


def test_a_run_is_read_back_as_it_was(run: concord.Run) -> None:
    assert run.path is not None
    past = concord.read_run(run.path)
    assert past.status == "finished"
    assert past.summary == run.summary
    assert past.spec == run.spec
    assert past.original == run.original == concord.read_spec(EXAMPLE / "spec.md")
    assert past.proposals == run.proposals
    assert len(past.calls) == past.call_count > 0
    assert {decision.proposal for decision in past.decisions} <= {proposal.id for proposal in past.proposals}
    whole = past.call(past.calls[0].id)
    assert whole.parts
    assert not past.calls[0].parts


def test_a_run_launched_with_objects_says_what_a_resume_needs(run: concord.Run) -> None:
    assert run.path is not None
    with pytest.raises(concord.InputError, match="name its file with --spec"):
        asyncio.run(concord.resume(run.path))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"roundz": 3}, "no setting 'roundz': did you mean 'rounds'"),
        ({"rounds": 0}, "rounds: Input should be greater than or equal to 1"),
        ({"max_usd": -1}, "max_usd"),
        ({}, "no base model"),
    ],
)
def test_a_setting_that_cannot_be_is_one_sentence(settings: dict[str, float], said: str) -> None:
    with pytest.raises(concord.InputError, match=said):
        concord.revise_sync(EXAMPLE / "spec.md", EXAMPLE / "data", **settings)


def test_a_run_that_nobody_answers_comes_back_paused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCORD_HOME", str(tmp_path))
    paused = concord.revise_sync(
        EXAMPLE / "spec.md", EXAMPLE / "data", model="embedded", rounds=1, batches=2, singles=0, approve=True
    )
    assert paused.status == "paused"
    assert paused.question is not None
    assert paused.summary is None
    assert html.escape(paused.question.intent) in paused._repr_html_()


def test_what_a_notebook_shows_is_escaped() -> None:
    before = concord.Spec.parse(f"# A\n\nText {HOSTILE}.\n")
    after = concord.Spec.parse(f"# A\n\nText {HOSTILE} more.\n")
    shown = concord.redline(before, after)._repr_html_()
    assert "&lt;script&gt;" in shown
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)
    assert "<script" not in shown
    assert not concord.redline(before, before).hunks


def test_a_run_shows_itself(run: concord.Run) -> None:
    assert run.summary is not None
    shown = run._repr_html_()
    assert "sealed test" in shown or run.summary.sealed_test is None
    assert "<script" not in shown
    assert run.id in repr(run)


def proposals(*intents: str) -> Records[Proposal]:
    edit = concord.Edit(op="insert", section="a", anchor="x", text="y")
    return Records(
        Proposal(edits=(edit,), intent=intent, kind="clarification", origin="human") for intent in intents
    )


def test_csv_holds_no_formula(tmp_path: Path) -> None:
    intents = ("=1+1", "+1", "-2 (a list)", "@sum", "\t=1", " =1", "plain", "-3", f"{HOSTILE}")
    proposals(*intents).to_csv(tmp_path / "p.csv")
    with (tmp_path / "p.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    cells = [row["intent"] for row in rows]
    assert cells[:6] == ["'=1+1", "'+1", "'-2 (a list)", "'@sum", "'\t=1", "' =1"]
    assert cells[6:8] == ["plain", "'-3"]
    assert not {"\x1b", "\u202e"} & set(cells[8])


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_records_as_a_data_frame(library: str) -> None:
    pytest.importorskip(library)
    frame = proposals("one", "two").to_frame(library)  # type: ignore[arg-type]
    assert list(frame["intent"]) == ["one", "two"]
    assert "edits" in frame.columns


def test_a_missing_library_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("concord.api.frames.find_spec", lambda name: None)
    with pytest.raises(OptionError, match="needs pandas or polars: pip install pandas"):
        proposals("one").to_frame()
