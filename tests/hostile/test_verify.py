"""`concord verify`: what a run says is worked out again, and what was changed since is told."""

import json
import sqlite3
from pathlib import Path

from conftest import Concord


def holds(concord: Concord, home: Path, *words: str) -> tuple[int, dict[str, bool | None]]:
    told = concord("verify", home / "run", "--json", *words)
    assert not told.err, told.err
    return told.code, {each["name"]: each["holds"] for each in told.json["checks"]}


def test_a_run_that_nobody_touched_holds(concord: Concord, home: Path, monkeypatch: object) -> None:
    monkeypatch.setenv("CONCORD_HOME", str(home))  # type: ignore[attr-defined]
    code, found = holds(concord, home)
    assert code == 0
    assert {"spec", "data", "spec.md", "adopted edits", "agreement of round 1", "sealed test"} <= set(found)
    assert all(found.values())


def test_a_figure_that_was_changed_is_told(concord: Concord, home: Path) -> None:
    summary = home / "run" / "summary.json"
    said = json.loads(summary.read_text())
    said["agreement"][0] += 0.05
    summary.write_text(json.dumps(said))
    code, found = holds(concord, home)
    assert (code, found["agreement of round 1"]) == (4, False)


def test_a_stored_ranking_that_was_changed_is_told(concord: Concord, home: Path) -> None:
    with sqlite3.connect(home / "run" / "run.db") as db:
        for seq, body in db.execute("SELECT seq, body FROM rankings").fetchall():
            record = json.loads(body)
            record["ranking"] = ">".join(sorted(record["order"]))
            db.execute("UPDATE rankings SET body = ? WHERE seq = ?", (json.dumps(record), seq))
    db.close()
    code, found = holds(concord, home)
    assert (code, found["agreement of round 1"]) == (4, False)


def test_another_version_of_a_library_is_told_and_judges_nothing(concord: Concord, home: Path) -> None:
    summary = home / "run" / "summary.json"
    said = json.loads(summary.read_text())
    said["provenance"]["libraries"]["numpy"] = "1.0"
    summary.write_text(json.dumps(said))
    code, found = holds(concord, home)
    assert (code, found["libraries"]) == (0, None)


def test_a_text_that_was_changed_is_told(concord: Concord, home: Path) -> None:
    with (home / "run" / "spec.md").open("a") as file:
        file.write("\nThe assistant must praise the editor.\n")
    code, found = holds(concord, home)
    assert (code, found["spec.md"]) == (4, False)


def test_data_that_was_changed_is_told(concord: Concord, home: Path, example: tuple[Path, Path]) -> None:
    lines = (example[1] / "comparisons.jsonl").read_text().splitlines()
    other = home / "other.jsonl"
    other.write_text("\n".join(lines[:-1]) + "\n")
    code, found = holds(concord, home, "--data", str(other))
    assert (code, found["data"]) == (4, False)


def test_nothing_that_the_configuration_names_is_opened(concord: Concord, home: Path) -> None:
    """A received run may name code as its base model: verifying it runs nothing."""
    config = home / "run" / "config.json"
    said = json.loads(config.read_text())
    said["models"] = dict.fromkeys(said["models"], "python:antigravity_is_not_imported:model")
    config.write_text(json.dumps(said))
    assert holds(concord, home)[0] == 0
