"""Agreement by rubrics: values worked out by hand, and the same statistics as rankings have."""

import pytest

from concord.agreement.measures import pair_agreement
from concord.agreement.rubrics import (
    ordered,
    person_scores,
    pooled_agreement,
    pooled_rankings,
    pooled_scores,
    rubric_people,
)
from concord.panel.ranking import Ranking
from concord.panel.records import Conversation, Lens, Message, Panel, Participant, Response, RubricItem

MET = {
    "sums": {"A": 1.0, "B": 0.5, "C": 0.0},
    "refers": {"A": 0.0, "B": 1.0, "C": 1.0},
    "sums2": {"A": 0.0, "B": 1.0, "C": 0.0},
}


def conversation(id: str) -> Conversation:
    return Conversation(
        id=id,
        messages=(Message(role="user", content=id),),
        responses=tuple(
            Response(label=label, messages=(Message(role="assistant", content=label),)) for label in "ABC"
        ),
    )


def panel() -> Panel:
    items = (
        RubricItem(id="sums", conversation="loan", criterion="Does the sum.", scores={"ada": 10, "ben": 2}),
        RubricItem(id="refers", conversation="loan", criterion="Refers.", scores={"ada": -5, "ben": 4}),
        RubricItem(
            id="sums2", conversation="debt", criterion="Does the sum.", scores={"ada": 10, "ben": -10}
        ),
        RubricItem(id="short", conversation="debt", criterion="Is short.", scores={"ada": 1}),
    )
    return Panel(
        conversations={name: conversation(name) for name in ("loan", "debt")},
        participants={name: Participant(id=name) for name in ("ada", "ben")},
        assessments=(),
        rubrics=items,
    )


def test_a_persons_score_is_the_weighted_mean_of_what_is_met() -> None:
    # ada: (10 * 1 - 5 * 0) / 15, (10 * 0.5 - 5 * 1) / 15, (10 * 0 - 5 * 1) / 15
    assert person_scores({"sums": 10, "refers": -5}, MET, "ABC") == pytest.approx(
        {"A": 10 / 15, "B": 0.0, "C": -5 / 15}
    )
    # ben: (2 * 1) / 6, (2 * 0.5 + 4 * 1) / 6, (4 * 1) / 6
    assert person_scores({"sums": 2, "refers": 4}, MET, "ABC") == pytest.approx(
        {"A": 2 / 6, "B": 5 / 6, "C": 4 / 6}
    )
    assert person_scores({"sums": 0, "nowhere": 9}, MET, "ABC") == {"A": 0.0, "B": 0.0, "C": 0.0}


def test_scores_stay_within_one_whatever_the_points() -> None:
    found = person_scores({"sums": 10, "refers": -10}, {"sums": {"A": 1.0}, "refers": {"A": 0.0}}, "A")
    assert found["A"] == pytest.approx(0.5)
    assert person_scores({"sums": -7}, MET, "A") == {"A": -1.0}


def test_agreement_with_a_ranking_is_that_of_pairs_and_ties_count_half() -> None:
    people = rubric_people(panel(), MET, conversations=["loan", "debt"])
    # On loan ada orders A>B>C, ben B>C>A; on debt ada wants B over A and C, ben A and C over B.
    ranking = Ranking.parse("A>B=C")
    by_person = [pair_agreement(ranking, Ranking.parse(order)) for order in ("A>B>C", "B>C>A")]
    assert by_person == pytest.approx([(1 + 1 + 0.5) / 3, (0 + 0 + 0.5) / 3])
    assert people.conversation_agreement({"loan": ranking}) == pytest.approx({"loan": 0.5})
    found = people.level({"loan": ranking, "debt": Ranking.parse("B>A>C")})
    assert found.estimate == pytest.approx(0.5)
    assert (found.conversations, found.participants, found.assessments) == (2, 2, 4)
    assert found.low is not None


def test_a_lens_weighs_people_and_who_is_not_heard_does_not_count() -> None:
    heavy = rubric_people(panel(), MET, Lens(weights={"ada": 3.0}), conversations=["loan"])
    assert heavy.conversation_agreement({"loan": Ranking.parse("A>B>C")}) == pytest.approx(
        {"loan": (3 * 1 + 1 * (1 / 3)) / 4}
    )
    alone = rubric_people(panel(), MET, conversations=["loan"], participants=["ben"])
    assert alone.participants == ("ben",)


def test_equal_scores_are_no_opinion() -> None:
    met = {"sums": {"A": 0.1 + 0.2, "B": 0.3, "C": 0.3}}
    people = rubric_people(panel(), met, conversations=["loan"])
    level = people.level({"loan": Ranking.parse("A>B>C")})
    assert level.estimate is None
    assert level.undefined == 2


def test_the_common_order_weighs_criteria_by_their_mean_points() -> None:
    items = [item for item in panel().rubrics if item.conversation == "loan"]
    # sums: mean 6, refers: mean -0.5; A: 6 / 6.5, B: (3 - 0.5) / 6.5, C: -0.5 / 6.5
    found = pooled_scores(items, MET, "ABC")
    assert found == pytest.approx({"A": 6 / 6.5, "B": 2.5 / 6.5, "C": -0.5 / 6.5})
    assert str(ordered(found, conversation("loan"))) == "A>B>C"
    only_ben = pooled_rankings(panel(), MET, conversations=["loan"], participants=["ben"])
    assert str(only_ben["loan"]) == "B>C>A"


def test_agreement_with_the_common_order_has_one_value_a_conversation() -> None:
    pooled = {"loan": Ranking.parse("A>B>C"), "debt": Ranking.parse("B>A=C"), "flat": Ranking.parse("A=B=C")}
    found = pooled_agreement(
        {"loan": Ranking.parse("A>C>B"), "debt": Ranking.parse("A=B>C"), "flat": Ranking.parse("A>B>C")},
        pooled,
    )
    assert found.estimate == pytest.approx((2 / 3 + (0.5 + 1) / 2) / 2)
    assert (found.conversations, found.participants, found.undefined) == (2, 0, 1)
    assert found.low is not None


def test_a_panel_without_rubrics_gives_nobody() -> None:
    bare = panel().model_copy(update={"rubrics": ()})
    assert len(rubric_people(bare, MET, conversations=["loan"])) == 0
    assert pooled_rankings(bare, MET, conversations=["loan"]) == {}
