"""Groups at the command line: whom a text serves worst, lenses, refusals, and a run with several defaults."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "example"
SPEC, DATA = EXAMPLE / "spec.md", EXAMPLE / "data"
Concord = Callable[..., Any]
"""The fixture of conftest.py."""
HOSTILE = "[bold]x[/bold] \x1b[31mred\x1b[0m"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """40 conversations; 14 people in the north want A, 14 in the south B, 3 on an island too; a hostile value."""
    lines = []
    for talk in range(40):
        for person in range(31):
            if (talk + person) % 2:
                continue
            side = "island" if person >= 28 else ("north", "south")[person // 14]
            wants = "A>B" if side == "north" or talk % 5 == 0 else "B>A"
            lines.append(
                {
                    "prompt": f"Question {talk}?", "responses": {"A": f"Yes {talk}.", "B": f"No {talk}."},
                    "ranking": wants, "rationale": "So.", "participant": f"p{person}",
                    "demographics": {"side": side, "mood": HOSTILE if person % 2 else "calm"},
                }
            )  # fmt: skip
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tmp_path / "spec.md").write_text("# Manners {#manners}\n\nAn answer must be polite.\n")
    (tmp_path / "few.txt").write_text("p0\np1\n")
    (tmp_path / "north.txt").write_text("".join(f"p{number}\n" for number in range(14)))
    return tmp_path


@pytest.fixture
def rankings(here: Path, concord: Concord) -> Path:
    """A ranker that always puts A first, as JSON lines."""
    from concord.panel.importers.load import load

    file = here / "rankings.jsonl"
    names = load(here / "data.jsonl").conversations
    file.write_text("".join(json.dumps({"conversation": name, "ranking": "A>B"}) + "\n" for name in names))
    return file


def groups(*more: str) -> tuple[str, ...]:
    return ("groups", "--spec", "spec.md", "--data", "data.jsonl", "--rankings", "rankings.jsonl", *more)


@pytest.mark.usefixtures("rankings")
def test_the_group_that_a_text_serves_worst_comes_first(concord: Concord) -> None:
    (side,) = concord(*groups("--by", "side", "--json")).json["attributes"]
    south, north = side["levels"]["groups"]
    assert (south["group"], north["group"]) == ("south", "north")
    assert north["level"]["estimate"] == 1.0
    assert south["level"]["estimate"] < 0.4
    assert south["level"]["estimate"] < south["pooled"]["estimate"] < north["pooled"]["estimate"]
    assert south["against_others"]["high"] < 0
    assert side["hidden"] == 1
    shown = concord(*groups("--by", "side")).out
    assert "served worse than the others, beyond noise: south" in shown
    assert "island" not in shown


@pytest.mark.usefixtures("rankings")
def test_every_attribute_is_shown_where_none_is_named_and_texts_stay_harmless(concord: Concord) -> None:
    printed = concord(*groups())
    assert printed.code == 0
    assert "side" in printed.out
    assert "mood" in printed.out
    assert "\x1b" not in printed.out


@pytest.mark.usefixtures("rankings")
def test_a_lens_narrows_the_people(concord: Concord) -> None:
    found = concord(*groups("--group", "side=north", "--by", "mood", "--json")).json
    assert found["group"] == "side = north"
    assert sum(each["level"]["participants"] for each in found["attributes"][0]["levels"]["groups"]) <= 14
    listed = concord(*groups("--group", "@north.txt", "--by", "mood", "--json")).json
    assert listed["attributes"] == found["attributes"]


@pytest.mark.usefixtures("rankings")
def test_groups_are_found_from_rankings_where_they_are_stable(concord: Concord) -> None:
    found = concord(*groups("--by", "clusters", "--json")).json
    assert found["stability"] > 0.9
    assert [each["group"] for each in found["attributes"][0]["levels"]["groups"]] == [
        "cluster 1",
        "cluster 2",
    ] or [each["group"] for each in found["attributes"][0]["levels"]["groups"]] == ["cluster 2", "cluster 1"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("groups", "--spec", "spec.md"), "--rankings FILE, or --run RUN"),
        (groups("--by", "planet"), "the data has mood, side"),
        (groups("--group", "side=island"), "3 people"),
        (groups("--group", "@few.txt"), "2 people"),
        (groups("--group", "@nowhere.txt"), "nowhere.txt"),
        (groups("--group", "side=moon"), "no participant has side = moon"),
        (groups("--min-group", "2"), "--min-group should be greater than or equal to 5"),
        (groups("--model", "embedded"), "in place of a model"),
        (("groups", "--run", "nope"), "there is no run 'nope'"),
        (
            (
                "agreement",
                "--spec",
                "spec.md",
                "--data",
                "data.jsonl",
                "--model",
                "embedded",
                "--group",
                "side=island",
            ),
            "3 people",
        ),
        (
            (
                "run",
                "--spec",
                "spec.md",
                "--data",
                "data.jsonl",
                "--model",
                "embedded",
                "--group",
                "side=island",
            ),
            "3 people",
        ),
        (
            (
                "run",
                "--spec",
                "spec.md",
                "--data",
                "data.jsonl",
                "--model",
                "embedded",
                "--per-group",
                "planet",
            ),
            "the data has mood, side",
        ),
        (("report", "nope", "--group", "side=north"), "there is no run 'nope'"),
        (("spec", "show", "nope", "--overlay", "north"), "there is no run 'nope'"),
    ],
)
@pytest.mark.usefixtures("rankings")
def test_what_can_t_be_is_refused_in_one_sentence(
    words: tuple[str, ...], said: str, concord: Concord, here: Path
) -> None:
    printed = concord(*words, *(("--quiet",) if words[0] in ("agreement", "run") else ()))
    assert printed.code == 2
    assert printed.out == ""
    assert said in printed.err
    assert printed.err.count("\n") == 1
    assert not list(here.glob("home/*/run.db"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("not JSON", "line 1: not a ranking"),
        ('{"conversation": "CONVERSATION", "ranking": "A>Z"}', "doesn't rank A, B"),
        ('{"conversation": "elsewhere", "ranking": "A>B"}', "no line ranks a conversation of this data"),
    ],
)
def test_rankings_that_are_none_are_refused(line: str, said: str, concord: Concord, rankings: Path) -> None:
    name = json.loads(rankings.read_text().splitlines()[0])["conversation"]
    rankings.write_text(line.replace("CONVERSATION", name) + "\n")
    printed = concord(*groups())
    assert printed.code == 2
    assert said in printed.err


@pytest.mark.usefixtures("here")
def test_agreement_takes_a_group_as_a_lens_and_an_attribute_as_a_breakdown(concord: Concord) -> None:
    words = (
        "agreement",
        "--spec",
        "spec.md",
        "--data",
        "data.jsonl",
        "--model",
        "embedded",
        "--quiet",
        "--json",
    )
    found = concord(*words, "--group", "side=north", "--group", "mood").json
    assert found["group"] == "side = north"
    assert [each["key"] for each in found["groups"]] == ["mood"]
    assert 0 < found["spec"]["participants"] <= 14


@pytest.mark.slow
def test_a_run_with_several_defaults_from_end_to_end(concord: Concord, tmp_path: Path) -> None:
    listed = tmp_path / "people.txt"
    words = (
        "run",
        "--spec",
        SPEC,
        "--data",
        DATA,
        "--model",
        "embedded",
        "--per-group",
        "gender",
        "--rounds",
        "1",
    )
    printed = concord(*words, "--max-trials", "10", "--out", tmp_path / "run", "--quiet")
    assert printed.code == 0, printed.err
    assert "Overlay of Male" in printed.out
    for name in ("male", "female"):
        assert (tmp_path / "run" / "overlays" / f"{name}.md").is_file()
        assert (tmp_path / "run" / "overlays" / f"{name}.patch").is_file()
    joined = concord("spec", "show", tmp_path / "run", "--overlay", "Female")
    assert joined.out == (tmp_path / "run" / "spec.md").read_text()
    assert concord("spec", "show", tmp_path / "run", "--overlay", "female").out == joined.out
    unknown = concord("spec", "show", tmp_path / "run", "--overlay", "Nobody")
    assert (unknown.code, "its groups are Male, Female" in unknown.err) == (2, True)
    found = concord("groups", "--run", tmp_path / "run", "--by", "gender", "--json").json
    assert {each["group"] for each in found["attributes"][0]["levels"]["groups"]} == {"Male", "Female"}
    assert concord("verify", tmp_path / "run").code == 0
    report = concord(
        "report", tmp_path / "run", "--group", "gender=Female", "--out", tmp_path / "report.html"
    )
    assert report.code == 0, report.err
    page = (tmp_path / "report.html").read_text()
    assert "gender = Female" in page
    assert "<h2>Overlays</h2>" in page
    listed.write_text("nobody\n")
    assert concord("report", tmp_path / "run", "--group", f"@{listed}").code == 2
