"""What the proposers are shown: where the gap is largest, in batches of one fold."""

import pytest

from concord.graph.likeness import Likeness
from concord.graph.options import Options
from concord.graph.policies import SELECTIONS, Gap, LargestGap, Selected, SelectionPolicy


def gaps(*given: tuple[str, int, str, float]) -> list[Gap]:
    """(conversation, fold, theme, gap)"""
    return [Gap(conversation=c, fold=f, theme=t, gap=g, raters=5) for c, f, t, g in given]


def chosen(
    found: list[Gap], in_vain: dict[str, int] | None = None, policy: SelectionPolicy | None = None, *,
    batches: int = 4, size: int = 4, singles: int = 4,
) -> Selected:  # fmt: skip
    likeness = Likeness({gap.conversation: f"words about {gap.theme or gap.conversation}" for gap in found})
    return (policy or LargestGap()).select(
        found, in_vain or {}, likeness, round_=1, batches=batches, size=size, singles=singles
    )


MANY = gaps(
    *(
        (f"{fold}{theme}{n}", fold, theme, 0.1 + 0.1 * n)
        for fold in (0, 1)
        for theme in "xy"
        for n in range(4)
    )
)


@pytest.mark.parametrize("name", sorted(SELECTIONS))
def test_a_batch_is_of_one_fold(name: str) -> None:
    found = chosen(MANY, policy=SELECTIONS[name](Options()))
    assert found.batches
    for batch in found.batches:
        assert len({conversation[0] for conversation in batch}) == 1


def test_the_largest_gap_comes_first() -> None:
    found = chosen(gaps(("a", 0, "x", 0.1), ("b", 0, "x", 0.2), ("c", 0, "y", 0.8), ("d", 0, "y", 0.9)))
    assert set(found.batches[0]) == {"c", "d"}
    assert found.singles[0] == "d"


def test_themes_take_turns_before_a_second_fold_of_one() -> None:
    found = chosen(
        gaps(
            ("a", 0, "x", 0.9), ("b", 0, "x", 0.9), ("c", 1, "x", 0.9), ("d", 1, "x", 0.9),
            ("e", 0, "y", 0.6), ("f", 0, "y", 0.6),
        )
    )  # fmt: skip
    assert [batch[0] for batch in found.batches] == ["a", "e", "c"]


def test_no_gap_nothing_to_show() -> None:
    assert chosen(gaps(("a", 0, "x", 0.0), ("b", 0, "x", 0.0))) == Selected()


def test_a_theme_shown_in_vain_steps_back_and_shows_another_case() -> None:
    found = gaps(("a", 0, "x", 0.9), ("b", 0, "x", 0.8), ("c", 0, "y", 0.6), ("d", 0, "y", 0.5))
    again = chosen(found, {"x": 1})
    assert set(again.batches[0]) == {"c", "d"}
    assert "b" in again.singles[:2]


def test_an_explained_conversation_counts_less() -> None:
    (gap, other) = gaps(("a", 0, "x", 0.9), ("b", 0, "y", 0.8))
    assert chosen([gap.model_copy(update={"explained": True}), other]).singles[0] == "b"


def test_bounds_are_kept() -> None:
    found = chosen(MANY, batches=1, size=3, singles=2)
    assert len(found.batches) == 1
    assert len(found.batches[0]) <= 3
    assert len(found.singles) == 2


def test_a_random_choice_follows_its_seed_and_round() -> None:
    policy = SELECTIONS["random"](Options(seed=1))
    assert chosen(MANY, policy=policy) == chosen(MANY, policy=policy)
    assert chosen(MANY, policy=policy) != chosen(MANY, policy=SELECTIONS["random"](Options(seed=2)))
