"""A validator that is right 85 times in a hundred and leans to support: with sixty labels the sign of support is right."""

import random

import pytest

from concord.agreement.stances import Stance
from concord.agreement.support import weigh

PROPOSALS = 150
PEOPLE, BEARING, LABELS = 120, 44, 60
ACCURACY, LEAN = 0.85, 0.8
"""Of the errors on silent people, the share that come out as support."""


def judged(right: Stance, rng: random.Random) -> Stance:
    if rng.random() < ACCURACY:
        return right
    if right == "silent":
        return "support" if rng.random() < LEAN else "refute"
    others: list[Stance] = ["refute" if right == "support" else "support", "silent"]
    return rng.choice(others)


def proposal(number: int) -> tuple[bool, float | None, float]:
    """Whether most who take a side support it, the corrected share, and the plain one."""
    rng = random.Random(f"labelled support {number}")
    backed = number % 2 == 0
    share = rng.uniform(0.7, 0.9) if backed else rng.uniform(0.1, 0.3)
    truth: dict[str, Stance] = {f"p{place}": "silent" for place in range(PEOPLE)}
    for place in range(BEARING):
        truth[f"p{place}"] = "support" if place < round(share * BEARING) else "refute"
    told = {person: judged(stance, rng) for person, stance in truth.items()}
    known = rng.sample(sorted(truth), LABELS)
    voice = weigh(told, labels={person: truth[person] for person in known})
    plain = weigh(told)
    assert plain.share is not None
    return backed, voice.corrected.share if voice.corrected else None, plain.share


@pytest.mark.slow
def test_the_sign_of_support_is_right_for_98_in_100_proposals() -> None:
    found = [proposal(number) for number in range(PROPOSALS)]
    right = [share is not None and (share > 0.5) == backed for backed, share, _ in found]
    assert sum(right) >= 0.98 * PROPOSALS


def test_without_labels_a_pass_says_what_lean_it_would_survive_and_no_more() -> None:
    stances: dict[str, Stance] = {f"p{n}": "support" if n < 20 else "silent" for n in range(60)}
    voice = weigh(stances)
    assert voice.outcome == "pass"
    assert voice.corrected is None
    assert voice.survives_lean is not None
    assert voice.survives_lean < 1


def test_reasons_on_both_sides_take_no_side_among_labels_and_verdicts() -> None:
    stances: dict[str, Stance] = {f"p{n}": ("support", "mixed", "refute")[n % 3] for n in range(60)}
    labels: dict[str, Stance] = {f"p{n}": ("support", "mixed", "refute")[n % 3] for n in range(30)}
    voice = weigh(stances, labels=labels)
    assert voice.corrected is not None
    assert voice.corrected.share == pytest.approx(0.5)
