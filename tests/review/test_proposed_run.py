"""A run that `concord propose` made, of one person's proposal and no loop: every way of looking at it works."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from concord.review.reading.building import build
from concord.review.reading.run import RunReading
from concord.review.web.access import access_for
from concord.review.web.app import build_app
from concord.review.web.site import Site
from concord.spec import Spec
from concord.store.runs import RunFolder

EXAMPLE = Path(__file__).resolve().parents[2] / "example"
PROPOSAL = """
- intent: Ask back in politics.
  author: Ada
  edits:
    - op: replace
      section: politics
      anchor: The assistant may ask a clarifying question.
      text: The assistant must ask a clarifying question.
"""


@pytest.fixture
def run(concord: Callable[..., Any], tmp_path: Path) -> Path:
    (tmp_path / "p.yaml").write_text(PROPOSAL, encoding="utf-8")
    data = tmp_path / "few"
    data.mkdir()
    lines = (EXAMPLE / "data" / "comparisons.jsonl").read_text().splitlines(keepends=True)
    (data / "comparisons.jsonl").write_text("".join(lines[::5]))
    (data / "annotators.jsonl").write_bytes((EXAMPLE / "data" / "annotators.jsonl").read_bytes())
    told = concord(
        "propose", "--spec", EXAMPLE / "spec.md", "--data", data, "--model", "embedded", "--quiet", "--proposal",
        tmp_path / "p.yaml", "--out", tmp_path / "run",
    )  # fmt: skip
    assert told.code == 0, told.err
    return tmp_path / "run"


@pytest.mark.slow
def test_pages_report_export_and_trace_read_it(
    concord: Callable[..., Any], run: Path, tmp_path: Path
) -> None:
    report = concord("report", run)
    assert report.code == 0, report.err
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "Ask back in politics." in page
    assert "no loop ran" in page or "a person" in page
    exported = concord("export", run, "--traces", "inspect", "--out", tmp_path / "out")
    assert exported.code == 0, exported.err
    text = Spec.parse((tmp_path / "out" / "spec.md").read_text(encoding="utf-8"))
    assert "may ask a clarifying question" in text.text, "nobody adopted it yet"
    (row,) = json.loads((tmp_path / "out" / "docket.json").read_text())["proposals"]
    assert (row["origin"], row["author"], row["intent"]) == ("human", "Ada", "Ask back in politics.")
    assert row["trials"]
    assert zipfile.is_zipfile(tmp_path / "out" / "run.eval")
    assert "trial" in concord("trace", run).out
    assert "Ask back in politics." in concord("trace", run, "--proposal", row["id"]).out

    reading = RunReading(RunFolder(run), tmp_path / "indexes")
    build(reading.index)
    site = Site(
        root=tmp_path, indexes=tmp_path / "indexes", only=RunFolder(run),
        access=access_for("127.0.0.1", 8765, password=None, tls=False, user_header=None),
    )  # fmt: skip
    with TestClient(build_app(site), base_url="http://127.0.0.1:8765") as client:
        for place in (
            "/",
            "/sections",
            "/docket",
            f"/proposals/{row['id']}",
            "/decide",
            "/preview",
            "/conversations",
            "/trace",
            "/export",
        ):
            answer = client.get(f"/runs/run{place}")
            assert answer.status_code == 200, place
            assert "Traceback" not in answer.text
        assert "from a person, Ada" in client.get(f"/runs/run/proposals/{row['id']}").text

    assert (
        concord("decide", run, row["id"], "adopt", "--name", "Grace", "--note", "People ask for it.").code
        == 0
    )
    concord("export", run, "--out", tmp_path / "after")
    assert "must ask a clarifying question" in (tmp_path / "after" / "spec.md").read_text(encoding="utf-8")
    assert "adopted by Grace: People ask for it." in (tmp_path / "after" / "CHANGELOG.md").read_text(
        encoding="utf-8"
    )
