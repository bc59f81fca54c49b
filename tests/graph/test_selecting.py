"""select: what the proposers see goes where the gap is largest and best supported, spread over themes."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concord.graph.likeness import Likeness, words
from concord.graph.selecting import Gap, LargestGap, Selection

TEXTS = st.dictionaries(
    st.sampled_from("abcdef"), st.text(alphabet="xyz aeiou", max_size=40), min_size=1, max_size=6
)


def gap(id: str, size: float = 0.5, *, theme: str = "tone", voices: int = 9, explained: bool = False) -> Gap:
    return Gap(conversation=id, theme=theme, gap=size, voices=voices, explained=explained)


def selected(
    *gaps: Gap, fruitless: Mapping[str, int] | None = None, batches: int = 2, size: int = 3, singles: int = 2,
    texts: Mapping[str, str] | None = None,
) -> Selection:  # fmt: skip
    told = texts or {one.conversation: f"words of {one.theme}" for one in gaps}
    chooser = LargestGap(Likeness(told))
    return chooser.select(gaps, fruitless or {}, batches=batches, size=size, singles=singles)


def test_the_largest_gap_goes_first() -> None:
    chosen = selected(gap("small", 0.2), gap("large", 0.9), gap("middle", 0.5), batches=1, singles=1)
    assert chosen.batches == (("large", "middle", "small"),)
    assert chosen.singles == ("large",)


def test_a_gap_that_many_people_stand_behind_goes_before_one_that_a_single_person_does() -> None:
    chosen = selected(gap("alone", 0.6, voices=1, theme="a"), gap("many", 0.5, voices=20, theme="b"))
    assert chosen.singles == ("many", "alone")


def test_where_the_ranker_agrees_as_well_as_any_ranking_there_is_nothing_to_see() -> None:
    assert selected(gap("settled", 0.0)) == Selection()
    assert selected() == Selection()


def test_singles_are_spread_over_themes_before_a_theme_has_its_second() -> None:
    gaps = [gap(f"tone{n}", 0.9 - n / 100) for n in range(3)] + [gap("money0", 0.3, theme="money")]
    assert selected(*gaps, singles=2).singles == ("tone0", "money0")


def test_a_batch_holds_one_theme_and_at_most_its_size() -> None:
    gaps = [gap(f"{theme}{n}", theme=theme) for theme in ("tone", "money") for n in range(5)]
    chosen = selected(*gaps, batches=4, size=3)
    assert all(len({id.rstrip("01234") for id in batch}) == 1 for batch in chosen.batches)
    assert [len(batch) for batch in chosen.batches] == [3, 3, 2, 2]
    assert len({id for batch in chosen.batches for id in batch}) == 10


def test_one_conversation_is_no_batch() -> None:
    chosen = selected(gap("alone"))
    assert (chosen.batches, chosen.singles) == ((), ("alone",))


def test_a_theme_gives_at_most_three_batches() -> None:
    assert len(selected(*[gap(f"c{n:02}") for n in range(20)], batches=9, size=2).batches) == 3


def test_themes_shown_in_vain_step_back_and_move_on_to_another_conversation() -> None:
    gaps = [
        gap("tone0", 0.6),
        gap("tone1", 0.5),
        gap("money0", 0.4, theme="money"),
        gap("money1", 0.4, theme="money"),
    ]
    assert selected(*gaps).batches[0] == ("tone0", "tone1")
    chosen = selected(*gaps, fruitless={"tone": 1})
    assert chosen.batches[0] == ("money0", "money1")
    assert chosen.singles == ("money0", "tone1")


def test_what_an_adopted_edit_touches_already_steps_back() -> None:
    chosen = selected(gap("mended", 0.6, theme="a", explained=True), gap("open", 0.4, theme="b"))
    assert chosen.singles == ("open", "mended")


def test_conversations_without_a_section_are_grouped_by_their_words() -> None:
    texts = {
        "p1": "planting tomatoes",
        "p2": "tomatoes wilting",
        "t1": "train tickets",
        "t2": "ticket for trains",
    }
    chosen = selected(*[gap(id, theme="") for id in texts], texts=texts, size=4)
    assert {frozenset(batch) for batch in chosen.batches} == {
        frozenset({"p1", "p2"}),
        frozenset({"t1", "t2"}),
    }


@pytest.mark.parametrize("off", ["batches", "singles"])
def test_a_proposer_that_is_switched_off_gets_nothing(off: str) -> None:
    chosen = LargestGap(Likeness({"a": "x", "b": "y"})).select(
        [gap("a"), gap("b")], {}, **{"batches": 2, "size": 3, "singles": 2, off: 0}
    )
    assert getattr(chosen, off) == ()


@given(
    gaps=st.lists(
        st.builds(
            gap, st.uuids().map(str), st.floats(0, 1), theme=st.sampled_from(["", "a", "b"]),
            voices=st.integers(1, 30), explained=st.booleans(),
        ),
        unique_by=lambda one: one.conversation, max_size=20,
    ),
    fruitless=st.dictionaries(st.sampled_from(["", "a", "b"]), st.integers(0, 9)),
    batches=st.integers(0, 4), size=st.integers(2, 5), singles=st.integers(0, 6), seed=st.randoms(),
)  # fmt: skip
@settings(max_examples=60, derandomize=True, deadline=None)
def test_it_keeps_its_sizes_and_does_not_hang_on_the_order_of_the_gaps(
    gaps: list[Gap], fruitless: dict[str, int], batches: int, size: int, singles: int, seed: object
) -> None:
    chooser = LargestGap(Likeness({one.conversation: f"{one.theme} words" for one in gaps}))
    chosen = chooser.select(gaps, fruitless, batches=batches, size=size, singles=singles)
    shown = [id for batch in chosen.batches for id in batch]
    assert len(chosen.batches) <= batches
    assert len(chosen.singles) <= singles
    assert all(2 <= len(batch) <= size for batch in chosen.batches)
    assert len(shown) == len(set(shown))
    assert len(chosen.singles) == len(set(chosen.singles))
    assert {*shown, *chosen.singles} <= {one.conversation for one in gaps if one.gap > 0}
    seed.shuffle(gaps)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert chooser.select(gaps, fruitless, batches=batches, size=size, singles=singles) == chosen


def test_words_are_casefolded_and_lose_their_endings() -> None:
    assert words("Planting PLANTS, planted 42 a_b it!") == ["plant", "plant", "plant"]


def test_a_text_is_more_like_one_that_shares_its_rare_words() -> None:
    near = Likeness({"a": "the garden hose", "b": "the garden fence", "c": "the train seat"})
    assert near.between("a", "b") > near.between("a", "c")
    assert near.between("a", "c") == 0.0  # `the` stands everywhere and says nothing
    found = near.to("a garden hose", ["a", "b", "c"])
    assert found["a"] > found["b"] > found["c"] == 0.0


@given(texts=TEXTS, query=st.text(max_size=30))
@settings(max_examples=80, derandomize=True, deadline=None)
def test_likeness_is_a_cosine(texts: dict[str, str], query: str) -> None:
    near = Likeness(texts)
    ids = sorted(texts)
    for a in ids:
        assert near.between(a, a) in (0.0, pytest.approx(1.0))
        for b in ids:
            assert -1e-12 <= near.between(a, b) <= 1 + 1e-9
            assert near.between(a, b) == pytest.approx(near.between(b, a))
        assert near.to(texts[a], ids) == {b: pytest.approx(near.between(a, b)) for b in ids}
    assert all(0 <= value <= 1 + 1e-9 for value in near.to(query, ids).values())
