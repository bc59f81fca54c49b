"""Intervals: the two-way variance by hand and by the plain loop, the bootstrap, groups and the splits."""

import numpy as np
import pytest
from scipy.stats import t as student

from concord.agreement.groups import by_group
from concord.agreement.intervals import Clusters, bootstrap, effective_number, part, two_way, weighted_means
from concord.agreement.people import People
from concord.errors import OptionError
from concord.evals.coverage import Rankers, coverage
from concord.evals.plain_loop import Cell, macro_means, two_way_interval
from concord.evals.synthetic.people import PanelShape, simulate_panel
from concord.panel.ranking import Ranking

SMALL = PanelShape(conversations=60, participants=40, assessments=900, duplicates=20, taste=2.0)
"""Tastes so strong that who was asked matters."""


def clusters(conversation: list[int], participant: list[int]) -> Clusters:
    c, p = np.array(conversation, dtype=np.intp), np.array(participant, dtype=np.intp)
    return Clusters(c, p, np.unique(c * 1000 + p, return_inverse=True)[1], np.ones(len(c)))


def test_two_way_variance_by_hand() -> None:
    # two conversations, two people each judging both: shares 1/4, mean 1/2, influences +-1/8
    values = np.array([1.0, 1.0, 1.0, -1.0])
    both = clusters([0, 0, 1, 1], [0, 1, 0, 1])
    spread = two_way(values, both.macro_shares(), both)
    assert spread is not None
    # influences: .125, .125, .125, -.375; conversations: .25, -.25; people: .25, -.25
    conversations = people = 2 * 0.25**2 * 2
    single = (3 * 0.125**2 + 0.375**2) * 4 / 3
    assert spread.mean == 0.5
    assert spread.variance == pytest.approx(conversations + people - single)
    added = people - single
    assert spread.freedom == pytest.approx((conversations + added) ** 2 / (conversations**2 + added**2))


def test_with_one_judgement_a_conversation_by_people_of_their_own_it_is_students_t() -> None:
    half = np.random.default_rng(0).random(6)
    values = np.concatenate([half, 1 - half])  # not skewed
    apart = clusters(list(range(12)), list(range(12)))
    spread = two_way(values, apart.macro_shares(), apart)
    assert spread is not None
    reach = student.ppf(0.975, 11) * values.std(ddof=1) / np.sqrt(12)
    assert spread.interval() == pytest.approx((0.5 - reach, 0.5 + reach))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_end_on_the_long_side_of_skewed_conversations_lies_further_out(sign: float) -> None:
    values = sign * np.array([0.0] * 9 + [0.1, 0.2, 0.9])
    apart = clusters(list(range(12)), list(range(12)))
    spread = two_way(values, apart.macro_shares(), apart)
    assert spread is not None
    far = values - values.mean()
    k = (far**3).sum() / (far**2).sum() ** 1.5
    assert spread.skewness == pytest.approx(k)
    quantile, error = student.ppf(0.975, 11), np.sqrt(spread.variance)
    near, long = sorted(spread.interval(), key=lambda end: abs(end - spread.mean))
    assert abs(near - spread.mean) == pytest.approx(quantile * error)
    d = abs(long - spread.mean) / error  # against Hall's transformation itself, from the other side
    k = abs(k)
    assert d - k / 6 - k * d**2 / 3 + k**2 * d**3 / 27 == pytest.approx(quantile)
    assert d > 1.5 * quantile
    assert (long > spread.mean) == (sign > 0)


def test_intervals_hold_the_mean_of_changes_that_are_mostly_none() -> None:
    """One conversation in six changes, as one edit does it. Student's t alone holds 0.92, and lies too low in 0.08."""
    rng, held, low_ones = np.random.default_rng(6), 0, 0
    for _ in range(800):
        values = np.where(rng.random(62) < 1 / 6, rng.normal(0.1, 0.15, 62), 0.0)
        apart = clusters(list(range(62)), list(range(62)))
        spread = two_way(values, apart.macro_shares(), apart)
        assert spread is not None
        low, high = spread.interval()
        held += low <= 0.1 / 6 <= high
        low_ones += high < 0.1 / 6
    assert 0.93 <= held / 800 <= 0.98
    assert low_ones / 800 <= 0.06


def test_the_variance_is_never_below_the_conversations_own() -> None:
    # people who lean one way here and the other way there: the people's part is negative, and dropped
    values = np.array([1.0, 0.0, 0.0, 1.0])
    both = clusters([0, 0, 1, 1], [0, 1, 0, 1])
    spread = two_way(values, both.macro_shares(), both)
    assert spread is not None
    assert (spread.variance, spread.freedom) == (0.0, 1)


def test_a_constant_has_no_spread_and_one_conversation_no_interval() -> None:
    same = clusters([0, 0, 1], [0, 1, 0])
    spread = two_way(np.full(3, 0.3), same.macro_shares(), same)
    assert spread is not None
    assert (spread.mean, spread.variance) == (0.3, 0.0)
    alone = clusters([0, 0], [0, 1])
    single = two_way(np.array([0.0, 1.0]), alone.macro_shares(), alone)
    assert single is not None
    assert np.isnan(single.variance)


def drawn(seed: int) -> tuple[People, list[np.ndarray], np.ndarray, list[Cell]]:
    panel = simulate_panel(SMALL, seed)
    people = panel.people()
    before, after = Rankers().rank(panel, seed)
    old, new = people.agreements(before), people.agreements(after)
    known = ~np.isnan(old)
    rows: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for c, p, a, b in zip(panel.conversation, panel.participant, old, new, strict=True):
        if not np.isnan(a):
            rows.setdefault((int(c), int(p)), []).append((float(a), float(b)))
    cells = [
        Cell(f"c{c}", f"p{p}", tuple(float(x) for x in np.mean(values, axis=0)))
        for (c, p), values in rows.items()
    ]
    return people, [old, new], known, cells


def test_levels_and_intervals_are_the_plain_loops() -> None:
    people, values, _, cells = drawn(3)
    means = macro_means(cells)
    for figure, each in enumerate(values):
        told = people.mean(each)
        assert told.estimate == pytest.approx(means[figure], abs=1e-12)
        assert (told.low, told.high) == pytest.approx(two_way_interval(cells, figure), abs=1e-12)


def test_a_resample_is_the_plain_loops_with_the_same_weights() -> None:
    people, values, known, cells = drawn(4)
    rng = np.random.default_rng(1)
    conversations = rng.integers(0, 3, (SMALL.conversations, 5)).astype(float)
    participants = rng.integers(0, 3, (SMALL.participants, 5)).astype(float)
    shipped = weighted_means(
        [each[known] for each in values], people.clusters.pick(known), conversations, participants
    )
    for number in range(5):
        plain = macro_means(
            cells,
            {f"c{i}": weight for i, weight in enumerate(conversations[:, number])},
            {f"p{i}": weight for i, weight in enumerate(participants[:, number])},
        )
        assert shipped[:, number] == pytest.approx(plain, abs=1e-12)


def test_the_bootstrap_is_seeded_centred_and_wider_than_the_two_way_interval() -> None:
    people, values, known, _ = drawn(5)
    inside = people.clusters.pick(known)
    first, again, other = (
        bootstrap([values[0][known]], inside, resamples=800, seed=seed) for seed in (1, 1, 2)
    )
    told = people.mean(values[0])
    assert told.estimate is not None
    assert told.low is not None
    assert told.high is not None
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first.mean() == pytest.approx(told.estimate, abs=0.01)
    assert 0.95 < first.std() / ((told.high - told.low) / 4) < 1.5


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    told = coverage(
        PanelShape(conversations=80, participants=60, assessments=900, everyone=1, duplicates=5),
        Rankers(),
        panels=300,
        seed=0,
        truth=20_000,
    )
    for name in ("coverage_level", "coverage_gain"):
        assert told[name] is not None
        assert 0.91 <= (told[name] or 0) <= 0.98


def grouped() -> tuple[People, dict[str, Ranking]]:
    """Six people of country X who say A>B and five of Y who say B>A, two of Z, one unknown, on ten conversations."""
    country = {f"p{i}": {"country": "X" if i < 6 else "Y" if i < 11 else "Z"} for i in range(13)}
    cells = [(c, p) for c in range(10) for p in range(14)]
    people = People.of_arrays(
        conversations=tuple(f"c{i}" for i in range(10)),
        labels=(("A", "B"),) * 10,
        participants=tuple(f"p{i}" for i in range(14)),
        conversation=np.array([c for c, _ in cells]),
        participant=np.array([p for _, p in cells]),
        places=np.array([[0, 1] if p < 6 or c == 0 else [1, 0] for c, p in cells], dtype=np.int16),
        demographics=country,
    )
    return people, {f"c{i}": Ranking.parse("A>B") for i in range(10)}


def test_groups_are_told_apart_and_small_ones_not_shown() -> None:
    told = by_group(*grouped(), "country")
    assert {value: each.estimate for value, each in told.levels.items()} == pytest.approx(
        {"X": 1.0, "Y": 0.1}
    )
    assert (told.hidden, told.unknown) == (1, 1)
    assert told.worst is not None
    assert told.worst.group == "Y"
    assert told.worst.estimate.estimate == pytest.approx(0.1)
    assert told.worst.low is not None
    assert told.worst.high is not None
    assert told.worst.low <= 0.11
    assert told.worst.high >= 0.09
    assert by_group(*grouped(), "country", min_group=6).worst is None
    with pytest.raises(OptionError, match="shoe"):
        by_group(*grouped(), "shoe")


def uneven(rng: np.random.Generator, *, size: int = 60, others: int = 12) -> tuple[np.ndarray, Clusters]:
    """Two people judge nine in ten conversations, one of the others each of them; people lean by sd 0.12; the truth is 0."""
    rows = [(c, p) for c in range(size) for p in (0, 1) if rng.random() < 0.9]
    rows += [(c, int(rng.integers(2, 2 + others))) for c in range(size)]
    conversation, participant = (np.array(each, dtype=np.intp) for each in zip(*rows, strict=True))
    noise = rng.normal(0, 0.1, size)[conversation] + rng.normal(0, 0.15, len(rows))
    values = noise + rng.normal(0, 0.12, 2 + others)[participant]
    participant = np.unique(participant, return_inverse=True)[1]
    return values, Clusters(conversation, participant, np.arange(len(rows)), np.ones(len(rows)))


def test_intervals_hold_where_two_people_say_most() -> None:
    """With n / (n - 1) and n - 1 in the place of what uneven shares ask for they hold 0.75 to 0.85."""
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(400):
        values, inside = uneven(rng)
        spread = two_way(values, inside.macro_shares(), inside)
        assert spread is not None
        low, high = spread.interval()
        held += low <= 0 <= high
    assert 0.92 <= held / 400 <= 0.99


def test_equal_shares_give_the_textbook_factor_and_freedom_and_few_voices_fewer() -> None:
    influence = np.array([0.1, -0.2, 0.1])
    even = part(influence, np.full(3, 1 / 3), np.arange(3))
    assert even is not None
    assert even.variance == pytest.approx(1.5 * 0.06)
    assert even.freedom == pytest.approx(2)
    h = np.array([0.8, 0.1, 0.1])
    matrix = np.diag(h) @ (np.eye(3) - np.outer(np.ones(3), h))
    square = matrix @ matrix.T
    skewed = part(influence, h, np.arange(3))
    assert skewed is not None
    assert skewed.freedom == pytest.approx(np.trace(square) ** 2 / (square**2).sum())
    assert skewed.variance == pytest.approx(0.06 * (h @ h) / np.trace(square))
    assert part(influence, np.full(3, 1 / 3), np.zeros(3, dtype=np.intp)) is None


def test_one_persons_view_has_no_interval_and_few_voices_a_warning() -> None:
    people, rankings = grouped()
    alone = people.of(["p0"]).level(rankings)
    assert (alone.low, alone.high, alone.effective_people) == (None, None, 1.0)
    assert "One person's view" in (alone.warning or "")
    assert "worth 3.0" in (people.of(["p0", "p1", "p2"]).level(rankings).warning or "")
    assert people.level(rankings).warning is None
    assert effective_number(np.array([0.9, 0.1])) == pytest.approx(1 / 0.82)
