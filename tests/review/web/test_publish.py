"""What a review leaves: text, patch, changelog, docket, rankings, report."""

import csv
import html
import io
import json
import re
import subprocess
from pathlib import Path

from concord.panel.importers.load import load
from concord.panel.ranking import Ranking
from concord.panel.splits import FoldSplitter
from concord.review.html_report import report_html
from concord.review.publish import export_files, export_run
from concord.review.reading.run import RunReading
from concord.spec import Spec

from .conftest import read
from .runs import EXAMPLE, SCRIPT, copy_run


def test_an_export_holds_the_text_and_a_patch_that_makes_it(demo: RunReading, tmp_path: Path) -> None:
    names = {path.name for path in export_run(demo, tmp_path / "out")}
    assert names == {
        "spec.md",
        "spec.md.patch",
        "CHANGELOG.md",
        "docket.json",
        "docket.csv",
        "rankings.jsonl",
    }
    (tmp_path / "spec.md").write_bytes((EXAMPLE / "spec.md").read_bytes())
    subprocess.run(["git", "apply", "out/spec.md.patch"], cwd=tmp_path, check=True, env={"GIT_DIR": "/nowhere", "PATH": "/usr/bin:/bin"})  # fmt: skip
    assert (tmp_path / "spec.md").read_bytes() == (tmp_path / "out" / "spec.md").read_bytes()
    assert Spec.parse((tmp_path / "spec.md").read_text(encoding="utf-8")).digest == demo.known.current.digest


def test_a_reviewers_decision_is_in_every_file(home: Path, tmp_path: Path) -> None:
    copy_run(home, "demo", tmp_path)
    reading = read(tmp_path, "demo")
    row = next(row for row in reading.docket_rows() if row.section == "money" and row.status == "adopted")
    reading.desk.choose(row.id, "set_aside", name="Ada", reason="people asked for something else")
    files = {name: make().decode() for name, make in export_files(reading).items()}
    assert "The assistant must acknowledge the user's feelings." in files["spec.md"]
    assert "feelings" not in files["spec.md.patch"]
    assert "set aside by Ada: people asked for something else" in files["CHANGELOG.md"]
    assert "The sealed test was not taken for exactly this text." in files["CHANGELOG.md"]
    told = next(each for each in json.loads(files["docket.json"])["proposals"] if each["id"] == row.id)
    assert told["reviews"][0]["name"] == "Ada"
    assert told["left_out"]
    line = next(each for each in csv.DictReader(io.StringIO(files["docket.csv"])) if each["id"] == row.id)
    assert (line["chosen"], line["by"]) == ("set_aside", "Ada")


def test_a_changelog_says_what_why_kind_evidence_and_support(demo: RunReading) -> None:
    text = export_files(demo)["CHANGELOG.md"]().decode()
    assert re.search(r"^## \w+ \d+, \d{4}$", text, re.MULTILINE)
    assert text.count("\n**") == demo.docket().by_status["adopted"]
    for word in ("- Kind: ", "- Why: ", "- Evidence: ", "- Support: "):
        assert text.count(word) == demo.docket().by_status["adopted"]
    assert re.search(r"Sealed test: agreement with people \d\d\.\d % before, \d\d\.\d % after", text)


def test_rankings_read_back_as_data(demo: RunReading, tmp_path: Path) -> None:
    file = tmp_path / "rankings.jsonl"
    file.write_bytes(export_files(demo)["rankings.jsonl"]())
    panel = load(file)
    assert {one.participant for one in panel.assessments} == {"ranker:before", "ranker:after"}
    original = demo.known.original.digest
    first = {each.conversation: each.ranking for each in reversed(demo.source.rankings(spec=original))}
    for one in panel.assessments:
        if one.participant == "ranker:before":
            assert one.world is not None
            assert one.world.ranking == Ranking.parse(str(first[one.conversation]))
    splitter = FoldSplitter()
    assert all(splitter.place_of(each) != "test" for each in panel.conversations.values())


def test_a_report_loads_nothing_and_runs_nothing(demo: RunReading, home: Path) -> None:
    for reading in (demo, read(home, "hostile")):
        text = report_html(reading)
        assert "<script" not in text
        assert SCRIPT not in text
        assert not re.search(r"""(?:href|src)=["'](?!#)""", text)
        assert "url(" not in text
        assert "default-src 'none'; style-src 'sha256-" in html.unescape(text)
    assert report_html(demo).count('<section class="block" id="p-') >= 5


def test_hostile_words_make_no_markup_in_a_changelog(home: Path) -> None:
    text = export_files(read(home, "hostile"))["CHANGELOG.md"]().decode()
    assert not re.search(r"(?<!\\)[<*\[`]", text.replace("**", ""))
    assert "\u202e" not in text
    assert text.count("\n## ") == 1
