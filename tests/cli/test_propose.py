"""`concord propose`, `validate` and `draft`, as a person types them."""

import fcntl
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from concord.example.world import planted, reading_table
from concord.spec import Edit, Spec, apply, unified_patch

Concord = Callable[..., Any]

ROOT = Path(__file__).resolve().parents[2]
SPEC, DATA = ROOT / "example" / "spec.md", ROOT / "example" / "data"
ADVICE = ROOT.parent / "shared" / "data" / "advice"
BASE = ("--spec", SPEC, "--model", "embedded", "--quiet")


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty of the example's conversations."""
    folder = tmp_path_factory.mktemp("few")
    lines = (DATA / "comparisons.jsonl").read_text().splitlines(keepends=True)
    (folder / "comparisons.jsonl").write_text("".join(lines[::5]))
    (folder / "annotators.jsonl").write_bytes((DATA / "annotators.jsonl").read_bytes())
    return folder


def as_yaml(path: Path, *proposals: Mapping[str, Any]) -> Path:
    path.write_text(yaml.safe_dump(list(proposals), sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path


def four() -> list[dict[str, Any]]:
    """The planted places as a person would write them; of the rule that nobody backs, that it be kept to more firmly."""
    written = []
    for place in planted(0):
        does = reading_table().by_name[place.behaviour].does
        edits = [{name: value for name, value in edit.model_dump().items() if value} for edit in place.edits]
        intent = f"The assistant must {does}."
        if place.wanted < 0:
            intent = f"The assistant should not {does}."
        if place.kind == "unbacked_rule":
            anchor = place.edits[0].anchor.strip()
            edits = [
                {
                    "op": "insert",
                    "section": place.section,
                    "anchor": anchor,
                    "text": f" Always, it must {does}.",
                }
            ]
        written.append({"intent": intent, "edits": edits})
    return written


@pytest.mark.slow
def test_the_four_planted_places_three_are_supported_and_the_unbacked_one_refuted(
    concord: Concord, tmp_path: Path
) -> None:
    told = concord(
        "propose", *BASE, "--data", DATA, "--proposal", as_yaml(tmp_path / "four.yaml", *four()), "--json"
    )
    assert told.code == 0, told.err
    *backed, unbacked = told.json["reports"]
    assert [each["outcome"]["status"] for each in backed] == ["accepted"] * 3
    assert [each["support"]["outcome"] for each in backed] == ["pass"] * 3
    assert unbacked["support"]["outcome"] == "refuted"
    assert unbacked["outcome"]["status"] == "rejected"


def test_what_nobody_commented_on_comes_out_silent(concord: Concord, few: Path, tmp_path: Path) -> None:
    rhyme = {
        "intent": "Answer in rhyme.",
        "edits": [{"op": "insert", "section": "politics", "text": "The assistant must answer in rhyme."}],
    }
    told = concord(
        "validate", *BASE, "--data", few, "--proposal", as_yaml(tmp_path / "p.yaml", rhyme), "--json"
    )
    assert told.code == 0, told.err
    (report,) = told.json["reports"]
    assert report["support"]["outcome"] == "silent"
    assert report["support"]["support"] == report["support"]["refute"] == 0
    assert report["asked"] > 0
    assert report["trials"] == []


CLARIFIED = apply(
    Spec.parse(SPEC.read_text(encoding="utf-8")),
    [
        Edit(
            op="replace", section="politics", anchor="The assistant may ask a clarifying question.",
            text="The assistant must ask a clarifying question.",
        )
    ],
).text  # fmt: skip


def test_a_diff_runs_in_a_folder_of_its_own_that_trace_reads(
    concord: Concord, few: Path, tmp_path: Path
) -> None:
    diff = tmp_path / "change.diff"
    diff.write_text(unified_patch(SPEC.read_text(encoding="utf-8"), CLARIFIED), encoding="utf-8")
    told = concord(
        "propose", *BASE, "--data", few, "--proposal", diff, "--intent", "Ask back in politics.",
        "--author", "Ada", "--out", tmp_path / "run",
    )  # fmt: skip
    assert told.code == 0, told.err
    assert "Ask back in politics." in told.out
    assert "People's words" in told.out
    assert "Alpha left" in told.out
    assert "Without labels it can't be known" in told.out
    found = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert found["stop_reason"] == "person"
    assert found["proposals"]["made"] == 1
    assert found["sealed_test"] is None
    assert "validator" in concord("trace", tmp_path / "run").out
    (proposal,) = [line["proposal"] for line in _reports(concord, tmp_path / "run")]
    assert "Ada" in json.dumps(proposal)
    assert "Ask back" in concord("trace", tmp_path / "run", "--proposal", proposal["id"]).out


def _reports(concord: Concord, run: Path) -> list[dict[str, Any]]:
    from concord.graph.run_records import RunRecords

    records = RunRecords.open(run)
    try:
        return [
            {"proposal": {**each.model_dump(mode="json"), "id": each.id}} for each in records.proposals.find()
        ]
    finally:
        records.close()


def test_into_a_run_uses_its_alpha_and_waits_for_no_other_process(
    concord: Concord, few: Path, tmp_path: Path
) -> None:
    first, second = four()[:2]
    run = tmp_path / "run"
    told = concord(
        "propose",
        *BASE,
        "--data",
        few,
        "--proposal",
        as_yaml(tmp_path / "1.yaml", first),
        "--out",
        run,
        "--json",
    )
    left = told.json["trials_left"]
    more = ("--proposal", as_yaml(tmp_path / "2.yaml", second), "--into", run, "--quiet")
    held = os.open(run / ".lock", os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused = concord("propose", *more)
        assert refused.code == 2
        assert "in use by" in refused.err
        assert refused.err.count("\n") == 1
    finally:
        os.close(held)
    again = concord("propose", *more, "--json")
    assert again.code == 0, again.err
    assert again.json["trials_left"] == left - 1
    assert again.json["origins"]["changes"]["human"] == 2
    assert json.loads((run / "summary.json").read_text())["proposals"]["made"] == 2
    twice = concord("propose", *more)
    assert twice.code == 2
    assert "on the docket already" in twice.err


@pytest.mark.parametrize(
    ("proposal", "told"),
    [
        ({"intent": "Ask.", "edits": [{"op": "replace", "section": "politics", "anchor": "Gone.", "text": "x"}]}, "0 times"),
        ({"intent": " ", "edits": [{"op": "insert", "section": "politics", "text": "x"}]}, "empty intent"),
        ({"intent": "Ask.", "edits": [{"op": "replace", "section": "politics", "anchor": "The assistant may ask a clarifying question.", "text": "The assistant may ask a clarifying question."}]}, "changes nothing"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence_and_leaves_no_folder(
    concord: Concord, tmp_path: Path, proposal: Mapping[str, Any], told: str
) -> None:
    for command in ("propose", "validate"):
        refused = concord(
            command,
            *BASE,
            "--data",
            DATA,
            "--proposal",
            as_yaml(tmp_path / "p.yaml", proposal),
            "--out",
            tmp_path / "run",
        )
        assert refused.code == 2
        assert told in refused.err
        assert refused.err.count("\n") == 1
        assert not (tmp_path / "run").exists()


def test_a_diff_against_another_version_and_two_that_clash(concord: Concord, tmp_path: Path) -> None:
    text = SPEC.read_text(encoding="utf-8")
    diff = tmp_path / "old.patch"
    diff.write_text(
        unified_patch(
            text.replace("clarifying question", "question"), text.replace("clarifying question", "query")
        ),
        encoding="utf-8",
    )
    assert (
        "another version"
        in concord("propose", *BASE, "--data", DATA, "--proposal", diff, "--intent", "x").err
    )
    one = four()[0]
    other = {**one, "edits": [{**one["edits"][0], "text": "The assistant should ask a clarifying question."}]}
    refused = concord(
        "propose", *BASE, "--data", DATA, "--proposal", as_yaml(tmp_path / "two.yaml", one, other)
    )
    assert refused.code == 2
    assert "clash" in refused.err


def test_labels_come_back_on_a_sheet_that_chance_drew_and_correct_the_share(
    concord: Concord, few: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "labels.yaml"
    asked = (
        "validate",
        *BASE,
        "--data",
        few,
        "--proposal",
        as_yaml(tmp_path / "p.yaml", four()[0]),
        "--json",
    )
    told = concord(*asked, "--label-sheet", sheet)
    assert told.code == 0, told.err
    (before,) = told.json["reports"]
    assert before["support"]["corrected"] is None
    (found,) = yaml.safe_load(sheet.read_text())
    assert [row["assessment"] for row in found["labels"]] == before["to_label"]
    assert all(row["words"] and row["responses"] and row["stance"] is None for row in found["labels"])
    assert "support" not in json.dumps(found)
    text = sheet.read_text()
    sheet.write_text(text.replace("    stance:\n", "    stance: support\n", 20))
    (after,) = concord(*asked, "--labels", sheet, "--author", "Ada").json["reports"]
    assert after["support"]["corrected"]["labels"] == 20
    assert after["to_label"] == before["to_label"][20:]
    sheet.write_text(text.replace("    stance:\n", "    stance: perhaps\n", 1))
    refused = concord(*asked, "--labels", sheet, "--out", tmp_path / "run")
    assert refused.code == 2
    assert "'perhaps' is no stance" in refused.err
    assert not (tmp_path / "run").exists()


def test_a_draft_is_one_page_with_gaps_themes_and_answers_that_cite(
    concord: Concord, few: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    told = concord(
        "draft",
        "--section",
        "politics",
        *BASE,
        "--data",
        few,
        "--ask",
        "What do they want?",
        "--html",
        page,
        "--json",
    )
    assert told.code == 0, told.err
    found = told.json
    assert found["gaps"]
    gaps = [row["best"] - row["agreement"] for row in found["gaps"]]
    assert max(gaps) == pytest.approx(max(gaps[:3]))
    assert found["themes"]["themes"][0]["people"] >= found["themes"]["themes"][-1]["people"]
    assert all(statement["assessments"] for statement in found["answer"]["statements"])
    assert found["telling"]
    html = page.read_text(encoding="utf-8")
    assert "<script" not in html
    assert "What do they want?" in html
    assert concord("draft", "--section", "nowhere", *BASE, "--data", few).code == 2


@pytest.mark.skipif(not ADVICE.is_dir(), reason="../shared/data/advice is not here")
def test_the_whole_flow_runs_on_natural_text_and_again_out_of_a_recorded_file(
    concord: Concord, tmp_path: Path
) -> None:
    spec = Spec.parse((ADVICE / "spec.md").read_text(encoding="utf-8"))
    text = (
        "## Taxes, rent, debts and doctors\n\nThe assistant works out what to do with the user's own figures."
    )
    copy = tmp_path / "copy.md"
    copy.write_text(
        apply(spec, [Edit(op="new_section", section="avoid_regulated_advice", text=text)]).text,
        encoding="utf-8",
    )
    recording = tmp_path / "calls.jsonl"

    def propose(model: str, home: str) -> dict[str, Any]:
        told = concord(
            "propose", "--spec", ADVICE / "spec.md", "--data", ADVICE / "assessments.jsonl", "--model", model,
            "--proposal", copy, "--intent", "Work out what to do.", "--quiet", "--json", "--out", tmp_path / home,
        )  # fmt: skip
        assert told.code == 0, told.err
        return {**told.json, "run": None}

    first = propose(f"record:{recording}=embedded", "first")
    (report,) = first["reports"]
    assert report["asked"] > 0
    assert report["kind"]["sentence"]
    again = propose(f"replay:{recording}", "again")
    assert again["reports"][0]["support"] == report["support"]
    assert again["reports"][0]["outcome"] == report["outcome"]
