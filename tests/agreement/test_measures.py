"""Agreement by DESIGN's definitions: by hand, against scipy, and the arrays against the plain functions."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau

from concord.agreement.measures import flagged_first, pair_agreement, tau_b, top_choice
from concord.agreement.people import People
from concord.errors import DataError
from concord.panel.ranking import Ranking
from concord.panel.records import (
    Assessment,
    Conversation,
    Judgement,
    Lens,
    Message,
    Panel,
    Participant,
    Response,
    Unacceptable,
)
from concord.panel.splits import reserved

R = Ranking.parse


def panel(
    said: list[tuple[str, str, str]],
    flags: Mapping[int, str] | None = None,
    demographics: Mapping[str, Mapping[str, str]] | None = None,
) -> Panel:
    """Assessments as (conversation, participant, ranking); labels are those of the first ranking there."""
    labels: dict[str, tuple[str, ...]] = {}
    for conversation, _, ranking in said:
        labels.setdefault(conversation, tuple(sorted(R(ranking).labels)))
    return Panel(
        conversations={
            name: Conversation(
                id=name,
                messages=(Message(role="user", content="?"),),
                responses=tuple(
                    Response(label=label, messages=(Message(role="assistant", content=label),))
                    for label in row
                ),
            )
            for name, row in labels.items()
        },
        participants={
            name: Participant(id=name, demographics=(demographics or {}).get(name, {})) for _, name, _ in said
        },
        assessments=tuple(
            Assessment(
                id=str(i),
                conversation=conversation,
                participant=name,
                world=Judgement(ranking=R(ranking)),
                unacceptable=Unacceptable(labels=tuple((flags or {})[i])) if i in (flags or {}) else None,
            )
            for i, (conversation, name, ranking) in enumerate(said)
        ),
    )


@pytest.mark.parametrize(
    ("ranker", "person", "expected"),
    [
        ("A>B>C", "A>B>C", 1.0),
        ("C>B>A", "A>B>C", 0.0),
        ("A=B=C", "A>B>C", 0.5),
        ("A>B>C", "A=B>C", 1.0),  # the person's tie asks for nothing
        ("A>C>B", "A=B>C", 0.5),  # AC right, BC wrong
        ("A=B>C>D", "A>B>D>C", (0.5 + 1 + 1 + 1 + 1 + 0) / 6),
        ("A>B", "A=B", None),
    ],
)
def test_pair_agreement_counts_the_pairs_a_person_ranks_strictly(
    ranker: str, person: str, expected: float | None
) -> None:
    assert pair_agreement(R(ranker), R(person)) == expected


def test_top_choice_is_the_chance_of_a_draw_from_the_rankers_top_tier() -> None:
    assert top_choice(R("A=B>C"), R("A>B>C")) == 0.5
    assert top_choice(R("A>B>C"), R("A=C>B")) == 1
    assert top_choice(R("B>A>C"), R("A=C>B")) == 0


def test_flagged_first_is_the_flagged_share_of_the_top_tier() -> None:
    assert flagged_first(R("A=B>C"), ["B", "C"]) == 0.5
    assert flagged_first(R("A>B>C"), []) == 0


def weak_orders(size: int) -> st.SearchStrategy[Ranking]:
    labels = "ABCDEFGH"[:size]
    return st.lists(st.integers(0, size - 1), min_size=size, max_size=size).map(
        lambda scores: Ranking.from_scores(dict(zip(labels, map(float, scores), strict=True)))
    )


pairs_of_orders = st.integers(2, 8).flatmap(lambda size: st.tuples(weak_orders(size), weak_orders(size)))


@settings(derandomize=True, max_examples=150, deadline=None)
@given(pairs_of_orders)
def test_tau_b_is_scipys(pair: tuple[Ranking, Ranking]) -> None:
    first, second = pair
    ours = tau_b(first, second)
    if first.ties_all or second.ties_all:
        assert ours is None
    else:
        a, b = first.places, second.places
        theirs = kendalltau([a[label] for label in sorted(a)], [b[label] for label in sorted(b)]).statistic
        assert ours == pytest.approx(float(theirs), abs=1e-12)


@settings(derandomize=True, max_examples=80, deadline=None)
@given(st.lists(pairs_of_orders, min_size=1, max_size=6))
def test_the_arrays_say_what_the_plain_functions_say(pairs: list[tuple[Ranking, Ranking]]) -> None:
    said = [(f"c{i}", "p", str(person)) for i, (_, person) in enumerate(pairs)]
    flags = {i: person.labels[0] for i, (_, person) in enumerate(pairs)}
    people = People.compile(panel(said, flags))
    places = people.placed({f"c{i}": ranker for i, (ranker, _) in enumerate(pairs)})

    def plain(values: list[float | None]) -> np.ndarray:
        return np.array([np.nan if value is None else value for value in values])

    np.testing.assert_allclose(people.agreements(places), plain([pair_agreement(a, b) for a, b in pairs]))
    np.testing.assert_allclose(people.taus(places), plain([tau_b(a, b) for a, b in pairs]))
    np.testing.assert_allclose(people.top_choices(places), plain([top_choice(a, b) for a, b in pairs]))
    flagged = plain([flagged_first(a, [b.labels[0]]) for a, b in pairs])
    np.testing.assert_allclose(people.flagged_firsts(places), flagged)


def test_a_conversation_is_the_mean_over_people_and_duplicates_of_one_person_share_a_voice() -> None:
    people = People.compile(
        panel([("c", "p", "A>B"), ("c", "p", "B>A"), ("c", "q", "A>B"), ("d", "q", "A>B"), ("d", "r", "A=B")])
    )
    rankings = {"c": R("A>B"), "d": R("B>A")}
    assert people.conversation_agreement(rankings) == {"c": 0.75, "d": 0.0}
    level = people.level(rankings)
    assert level.estimate == pytest.approx(0.375)  # the mean of the two conversations
    assert people.micro(rankings).estimate == pytest.approx(2 / 4)  # of the four defined assessments
    assert (level.conversations, level.participants, level.assessments, level.undefined) == (2, 2, 4, 1)


def test_a_conversation_on_which_all_tie_has_no_agreement_and_is_counted() -> None:
    people = People.compile(panel([("c", "p", "A>B"), ("d", "p", "A=B"), ("d", "q", "B=A")]))
    level = people.level({"c": R("A>B"), "d": R("A>B")})
    assert (level.estimate, level.conversations, level.undefined) == (1.0, 1, 2)
    assert (level.low, level.high) == (None, None)  # one conversation tells no spread
    assert people.level({"d": R("A>B")}).estimate is None


def test_weights_of_the_lens_count_inside_a_conversation() -> None:
    said = [("c", "p", "A>B"), ("c", "q", "B>A"), ("d", "p", "A>B")]
    people = People.compile(panel(said), Lens(weights={"p": 3.0}))
    assert people.conversation_agreement({"c": R("A>B"), "d": R("A>B")}) == {"c": 0.75, "d": 1.0}
    silenced = People.compile(panel(said), Lens(weights={"p": 0.0}))
    assert silenced.conversation_agreement({"c": R("A>B"), "d": R("A>B")}) == {"c": 0.0}
    with pytest.raises(DataError, match="weight"):
        People.compile(panel(said), Lens(weights={"p": -1.0}))


def test_the_lens_picks_block_groups_and_the_reserve() -> None:
    said = [("c", name, "A>B") for name in "pqrstuvwxyz"]
    where = {name: {"country": "Chile" if name < "s" else "Kenya"} for name in "pqrstuvwxyz"}
    data = panel(said, demographics=where)
    assert set(People.compile(data, Lens(group={"country": ("Chile",)})).participants) == set("pqr")
    held = {name for name in "pqrstuvwxyz" if reserved(name, 7)}
    assert set(People.compile(data, Lens(people="reserved", split_seed=7)).participants) == held
    assert (
        set(People.compile(data, Lens(people="open", split_seed=7)).participants) == set("pqrstuvwxyz") - held
    )
    with pytest.raises(DataError, match=r"country = Peru .*Chile, Kenya"):
        People.compile(data, Lens(group={"country": ("Peru",)}))
    with pytest.raises(DataError, match="personal"):
        People.compile(data, Lens(block="personal"))


def test_gain_is_paired_on_the_conversations_that_both_rank() -> None:
    people = People.compile(panel([("c", "p", "A>B"), ("d", "p", "A>B"), ("e", "p", "A>B")]))
    before = {"c": R("A=B"), "d": R("B>A")}
    after = {"c": R("A>B"), "e": R("A>B")}
    assert people.gain(before, after).estimate == 0.5
    assert people.level(before).estimate == 0.25


def test_flagged_first_is_told_over_those_who_were_asked() -> None:
    people = People.compile(
        panel([("c", "p", "A>B"), ("c", "q", "A>B"), ("c", "r", "B>A")], flags={0: "B", 1: ""}),
    )
    told = people.flagged_first({"c": R("B>A")})
    assert (told.estimate, told.assessments, told.undefined) == (0.5, 2, 0)


def test_responses_may_differ_in_number_between_conversations() -> None:
    people = People.compile(panel([("c", "p", "A>B"), ("d", "p", "E>D>C>B>A")]))
    assert people.level({"c": R("A>B"), "d": R("E>D>C>A=B")}).estimate == pytest.approx((1 + 0.95) / 2)
    with pytest.raises(DataError, match="conversation c"):
        people.level({"c": R("A>B>C")})


def test_sections_are_told_over_their_own_conversations() -> None:
    people = People.compile(panel([("c", "p", "A>B"), ("d", "p", "A>B")]))
    told = people.by_section(
        {"c": R("A>B"), "d": R("B>A")}, {"honesty": {"c"}, "style": {"c", "d"}, "none": set()}
    )
    assert [told[name].estimate for name in ("honesty", "style", "none")] == [1.0, 0.5, None]
