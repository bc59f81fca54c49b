"""Whose words an adoption hangs on, by hand."""

from concord.review.influence import _mean, _turned_by

DIFFERENCES = [{"ann": 0.9, "ben": 0.0, "cem": 0.0}, {"ann": 0.6, "ben": -0.2}]


def test_the_mean_is_over_conversations_and_then_people() -> None:
    assert abs(_mean(DIFFERENCES, set()) - (0.3 + 0.2) / 2) < 1e-12
    assert abs(_mean(DIFFERENCES, {"ann"}) - (0.0 - 0.2) / 2) < 1e-12
    assert _mean(DIFFERENCES, {"ann", "ben", "cem"}) == 0


def test_one_person_may_be_all_that_an_edit_hangs_on() -> None:
    assert _turned_by(DIFFERENCES, ["ann", "ben", "cem"]) == 1
    assert _turned_by([{"ann": 0.5, "ben": 0.5}], ["ann", "ben"]) == 0
