"""Scores of rankings, rater by rater."""

import numpy as np
import pytest
from builders import panel

from concord.agreement.people import People
from concord.graph.scoring import PeopleScores
from concord.panel.ranking import Ranking
from concord.panel.records import Assessment, Judgement, Lens, Panel


def rated(*rankings: tuple[str, str], weights: dict[str, float] | None = None) -> PeopleScores:
    """(participant, ranking) on one conversation `0-0` with responses A and B."""
    base = panel({"0": 1}, people=4, held=0)
    assessments = tuple(
        Assessment(
            id=f"{number}", conversation="0-0", participant=name, world=Judgement(ranking=Ranking.parse(text))
        )
        for number, (name, text) in enumerate(rankings)
    )
    given: Panel = base.model_copy(update={"assessments": assessments})
    return PeopleScores(People.compile(given, Lens(weights=weights or {})))


def ranked(text: str) -> dict[str, Ranking]:
    return {"0-0": Ranking.parse(text)}


def test_a_score_is_the_agreement_with_each_rater() -> None:
    score = rated(("p0", "B>A"), ("p1", "A>B")).of(ranked("B>A"))["0-0"]
    assert dict(zip(score.raters, score.values.tolist(), strict=True)) == {"p0": 1.0, "p1": 0.0}
    assert score.mean == 0.5


def test_duplicates_of_a_rater_are_averaged() -> None:
    score = rated(("p0", "B>A"), ("p0", "A>B"), ("p1", "B>A")).of(ranked("B>A"))["0-0"]
    assert score.values.tolist() == [0.5, 1.0]


def test_a_rater_who_ties_all_has_no_score() -> None:
    assert rated(("p0", "B>A"), ("p1", "A=B")).of(ranked("B>A"))["0-0"].raters == ("p0",)
    assert rated(("p0", "A=B"), ("p1", "A=B")).of(ranked("B>A")) == {}


def test_weights_count() -> None:
    score = rated(("p0", "B>A"), ("p1", "A>B"), weights={"p0": 3.0}).of(ranked("B>A"))["0-0"]
    assert score.mean == 0.75


def test_the_worst_answer_is_the_best_turned_around() -> None:
    scores = rated(("p0", "B>A"), ("p1", "B>A"), ("p2", "A>B"))
    assert scores.best("0-0").mean == pytest.approx(2 / 3)
    assert scores.worst("0-0").mean == pytest.approx(1 / 3)
    assert str(scores.worst_ranking("0-0")) == "A>B"
    possible = [scores.of(ranked(text))["0-0"].mean or 0.0 for text in ("A>B", "B>A", "A=B")]
    assert scores.worst("0-0").mean == pytest.approx(min(possible))


def test_nobody_has_an_empty_score() -> None:
    empty = rated(("p0", "A=B")).worst("0-0")
    assert empty.raters == ()
    assert empty.mean is None
    assert np.isfinite(empty.values).all()
