"""A panel that is written in CA-1's layout reads back equal."""

from pathlib import Path

import pytest

from concord.panel.exporters import write_ca1
from concord.panel.importers.load import load
from concord.panel.inspect import inspect_panel

EXAMPLE = Path(__file__).resolve().parents[2] / "example" / "data"
ADVICE = Path(__file__).resolve().parents[3] / "shared" / "data" / "advice" / "assessments.jsonl"


@pytest.mark.parametrize("source", [EXAMPLE, ADVICE], ids=["example", "advice"])
def test_it_reads_back_equal(source: Path, tmp_path: Path) -> None:
    if not source.exists():
        pytest.skip("the shared data is not on this machine")
    panel = load(source)
    files = write_ca1(panel, tmp_path / "out")
    again = load(tmp_path / "out")
    assert [path.name for path in files] == [
        "comparisons.jsonl", "annotators.jsonl", "merged_comparisons_annotators.jsonl",
    ]  # fmt: skip
    assert again.digest == panel.digest
    assert again.notice == panel.notice
    skip = {"problems"}  # places in files
    assert inspect_panel(again).model_dump(exclude=skip) == inspect_panel(panel).model_dump(exclude=skip)
