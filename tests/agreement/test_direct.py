"""Direct votes: how right the validator was, with intervals, and which behaviour people prefer."""

import pytest

from concord.agreement.direct import confusion, preferred
from concord.agreement.stances import Stance, clopper_pearson


def test_the_confusion_is_over_people_who_are_in_both() -> None:
    verdicts: dict[str, Stance] = {
        "a": "support", "b": "support", "c": "refute", "d": "silent", "e": "mixed", "f": "support", "only": "refute",
    }  # fmt: skip
    votes: dict[str, Stance] = {
        "a": "support", "b": "refute", "c": "refute", "d": "support", "e": "silent", "f": "support", "other": "refute",
    }  # fmt: skip
    found = confusion(verdicts, votes)
    assert found is not None
    assert found.counts == {
        "support": {"support": 2, "silent": 1}, "refute": {"support": 1, "refute": 1}, "silent": {"mixed": 1},
    }  # fmt: skip
    # a, c, f agree, and e took no side in either.
    assert (found.accuracy.count, found.people) == (4, 6)
    assert (found.accuracy.low, found.accuracy.high) == pytest.approx(clopper_pearson(4, 6))
    assert (found.recalls["support"].count, found.recalls["support"].of) == (2, 3)
    assert (found.opposite.count, found.opposite.of) == (1, 4)
    assert confusion({"a": "support"}, {"b": "support"}) is None


def test_a_side_that_nobody_took_has_no_share() -> None:
    found = confusion({"a": "support"}, {"a": "support"})
    assert found is not None
    assert (found.recalls["refute"].share, found.recalls["refute"].low) == (None, None)


def test_people_are_the_units_of_the_downstream_effect() -> None:
    found = preferred(
        [
            ("ada", "c1", "new"), ("ada", "c2", "new"), ("ada", "c3", "old"), ("ben", "c1", "new"), ("ben", "c2", "old"),
            ("cleo", "c1", "old"), ("dan", "c1", "neither"), ("eve", "c2", "new"), ("eve", "c3", "neither"),
        ]
    )  # fmt: skip
    assert found is not None
    # ada and eve prefer the new one, cleo the old one, ben and dan neither.
    assert (found.people.support, found.people.refute, found.people.silent) == (2, 1, 2)
    assert found.people.share == pytest.approx(2 / 3)
    assert (found.people.low, found.people.high) == pytest.approx(clopper_pearson(2, 3))
    assert found.conversations["c1"] == {"neither": 1, "new": 2, "old": 1}
    assert preferred([]) is None
