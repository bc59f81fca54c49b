"""The gain to put first: the people who chose the edits are pleased more than others would be."""

import numpy as np
import pytest

from concord.agreement.headline import headline, reserve_share
from concord.agreement.people import People
from concord.panel.ranking import Ranking


def panel(rng: np.random.Generator, people: int, conversations: int, taste: np.ndarray) -> People:
    """Everybody ranks A and B everywhere; each leans one way by `taste` (people,)."""
    cells = [(c, p) for c in range(conversations) for p in range(people)]
    prefers_b = rng.random(len(cells)) < 0.5 + taste[[p for _, p in cells]]
    return People.of_arrays(
        conversations=tuple(f"c{c}" for c in range(conversations)),
        labels=(("A", "B"),) * conversations,
        participants=tuple(f"p{p}" for p in range(people)),
        conversation=np.array([c for c, _ in cells]),
        participant=np.array([p for _, p in cells]),
        places=np.where(prefers_b[:, None], [[1, 0]], [[0, 1]]).astype(np.int16),
    )


def test_choosers_favour_what_they_chose_and_the_reserve_does_not() -> None:
    """An edit turns A>B into B>A everywhere, which half of all people like: it is worth nothing. It is tried on the
    choosers, and taken where they seem to gain."""
    rng = np.random.default_rng(0)
    choosers_told, reserve_told = [], []
    before = {f"c{c}": Ranking.parse("A>B") for c in range(40)}
    after = {name: Ranking.parse("B>A") for name in before}
    reserved = [f"p{p}" for p in range(16, 32)]
    for _ in range(60):
        taste = 0.25 * rng.choice([-1.0, 1.0], 32)
        tried = panel(rng, 32, 40, taste).of([f"p{p}" for p in range(16)]).gain(before, after)
        if tried.estimate is None or tried.estimate <= 0:
            continue
        told = headline(panel(rng, 32, 40, taste), reserved, before, after)
        assert told.rests_on == "reserve"
        assert told.reserve is not None
        assert told.choosers.estimate is not None
        assert told.gain.estimate is not None
        choosers_told.append(told.choosers.estimate)
        reserve_told.append(told.gain.estimate)
    assert np.mean(choosers_told) > 0.05
    assert abs(float(np.mean(reserve_told))) < 0.05


def test_too_small_a_reserve_stands_back_and_the_note_says_which_way_it_errs() -> None:
    people = panel(np.random.default_rng(1), 10, 20, np.full(10, 0.2))
    before = {f"c{c}": Ranking.parse("A>B") for c in range(20)}
    after = {name: Ranking.parse("B>A") for name in before}
    told = headline(people, ["p0", "p1"], before, after)
    assert (told.rests_on, told.reserve is None) == ("choosers", False)
    assert "for other people it is likely less" in told.note
    assert headline(people, [], before, after).reserve is None


def test_a_small_panel_sets_more_people_aside() -> None:
    assert [reserve_share(count) for count in (12, 24, 48, 1012)] == pytest.approx([0.5, 0.5, 0.25, 0.2])
