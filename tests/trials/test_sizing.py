"""How large a regression check must be: known values, and its power by simulation."""

import numpy as np
import pytest
from scipy.stats import t as student

from concord.trials.sizing import EDIT_HARM, TEXT_HARM, Harm, harm_seen, sample_size


def test_known_size() -> None:
    """Cohen's d of 0.5, one-sided 5 %, power 0.8: 27 (Cohen 1988, one sample)."""
    assert sample_size(Harm(points=0.05), sd=0.1) == 27


def test_the_size_has_the_power_that_was_asked_for() -> None:
    size = sample_size(EDIT_HARM)
    table = np.random.default_rng(0).normal(-0.05, 0.144, (4000, size))
    t = table.mean(axis=1) / (table.std(axis=1, ddof=1) / np.sqrt(size))
    assert (student.cdf(t, size - 1) <= 0.05).mean() == pytest.approx(0.8, abs=0.02)


def test_a_smaller_harm_or_a_surer_answer_takes_more() -> None:
    assert sample_size(TEXT_HARM) > 10 * sample_size(EDIT_HARM)
    assert sample_size(EDIT_HARM, level=0.01) > sample_size(EDIT_HARM)
    assert sample_size(EDIT_HARM, sd=0.121) < sample_size(EDIT_HARM)
    assert sample_size(Harm(points=0.05, touches=0.2)) > sample_size(EDIT_HARM)


def test_what_a_given_size_sees_is_the_inverse() -> None:
    assert harm_seen(sample_size(EDIT_HARM)) == pytest.approx(0.05, abs=0.001)
    assert harm_seen(12, level=0.01) > 0.13
    assert harm_seen(1) == 1.0
