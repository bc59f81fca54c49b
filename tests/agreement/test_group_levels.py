"""Groups beside each other: small ones are drawn in, hard conversations don't count against anybody."""

import numpy as np
import pytest

from concord.agreement.group_levels import against_others, group_levels
from concord.agreement.people import People
from concord.panel.ranking import Ranking

A_FIRST = Ranking.parse("A>B")


def people(rows: list[tuple[str, str, bool]]) -> People:
    """(conversation, participant, whether they put A first)."""
    names = tuple(dict.fromkeys(name for name, _, _ in rows))
    persons = tuple(dict.fromkeys(person for _, person, _ in rows))
    return People.of_arrays(
        conversations=names,
        labels=(("A", "B"),) * len(names),
        participants=persons,
        conversation=np.array([names.index(name) for name, _, _ in rows], dtype=np.intp),
        participant=np.array([persons.index(person) for _, person, _ in rows], dtype=np.intp),
        places=np.array([(0, 1) if first else (1, 0) for _, _, first in rows], dtype=np.int16),
    )


def drawn(
    share: dict[str, float], sizes: dict[str, int], *, seed: int = 0, conversations: int = 60
) -> People:
    """Each conversation is ranked by half of each group; `share` put A first."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"c{number}", f"{group}{person}", bool(rng.random() < share[group]))
        for number in range(conversations)
        for group, size in sizes.items()
        for person in rng.permutation(size)[: (size + 1) // 2]
    ]
    return people(rows)


def members(given: People, *groups: str) -> dict[str, set[str]]:
    return {group: {name for name in given.participants if name.startswith(group)} for group in groups}


def rankings(given: People) -> dict[str, Ranking]:
    return dict.fromkeys(given.conversations, A_FIRST)


def test_against_others_is_the_mean_difference_over_shared_conversations() -> None:
    given = drawn({"x": 0.8, "y": 0.6}, {"x": 10, "y": 6})
    values = given.agreements(given.placed(rankings(given)))
    inside = np.array([name.startswith("x") for name in given.participants])[given.clusters.participant]
    by_hand = np.mean(
        [
            values[inside & (given.clusters.conversation == row)].mean()
            - values[~inside & (given.clusters.conversation == row)].mean()
            for row in range(len(given.conversations))
        ]
    )
    found = against_others(given, values, inside)
    assert found.estimate == pytest.approx(by_hand)
    assert found.low is not None
    assert found.low < 0.2 < (found.high or 0)


def test_its_interval_covers_the_truth_at_the_stated_rate() -> None:
    covered = 0
    for seed in range(120):
        given = drawn({"x": 0.7, "y": 0.7}, {"x": 12, "y": 8}, seed=seed, conversations=30)
        values = given.agreements(given.placed(rankings(given)))
        inside = np.array([name.startswith("x") for name in given.participants])[given.clusters.participant]
        found = against_others(given, values, inside)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0 <= found.high
    assert covered / 120 > 0.90


def test_a_group_that_only_ranked_hard_conversations_is_not_said_to_be_served_worse() -> None:
    rng = np.random.default_rng(4)
    rows = [
        (f"{kind}{number}", f"{group}{person}", bool(rng.random() < share))
        for kind, share, groups in (("hard", 0.55, "xy"), ("easy", 0.95, "y"))
        for number in range(40)
        for group in groups
        for person in rng.permutation(12)[:5]
    ]
    given = people(rows)
    found = {
        each.group: each for each in group_levels(given, rankings(given), members(given, "x", "y")).groups
    }
    assert (found["x"].level.estimate or 0) < (found["y"].level.estimate or 0) - 0.1
    assert not found["x"].served_worse


def test_a_group_that_the_text_serves_worse_is_named_and_comes_first() -> None:
    given = drawn({"x": 0.9, "y": 0.5, "z": 0.88}, {"x": 14, "y": 14, "z": 14})
    found = group_levels(given, rankings(given), members(given, "x", "y", "z"))
    assert found.groups[0].group == "y"
    assert found.groups[0].served_worse
    assert found.groups[0].lowest > 0.99
    assert (found.p_value or 1) < 0.001


def test_a_small_group_does_not_shout() -> None:
    given = drawn({"x": 0.8, "y": 0.8, "s": 0.6}, {"x": 20, "y": 20, "s": 5}, conversations=16)
    found = {
        each.group: each
        for each in group_levels(given, rankings(given), members(given, "x", "y", "s")).groups
    }
    alone, together = found["s"].level, found["s"].pooled
    assert (alone.estimate or 0) < (together.estimate or 0) < 0.8
    assert (together.high or 0) - (together.low or 0) < (alone.high or 0) - (alone.low or 0)
