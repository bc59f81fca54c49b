"""`concord elicit`: from an empty folder to data, and a sentence for what is wrong."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from concord.elicit.study_folder import study_store

Concord = Callable[..., Any]
CSV = "prompt,response_1,response_2,rubric_1\n" + "".join(
    f"Should I tell my friend about matter number {n} that concerns {word}?,Tell them about {word} today.,Keep {word} to yourself.,It is kind.\n"
    for n, word in enumerate(("money", "health", "school", "music"))
)
SPEC = Path(__file__).parents[2] / "example" / "spec.md"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


def test_from_ones_own_prompts_to_links_status_and_export(concord: Concord, own: Path) -> None:
    printed = concord(
        "elicit",
        "prepare",
        "--responses",
        own,
        "--out",
        "study",
        "--per-person",
        3,
        "--shared",
        1,
        "--raters",
        2,
        "--json",
    )
    assert printed.code == 0, printed.err
    assert printed.json["prompts"] == 4
    links = concord("elicit", "links", "study", "--url", "https://study.example.org")
    assert links.code == 0, links.err
    rows = list(csv.DictReader(io.StringIO(links.out)))
    assert len(rows) == 3, "three others at two raters, two of them a person"
    assert rows[0]["link"].startswith("https://study.example.org/s/")
    assert "3 people see 3 of 4 prompts each" in links.err
    status = concord("elicit", "status", "study", "--json")
    assert (status.json["invited"], status.json["status"]) == (3, "open")
    for word, state in (("pause", "paused"), ("close", "closed"), ("open", "open")):
        assert f"is {state}" in concord("elicit", word, "study").out
    exported = concord("elicit", "export", "study", "--out", "data", "--json")
    assert exported.json["assessments"] == 0
    assert Path("data/comparisons.jsonl").is_file()


def test_a_study_is_written_by_the_embedded_model(concord: Concord) -> None:
    printed = concord(
        "elicit", "prepare", "--spec", SPEC, "--model", "embedded", "--section", "money", "--section", "health",
        "--per-section", 2, "--topic", "inheritance", "--out", "study",
    )  # fmt: skip
    assert printed.code == 0, printed.err
    assert "embedded model is a small rule-based reader" in printed.out
    lines = Path("study/items.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 4
    assert {json.loads(line)["section"] for line in lines} == {"money", "health"}
    assert all("inheritance" in line for line in lines)
    assert Path("study/calls/run.db").is_file()


def test_what_is_edited_before_the_first_invitation_is_what_people_see(concord: Concord, own: Path) -> None:
    concord("elicit", "prepare", "--responses", own, "--out", "study")
    path = Path("study/items.jsonl")
    first, *others = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([json.dumps({**json.loads(first), "drop": True}), *others]), encoding="utf-8")
    settings = Path("study/study.toml")
    settings.write_text(
        settings.read_text().replace("How should an AI assistant answer?", "Our own title"), encoding="utf-8"
    )
    assert concord("elicit", "links", "study", "--count", 1).code == 0
    store = study_store(Path("study"))
    assert (store.study.title, len(store.study.items)) == ("Our own title", 3)
    store.close()
    path.write_text("\n".join(others[:2]), encoding="utf-8")
    again = concord("elicit", "links", "study", "--count", 1)
    assert "edited after the study was opened" in again.err


def test_links_go_to_a_file_that_only_its_owner_reads(concord: Concord, own: Path) -> None:
    concord("elicit", "prepare", "--responses", own, "--out", "study")
    printed = concord("elicit", "links", "study", "--count", 2, "--out", "links.csv")
    assert "2 links in links.csv" in printed.out
    assert Path("links.csv").stat().st_mode & 0o777 == 0o600
    assert concord("elicit", "links", "study", "--renew", 1).code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("prepare", "--out", "s"), "a study needs --spec FILE and --model URI"),
        (("prepare", "--out", "s", "--spec", SPEC), "no base model for the scenario writer"),
        (("prepare", "--out", "s", "--spec", SPEC, "--model", "embedded", "--section", "nowhere"), "nowhere"),
        (("prepare", "--out", "s", "--responses", "gone.csv"), "gone.csv: no such file"),
        (("prepare", "--out", "s", "--responses", "x.csv", "--spec", SPEC), "give it without a spec"),
        (("links", "nothing"), "nothing is no study"),
        (("status", "nothing"), "there is no such study"),
        (("serve", "nothing"), "nothing is no study"),
        (("export", "nothing", "--out", "d"), "there is no such study"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_sentence(concord: Concord, words: tuple[str, ...], said: str) -> None:
    printed = concord("elicit", *words)
    assert printed.code == 2
    assert said in printed.err
    assert len(printed.err.strip().splitlines()) == 1
    assert not Path("s").exists()


def test_the_settings_say_what_is_wrong_with_them(concord: Concord, own: Path) -> None:
    concord("elicit", "prepare", "--responses", own, "--out", "study")
    path = Path("study/study.toml")
    whole = path.read_text(encoding="utf-8")
    for was, now, said in (
        (
            "per_person = 10",
            "per_person = 0",
            "assignment.per_person: input should be greater than or equal to 1",
        ),
        ('["world", "personal"]', '["worlds"]', "blocks.0"),
        ("shared = 2", "shared = 20", "shared is more than per_person"),
        ("seed = 0", "seed = [", "it is no TOML"),
        ("title =", "titel =", "titel: extra inputs are not permitted"),
    ):
        path.write_text(whole.replace(was, now), encoding="utf-8")
        printed = concord("elicit", "links", "study")
        assert printed.code == 2, now
        assert said in printed.err
        assert "study.toml" in printed.err


def test_serving_beyond_this_machine_takes_tls_or_a_proxy(concord: Concord, own: Path) -> None:
    concord("elicit", "prepare", "--responses", own, "--out", "study")
    printed = concord("elicit", "serve", "study", "--host", "0.0.0.0", "--port", 0)
    assert printed.code == 2
    assert "would cross the network in the clear" in printed.err
