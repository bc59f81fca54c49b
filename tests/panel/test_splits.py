"""Splits: what shares a prompt stands together, and what is sealed hangs on nothing else in the data."""

from collections import Counter

import pytest

from concord.errors import OptionError
from concord.panel.records import Conversation, Message, Response
from concord.panel.splits import FoldSplitter, prompt_group, reserved


def conversation(id: str, *prompt: str, answer: str = "yes") -> Conversation:
    return Conversation(
        id=id,
        messages=tuple(Message(role="user", content=words) for words in prompt),
        responses=tuple(
            Response(label=label, messages=(Message(role="assistant", content=f"{answer} {label}"),))
            for label in "AB"
        ),
    )


MANY = [conversation(f"c{number}", f"Question {number}") for number in range(2000)]


def test_shares_come_out_as_asked_for() -> None:
    found = Counter(FoldSplitter(seed=3).place_of(one) for one in MANY)
    assert set(found) == {0, 1, 2, 3, "test"}
    assert all(350 < count < 450 for count in found.values()), found


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_the_test_share_is_an_option(share: float) -> None:
    sealed = sum(FoldSplitter(test_share=share).place_of(one) == "test" for one in MANY)
    assert abs(sealed / len(MANY) - share) < 0.04


def test_conversations_that_share_a_prompt_stand_together() -> None:
    for seed in range(50):
        splitter = FoldSplitter(seed=seed)
        places = {
            splitter.place_of(one)
            for one in (
                conversation("a", "May I lie to a friend?"),
                conversation("b", "May I lie to a friend?", answer="another"),
                conversation("c", "  may I lie\nto a FRIEND? "),
            )
        }
        assert len(places) == 1


def test_another_prompt_role_or_turn_is_another_group() -> None:
    told = conversation("a", "Hello")
    system = told.model_copy(update={"messages": (Message(role="system", content="Hello"),)})
    groups = {prompt_group(one) for one in (told, system, conversation("a", "Hello", "Hello"))}
    assert len(groups) == 3


def test_conversations_without_words_stand_by_themselves() -> None:
    assert prompt_group(conversation("a", " ")) != prompt_group(conversation("b", " "))
    assert prompt_group(conversation("a")) != prompt_group(conversation("b"))


def test_what_is_sealed_does_not_hang_on_the_number_of_folds() -> None:
    def sealed(folds: int) -> set[str]:
        splitter = FoldSplitter(seed=1, folds=folds)
        return {one.id for one in MANY if splitter.place_of(one) == "test"}

    assert sealed(2) == sealed(4) == sealed(10)


def test_folds_and_seal_are_drawn_apart() -> None:
    """A fold is no stretch of the draw that seals: with another test share the open ones keep their folds."""
    few, many = FoldSplitter(test_share=0.1), FoldSplitter(test_share=0.4)
    assert all(few.place_of(one) == many.place_of(one) for one in MANY if many.place_of(one) != "test")


def test_another_seed_draws_another_cut() -> None:
    first, second = FoldSplitter(seed=0), FoldSplitter(seed=1)
    assert sum(first.place_of(one) != second.place_of(one) for one in MANY) > len(MANY) / 2


def test_the_reserve_is_drawn_as_before() -> None:
    splitter = FoldSplitter(seed=7, reserve_share=0.3)
    assert [splitter.reserved(f"p{n}") for n in range(99)] == [reserved(f"p{n}", 7, 0.3) for n in range(99)]


@pytest.mark.parametrize(
    "wrong", [{"folds": 1}, {"test_share": 1.0}, {"test_share": -0.1}, {"reserve_share": 1.1}]
)
def test_a_cut_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(OptionError):
        FoldSplitter(**wrong)  # type: ignore[arg-type]


def test_the_reserve_is_a_share_of_the_participants_drawn_by_id_and_seed() -> None:
    names = [f"p{number}" for number in range(20_000)]
    assert sum(reserved(name, 1) for name in names) / 20_000 == pytest.approx(0.2, abs=0.01)
    assert [reserved(f"p{number}", 0) for number in range(12)].count(True) == 1
    with pytest.raises(OptionError, match="between 0 and 1"):
        reserved("p", 0, 1.5)
