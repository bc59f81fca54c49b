"""A round's alpha, split by predicted power: the sum is what even shares would spend."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concord.errors import OptionError
from concord.trials.weights import predicted_power, weights


def test_by_hand() -> None:
    assert weights([3.0, 1.0], floor=0.2) == pytest.approx([0.2 + 0.8 * 1.5, 0.2 + 0.8 * 0.5])
    assert weights([0.0, 0.0, 0.0]) == [1.0, 1.0, 1.0]
    assert weights([1.0, 1.0], shares=3) == [1.5, 1.5]
    assert weights([]) == []


@given(st.lists(st.floats(0, 50), min_size=1, max_size=12), st.floats(0, 1), st.integers(1, 20))
@settings(max_examples=80, derandomize=True, deadline=None)
def test_the_bound_holds_and_nobody_falls_under_the_floor(
    powers: list[float], floor: float, shares: int
) -> None:
    found = weights(powers, shares=shares, floor=floor)
    assert sum(found) == pytest.approx(shares)
    assert min(found) >= floor * shares / len(powers) - 1e-9
    alpha, max_trials = 0.05, 40
    assert sum(weight * alpha / max_trials for weight in found) == pytest.approx(shares * alpha / max_trials)


def test_power_grows_with_the_screens_gain_and_the_set() -> None:
    assert predicted_power(0.1, 12, 60) > predicted_power(0.05, 12, 60) > 0
    assert predicted_power(0.1, 12, 240) == pytest.approx(2 * predicted_power(0.1, 12, 60))
    assert predicted_power(0.1, 4, 60) < predicted_power(0.1, 40, 60)
    assert predicted_power(-0.1, 12, 60) == predicted_power(0.1, 0, 60) == 0.0


def test_strange_numbers_are_refused() -> None:
    with pytest.raises(OptionError):
        weights([1.0], floor=1.5)
    with pytest.raises(OptionError):
        weights([-1.0])
