"""References: exact where they claim to be, as defined where they are defined, each checked the slow way."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concord.agreement.consensus import another_person, best_rankings, others_consensus
from concord.agreement.measures import pair_agreement
from concord.agreement.people import People
from concord.agreement.references import by_length, gap_closed, references
from concord.agreement.reliability import krippendorff_alpha, ordinal_alpha
from concord.evals.plain_loop import Said, others_agreement
from concord.evals.synthetic.people import PanelShape, rankings_of, simulate_panel
from concord.panel.importers.load import load
from concord.panel.ranking import Ranking
from concord.panel.records import Conversation, Message, Response

SHARED = Path(__file__).resolve().parents[3] / "shared"
R = Ranking.parse


def people_of(said: dict[str, list[tuple[str, str]]]) -> People:
    """By conversation, what (participant, ranking) were said."""
    names = tuple(said)
    labels = tuple(tuple(sorted(R(each[0][1]).labels)) for each in said.values())
    persons = tuple(dict.fromkeys(who for each in said.values() for who, _ in each))
    rows = [(row, who, R(text)) for row, each in enumerate(said.values()) for who, text in each]
    places = np.full((len(rows), max(map(len, labels))), -1, dtype=np.int16)
    for place, (row, _, ranking) in enumerate(rows):
        where = ranking.places
        places[place, : len(labels[row])] = [where[label] for label in labels[row]]
    return People.of_arrays(
        conversations=names,
        labels=labels,
        participants=persons,
        conversation=np.array([row for row, _, _ in rows], dtype=np.intp),
        participant=np.array([persons.index(who) for _, who, _ in rows], dtype=np.intp),
        places=places,
    )


def weak_orders(size: int) -> list[Ranking]:
    labels = "ABCDEFGH"[:size]
    return [
        Ranking.from_scores(dict(zip(labels, map(float, scores), strict=True)))
        for scores in product(range(size), repeat=size)
        if set(scores) == set(range(max(scores) + 1))
    ]


def some_people(size: int, most: int) -> st.SearchStrategy[list[Ranking]]:
    return st.lists(st.sampled_from(weak_orders(size)), min_size=1, max_size=most)


def test_there_are_as_many_weak_orders_as_fubini_says() -> None:
    assert [len(weak_orders(size)) for size in (2, 3, 4, 5)] == [3, 13, 75, 541]


@settings(derandomize=True, max_examples=30, deadline=None)
@given(st.integers(2, 5).flatmap(lambda size: some_people(size, 6)))
def test_no_weak_order_agrees_more_than_the_best_single_ranking(said: list[Ranking]) -> None:
    people = people_of({"c": [(f"p{i}", str(ranking)) for i, ranking in enumerate(said)]})
    best = best_rankings(people)
    if all(ranking.ties_all for ranking in said):
        assert best == {}
        return
    found = people.conversation_agreement(best)["c"]
    every = [people.conversation_agreement({"c": one})["c"] for one in weak_orders(len(said[0].labels))]
    assert found == pytest.approx(max(every), abs=1e-12)


def test_the_best_ranking_of_eight_responses_is_found_through_a_cycle() -> None:
    # one person alone is followed to the letter; a Condorcet cycle leaves two of three pairs
    alone = people_of({"c": [("p", "H>B>G>A>C>F>E>D")]})
    assert str(best_rankings(alone)["c"]) == "H>B>G>A>C>F>E>D"
    cycle = people_of({"c": [("p", "A>B>C"), ("q", "B>C>A"), ("r", "C>A>B")]})
    assert cycle.level(best_rankings(cycle)).estimate == pytest.approx((2 / 3 + 2 / 3 + 1 / 3) / 3)


def test_conversations_of_different_sizes_each_get_their_own_best() -> None:
    people = people_of({"c": [("p", "B>A")], "d": [("p", "D>C>B>A"), ("q", "D>C>B=A")], "e": [("p", "A=B")]})
    assert {name: str(ranking) for name, ranking in best_rankings(people).items()} == {
        "c": "B>A",
        "d": "D>C>B>A",
    }


def test_the_others_are_asked_by_their_net_wins() -> None:
    people = people_of(
        {"c": [("p", "A>B>C"), ("q", "A>B>C"), ("r", "C>B>A")], "d": [("p", "A>B"), ("q", "A>B")]}
    )
    # p is told by q and r, who cancel out to a tie; so is q; r is told the opposite by p and q; d has two only
    told = others_consensus(people)
    np.testing.assert_allclose(told, [0.5, 0.5, 0.0, np.nan, np.nan])


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from("pqrs"), st.sampled_from(weak_orders(4))), min_size=1, max_size=7),
        min_size=1,
        max_size=3,
    )
)
def test_leave_one_out_is_what_the_plain_loop_says(said: list[list[tuple[str, Ranking]]]) -> None:
    people = people_of({f"c{i}": [(who, str(r)) for who, r in each] for i, each in enumerate(said)})
    plain = others_agreement([Said(f"c{i}", who, r) for i, each in enumerate(said) for who, r in each])
    shipped = people.mean(others_consensus(people))
    assert shipped.conversations == len(plain)
    if plain:
        assert shipped.estimate == pytest.approx(sum(plain.values()) / len(plain))


@settings(derandomize=True, max_examples=60, deadline=None)
@given(some_people(4, 6))
def test_one_person_is_the_mean_over_all_others(said: list[Ranking]) -> None:
    people = people_of({"c": [(f"p{i}", str(ranking)) for i, ranking in enumerate(said)]})
    for mine, value in enumerate(another_person(people)):
        scores = [pair_agreement(other, said[mine]) for i, other in enumerate(said) if i != mine]
        if scores and scores[0] is not None:
            assert value == pytest.approx(np.mean([score for score in scores if score is not None]))
        else:
            assert np.isnan(value)


def test_one_persons_duplicates_are_no_other_person() -> None:
    people = people_of({"c": [("p", "A>B"), ("p", "B>A")], "d": [("p", "A>B"), ("p", "B>A"), ("q", "A>B")]})
    np.testing.assert_allclose(another_person(people), [np.nan, np.nan, 1, 0, 0.5])


def conversation(**texts: str) -> Conversation:
    return Conversation(
        id="c",
        messages=(Message(role="user", content="?"),),
        responses=tuple(
            Response(label=label, messages=(Message(role="assistant", content=text),))
            for label, text in texts.items()
        ),
    )


def test_longest_ranks_by_characters() -> None:
    assert str(by_length({"c": conversation(A="four", B="longer", C="äöüß")})["c"]) == "B>A=C"


def test_random_is_one_half_exactly() -> None:
    people = simulate_panel(
        PanelShape(conversations=30, participants=20, assessments=200, duplicates=3), 0
    ).people()
    told = references(people, {}).random
    assert (told.estimate, told.low, told.high) == (0.5, 0.5, 0.5)
    assert told.undefined > 0


def test_gap_closed_is_a_share_of_what_the_others_reach() -> None:
    drawn = simulate_panel(PanelShape(conversations=120, participants=100, assessments=1600, duplicates=5), 1)
    people = drawn.people()
    best = best_rankings(people)
    worst = {name: Ranking(tiers=ranking.tiers[::-1]) for name, ranking in best.items()}
    tie = {name: Ranking.tie(ranking.labels) for name, ranking in best.items()}
    closed = gap_closed(people, tie, best)
    assert closed.ratio is not None
    assert closed.low is not None
    assert closed.high is not None
    assert closed.ratio == pytest.approx((closed.gain.estimate or 0) / (closed.gap.estimate or 1))
    assert closed.low < closed.ratio < closed.high
    assert closed.ratio > 1  # the best ranking is fitted to the people, the others' consensus isn't
    assert gap_closed(people, best, worst).ratio is None  # nothing was to be gained
    assert gap_closed(people, tie, best) == closed


def test_gap_closed_keeps_to_conversations_of_three_raters() -> None:
    said = {f"c{i}": [("p", "A>B"), ("q", "A>B"), ("r", "A>B")] for i in range(5)}
    people = people_of({**said, "d": [("p", "B>A")]})
    before, after = ({name: R(text) for name in people.conversations} for text in ("A=B", "A>B"))
    closed = gap_closed(people, before, after)
    assert (closed.ratio, closed.gain.conversations, closed.gap.conversations) == (1.0, 5, 5)


def test_ordinal_alpha_is_the_published_one() -> None:
    # Krippendorff (2011), Computing Krippendorff's alpha-reliability, section C: 4 observers, 12 units, ordinal 0.815
    grid = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]
    values = np.array(grid)
    rater, unit = np.nonzero(values)
    alpha = ordinal_alpha(unit, values[rater, unit])
    assert alpha == pytest.approx(0.815, abs=5e-4)


def plain_alpha(units: list[list[int]]) -> float:
    """Ordinal alpha from the coincidence matrix, as Krippendorff (2011) writes it."""
    units = [values for values in units if len(values) > 1]
    top = max(map(max, units)) + 1
    o = np.zeros((top, top))
    for values in units:
        for i, a in enumerate(values):
            for j, b in enumerate(values):
                if i != j:
                    o[a, b] += 1 / (len(values) - 1)
    n = o.sum(axis=0)

    def delta(c: int, k: int) -> float:
        low, high = min(c, k), max(c, k)
        return float((n[low : high + 1].sum() - (n[c] + n[k]) / 2) ** 2)

    seen = sum(o[c, k] * delta(c, k) for c in range(top) for k in range(top))
    expected = sum(n[c] * n[k] * delta(c, k) for c in range(top) for k in range(top)) / (n.sum() - 1)
    return float(1 - seen / expected)


@settings(derandomize=True, max_examples=30, deadline=None)
@given(st.lists(some_people(4, 5), min_size=2, max_size=6))
def test_alpha_of_weak_orders_is_the_coincidence_matrixs(said: list[list[Ranking]]) -> None:
    people = people_of(
        {f"c{i}": [(f"p{j}", str(r)) for j, r in enumerate(each)] for i, each in enumerate(said)}
    )
    units = [[r.places[label] for r in each] for each in said for label in "ABCD"]
    paired = {value for values in units if len(values) > 1 for value in values}
    alpha = krippendorff_alpha(people)
    if len(paired) < 2:
        assert alpha is None
    else:
        assert alpha == pytest.approx(plain_alpha(units))


def test_rankings_are_shared_by_equal_rows() -> None:
    first, second = rankings_of(np.array([[0, 1], [0, 1]], dtype=np.int16), ("A", "B"))
    assert first is second


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data sets are not on this machine")
def test_references_on_real_rankings() -> None:
    panel = load(SHARED / "data" / "squality")
    told = references(People.compile(panel), panel.conversations)
    found = {name: round(estimate.estimate, 4) for name, estimate in told if estimate.estimate is not None}
    assert found == {
        "best_single": 0.9356,
        "leave_one_out": 0.8711,
        "one_person": 0.8711,
        "longest": 0.5856,
        "random": 0.5,
    }
    assert krippendorff_alpha(People.compile(panel)) == pytest.approx(0.7969, abs=5e-5)
