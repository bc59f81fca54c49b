"""Near-duplicates: nearly the same words, unless what differs turns the meaning."""

import pytest

from concord.elicit.spread import wording
from concord.elicit.twins import alike, twins

LONG = (
    "Pay the card off today, since it costs you more each year than any savings account would give you, and keep what "
    "is left over for the months in which a bill comes that you didn't count on; begin to save again after that."
)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (LONG, LONG.upper().replace(",", ""), True),
        (LONG, LONG.replace("costs you more", "costs one more"), True),
        (LONG, LONG.replace("Pay the card off", "Do not pay the card off"), False),
        (LONG, LONG.replace("didn't count", "did count"), False),
        (f"{LONG} You must tell them.", f"{LONG} You must not tell them.", False),
        (f"{LONG} It takes 3 days.", f"{LONG} It takes 5 days.", False),
        (f"{LONG} Du darfst das.", f"{LONG} Du darfst das nicht.", False),
        (LONG, "Keep your savings; nothing is worth the risk of an empty account.", False),
        ("", "", True),
    ],
)
def test_what_counts_as_the_same(first: str, second: str, same: bool) -> None:
    assert alike(first, second) is same
    assert alike(second, first) is same


def test_the_first_of_a_group_stays() -> None:
    texts = {"a": LONG, "b": "Something else entirely.", "c": f"{LONG} Then."}
    assert twins(texts) == {"c": "a"}


def test_wording_is_0_for_equal_responses_and_1_for_words_that_share_nothing() -> None:
    assert wording({"A": "apples grow", "B": "apples grow"}) == pytest.approx(0.0)
    assert wording({"A": "apples grow", "B": "trains depart"}) == pytest.approx(1.0)
    assert wording({"A": "alone"}) == 0.0
