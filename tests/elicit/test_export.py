"""The export: the layout of the collective-alignment release, read back as what people gave."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from concord.elicit.export import export_study
from concord.elicit.records import Assignment
from concord.elicit.steps.ranking import flagged, ranking_of
from concord.panel import load

from .conftest import Person, opened, study

Clients = Callable[..., TestClient]


def test_tiers_become_a_weak_order_with_the_unacceptable_last() -> None:
    placed = {"A": "2", "B": "1", "C": "unacceptable", "D": "2"}
    assert str(ranking_of(placed)) == "B>A=D>C"
    assert flagged(placed) == ("C",)
    assert str(ranking_of(dict.fromkeys("ABCD", "3"))) == "A=B=C=D"
    assert str(ranking_of(dict.fromkeys("AB", "unacceptable"))) == "A=B"


def exported(client_of: Clients, out: Path, **more: Any) -> Path:
    store = opened(study(assignment=Assignment(per_person=3, raters=2, shared=1, seed=1), **more))
    client = client_of(store)
    for _, token in store.invite(4):
        client.cookies.clear()
        Person(client, token).through()
    export_study(store, out)
    return out


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_what_people_gave_is_read_back(client_of: Clients, tmp_path: Path) -> None:
    out = exported(client_of, tmp_path / "data")
    panel = load(out)
    assert [problem.kind for problem in panel.problems if problem.dropped] == []
    assert len(panel.assessments) == 12
    assert len(panel.participants) == 4
    assert all(each.demographics == {"age": "18-24"} for each in panel.participants.values())
    for each in panel.assessments:
        assert each.world is not None
        assert len(each.world.ranking.tiers) == 3, "one best, two tied, one unacceptable"
        assert each.world.rationale == "Weil es ehrlich ist."
        assert each.unacceptable is not None
        assert each.unacceptable.labels == each.world.ranking.tiers[-1]
        assert each.importance == "Not"
    assert sum(each.personal is not None for each in panel.assessments) == 4, "each person's first prompt"


def test_the_files_have_the_fields_of_the_release(client_of: Clients, tmp_path: Path) -> None:
    out = exported(client_of, tmp_path / "data")
    comparison = next(each for each in lines(out / "comparisons.jsonl") if each["metadata"]["assessments"])
    assert set(comparison) == {"prompt_id", "prompt", "responses", "metadata"}
    assert comparison["responses"][0]["provenance"] == {"model": "embedded", "opinion": "", "call": ""}
    assessment = comparison["metadata"]["assessments"][0]
    assert set(assessment) == {
        "annotator_id", "conversation_id", "importance", "representativeness", "subjectivity", "ranking_blocks",
    }  # fmt: skip
    assert set(assessment["ranking_blocks"]) == {"unacceptable", "personal", "world"}
    told = {each["annotator_id"]: each for each in lines(out / "annotators.jsonl")}
    assert assessment in told[assessment["annotator_id"]]["assessments"]
    rubric = next(
        each for each in lines(out / "conversation_rubrics.jsonl") if each["coval_full"][0]["scores"]
    )
    assert rubric["conversation"]["messages"][0]["author"] == {"role": "user"}
    assert rubric["coval_full"][0]["criterion"] == "It says what would follow."
    assert rubric["coval_full"][0]["scores"][0]["score"] == 10
    own = [each for each in rubric["coval_full"] if "author" in each]
    assert {each["criterion"] for each in own} == {f"It is kind (own-{n})." for n in range(3)}


def test_an_export_of_scripted_people_says_so(client_of: Clients, tmp_path: Path) -> None:
    assert "synthetic" in load(exported(client_of, tmp_path / "data", synthetic=True)).notice


def test_the_same_answers_give_the_same_bytes(client_of: Clients, tmp_path: Path) -> None:
    one = exported(client_of, tmp_path / "one")
    other = exported(client_of, tmp_path / "other")
    for path in one.iterdir():
        assert path.read_bytes() == (other / path.name).read_bytes()
