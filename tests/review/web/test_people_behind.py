"""Whose rankings an adoption hangs on, and who may have ranked without care: on the pages and in the report."""

import json
import shutil
from pathlib import Path

from starlette.testclient import TestClient

from concord.review.html_report import report_html
from concord.review.reading.run import RunReading

from .conftest import read


def test_an_adopted_edit_says_whose_rankings_it_hangs_on(demo: RunReading, client: TestClient) -> None:
    assert demo.hangs_on
    html = report_html(demo)
    for proposal, told in demo.hangs_on.items():
        assert told in html
        assert told in client.get(f"/runs/demo/proposals/{proposal}").text
    rejected = next(row.id for row in demo.docket_rows() if row.id not in demo.hangs_on)
    assert "Whose rankings it hangs on" not in client.get(f"/runs/demo/proposals/{rejected}").text


def test_the_report_lists_signs_of_carelessness_and_escapes_who_has_them(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "demo", tmp_path / "demo")
    file = tmp_path / "demo" / "summary.json"
    summary = json.loads(file.read_text())
    summary["data"]["careless"] = []
    file.write_text(json.dumps(summary))
    assert "Signs of carelessness" not in report_html(read(tmp_path, "demo"))
    summary["data"]["careless"] = [
        {
            "participant": "<script>p7", "signs": ["copied", "always_alike"], "rankings": 12, "copied": 0.75,
            "alike": 1.0, "agreement": None,
        }
    ]  # fmt: skip
    file.write_text(json.dumps(summary))
    html = report_html(read(tmp_path, "demo"))
    assert "Signs of carelessness" in html
    assert "copied, always alike" in html
    assert "&lt;script&gt;p7" in html
    assert "<script" not in html
