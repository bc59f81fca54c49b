"""The report's words: every reason, stage, origin and end of a run has one."""

from typing import Any, get_args

import pytest

from concord.graph.records import Figure
from concord.graph.state import StopReason
from concord.review.printing import interval, points
from concord.review.words import ORIGINS, REASONS, STAGES, STOPPED
from concord.spec import Origin
from concord.trials.outcomes import Reason
from concord.trials.records import Trial


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        (StopReason, STOPPED),
        (Reason, REASONS),
        (Trial.model_fields["stage"].annotation, STAGES),
        (Origin, ORIGINS),
    ],
)
def test_every_kind_has_words_and_no_word_is_left_over(kinds: Any, words: dict[str, str]) -> None:
    assert set(words) == set(get_args(kinds))


def test_fractions_are_told_in_points() -> None:
    known = Figure(estimate=0.0512, low=-0.02, high=0.12)
    assert (points(known.estimate), points(known.estimate, sign=True)) == ("5.1", "+5.1")
    assert interval(known, sign=True) == "-2.0 to +12.0"
    unknown = Figure(estimate=None, low=None, high=None)
    assert (points(unknown.estimate), interval(unknown)) == ("–", "–")
