"""What `concord data inspect` tells."""

import json
from pathlib import Path

import pytest

from concord.panel.importers.load import load
from concord.panel.inspect import inspect_panel

SHARED = Path(__file__).resolve().parents[3] / "shared"


def line(participant: str, ranking: str, **more: object) -> str:
    given = {"prompt": "why?", "responses": ["one", "two", "three"], "rationale": "for a reason of mine"}
    return json.dumps({**given, "participant": participant, "ranking": ranking, **more})


def test_counts_vocabularies_shapes_and_problems_are_told(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text(
        "\n".join(
            [
                line("p", "A>B=C", importance="high", demographics={"country": "Chile"}, unacceptable=["A"]),
                line("q", "A=B=C", importance="high", rationale="", unacceptable=[]),
                line("q", "C>B>A", importance="low", demographics={"country": "Kenya"}, rationale="short"),
                line("r", "A>D", demographics={"country": "Chile"}),
                line("p", "C>B>A", prompt="how?"),
                *[line("s", "A>B", prompt=f"{i}?") for i in range(5)],
            ]
        )
    )
    told = inspect_panel(load(path))
    assert (told.conversations, told.participants, told.assessments) == (7, 2, 4)
    assert told.without_assessments == 5
    assert told.duplicate_cells == 1
    assert (told.raters.least, told.raters.median, told.raters.most) == (1, 1.5, 2)
    assert told.responses == {"3": 7}
    assert told.vocabularies["importance"] == {"high": 2, "low": 1}
    assert told.vocabularies["demographics.country"] == {"Chile": 1, "Kenya": 1}
    assert (told.asked_unacceptable, told.flagged, told.flagged_first["world"]) == (2, 1, 1)
    world = told.blocks["world"]
    assert (world.rankings, world.with_tie, world.tie_all, world.tiers) == (4, 2, 1, {"3": 2, "1": 1, "2": 1})
    assert (world.rationales, world.short_rationales) == (3, 1)
    assert told.blocks["personal"].rankings == 0
    problems = {each.kind: each for each in told.problems}
    assert {kind: (each.count, each.dropped) for kind, each in problems.items()} == {
        "missing_label": (5, 5),
        "unknown_label": (1, 1),
        "duplicate_cell": (1, 0),
        "empty_rationale": (1, 0),
        "no_demographics": (1, 0),
        "repeated_rationale": (1, 0),
        "tie_all": (1, 0),
    }
    assert len(problems["missing_label"].examples) == 3
    example = problems["unknown_label"].examples[0]
    assert (example.file, example.line, example.subject) == ("own.jsonl", 4, "r")
    assert json.loads(told.model_dump_json())["problems"][0]["kind"] == "missing_label"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data sets are not on this machine")
def test_squality_as_its_readme_describes_it() -> None:
    told = inspect_panel(load(SHARED / "data" / "squality"))
    assert (told.raters.least, told.raters.most) == (3, 3)
    assert told.responses == {"3": 100}
    assert told.blocks["world"].rationales == 212
    assert told.vocabularies["importance"] == {}
