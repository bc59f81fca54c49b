"""Support corrected by labels: right whichever way the validator errs; and the lean that a pass survives without any."""

import numpy as np
import pytest

from concord.agreement.prediction import corrected_support, surviving_lean
from concord.agreement.stances import Stance, clopper_pearson
from concord.agreement.support import weigh

NAMES: dict[int, Stance] = {1: "support", -1: "refute", 0: "silent"}


def asked(
    rng: np.random.Generator, *, people: int, share: float, lean: float, labels: int
) -> tuple[dict[str, Stance], dict[str, Stance]]:
    """Verdicts of all and labels of some, where half are silent and `lean` of these are counted as support."""
    truth = np.where(rng.random(people) < 0.5, 0, np.where(rng.random(people) < share, 1, -1))
    told = np.where((truth == 0) & (rng.random(people) < lean), 1, truth)
    told = np.where((truth != 0) & (rng.random(people) < 0.05), -truth, told)
    verdicts = {f"p{k}": NAMES[value] for k, value in enumerate(told.tolist())}
    return verdicts, {f"p{k}": NAMES[value] for k, value in enumerate(truth[:labels].tolist())}


@pytest.mark.parametrize("lean", [0.0, 0.4])
@pytest.mark.parametrize("labels", [12, 40])
def test_an_evenly_split_edit_seldom_passes_whatever_the_lean(lean: float, labels: int) -> None:
    rng = np.random.default_rng([labels, int(10 * lean)])
    held = passed = uncorrected = 0
    for _ in range(160):
        verdicts, known = asked(rng, people=120, share=0.5, lean=lean, labels=labels)
        told = corrected_support(verdicts, known)
        held += told is None or told.low <= 0.5 <= told.high
        passed += told is not None and told.passes
        uncorrected += weigh(verdicts).outcome == "pass"
    assert held >= 0.91 * 160
    assert passed <= 0.07 * 160  # nominal 0.025
    if lean:
        assert uncorrected > 0.4 * 160


def test_labels_find_what_holds() -> None:
    verdicts, known = asked(np.random.default_rng(1), people=400, share=0.85, lean=0.3, labels=80)
    told = corrected_support(verdicts, known)
    assert told is not None
    assert told.passes
    assert told.low < told.share < told.high
    assert 0.0 < told.tuning <= 1.0
    assert told.share == pytest.approx(0.85, abs=0.12)


def test_a_perfect_model_and_many_labels_give_the_share_itself() -> None:
    verdicts: dict[str, Stance] = {
        f"p{k}": ("support", "refute", "silent", "support")[k % 4] for k in range(400)
    }
    told = corrected_support(verdicts, dict(list(verdicts.items())[:200]))
    assert told is not None
    assert told.share == pytest.approx(2 / 3, abs=0.01)


def test_too_few_labels_or_silent_ones_correct_nothing() -> None:
    verdicts: dict[str, Stance] = {f"p{k}": "support" for k in range(30)}
    assert corrected_support(verdicts, dict(list(verdicts.items())[:9])) is None
    assert corrected_support(verdicts, dict.fromkeys(list(verdicts)[:20], "silent")) is None


def test_the_outcome_goes_by_labels_where_there_are_enough() -> None:
    verdicts, known = asked(np.random.default_rng(5), people=200, share=0.4, lean=0.6, labels=60)
    assert weigh(verdicts).outcome == "pass"
    told = weigh(verdicts, labels=known)
    assert told.outcome != "pass"
    assert told.corrected is not None
    assert told.survives_lean is None


def test_the_lean_that_a_pass_survives() -> None:
    """20 of 25: the bound is over 1/2 down to 14 of 19 less a few. With 10 silent, x wrong ones lean by x / (10 + x)."""
    lean = surviving_lean(20, 5, 10)
    assert lean is not None
    wrong = round(10 * lean / (1 - lean))
    assert clopper_pearson(20 - wrong, 25 - wrong)[0] > 0.5
    assert clopper_pearson(19 - wrong, 24 - wrong)[0] <= 0.5
    assert surviving_lean(5, 5, 3) is None
    assert surviving_lean(0, 0, 3) is None
    assert weigh({f"p{k}": "support" for k in range(6)}).survives_lean == 0.0


def test_people_with_reasons_on_both_sides_take_no_side_in_verdicts_and_labels() -> None:
    verdicts: dict[str, Stance] = {
        f"p{k}": ("support", "mixed", "refute", "support")[k % 4] for k in range(200)
    }
    told = corrected_support(verdicts, dict(list(verdicts.items())[:100]))
    assert told is not None
    assert told.share == pytest.approx(2 / 3, abs=0.02)
