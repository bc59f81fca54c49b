"""Groups found from rankings: planted ones are found, and none are found where there are none."""

import numpy as np
import pytest

from concord.agreement.clusters import adjusted_rand, find_clusters, nearest
from concord.agreement.measures import places_of
from concord.agreement.people import People
from concord.errors import DataError


def crowd(
    *, opposed: float, people: int = 80, conversations: int = 120, raters: int = 12, seed: int = 0
) -> People:
    """Two halves of the people, who want the opposite on a share `opposed` of the conversations."""
    rng = np.random.default_rng(seed)
    side = np.arange(people) % 2
    quality, wanted = rng.normal(size=(2, conversations, 4))
    disputed = rng.random(conversations) < opposed
    conversation = np.repeat(np.arange(conversations), raters)
    participant = np.concatenate([rng.permutation(people)[:raters] for _ in range(conversations)])
    pull = np.where(disputed[conversation], 2.0 * (1 - 2 * side[participant]), 0.0)
    scores = (
        quality[conversation] + pull[:, None] * wanted[conversation] + rng.normal(size=(len(conversation), 4))
    )
    return People.of_arrays(
        conversations=tuple(f"c{row}" for row in range(conversations)),
        labels=(("A", "B", "C", "D"),) * conversations,
        participants=tuple(f"p{column}" for column in range(people)),
        conversation=conversation,
        participant=participant,
        places=places_of(scores, 0.1),
    )


def test_two_camps_are_found_and_would_be_found_again() -> None:
    found = find_clusters(crowd(opposed=0.5))
    assert len(found.members) == 2
    assert found.stability > 0.6
    for group in found.members:
        sides = [int(name[1:]) % 2 for name in group]
        assert max(np.mean(sides), 1 - np.mean(sides)) > 0.95


@pytest.mark.parametrize("seed", range(3))
def test_people_of_one_mind_give_no_groups(seed: int) -> None:
    with pytest.raises(DataError, match="no stable groups"):
        find_clusters(crowd(opposed=0.0, seed=seed))


def test_a_handful_of_people_is_too_few() -> None:
    with pytest.raises(DataError, match="too few"):
        find_clusters(crowd(opposed=0.5, people=12))


def test_somebody_who_wasn_t_there_is_put_beside_those_they_go_along_with() -> None:
    everybody = crowd(opposed=0.5)
    some = everybody.of([name for name in everybody.participants if int(name[1:]) < 60])
    found = find_clusters(some)
    side_of = [int(group[0][1:]) % 2 for group in found.members]
    rest = nearest(everybody, found)
    assert set(rest) == {f"p{number}" for number in range(60, 80)}
    right = [side_of[cluster] == int(name[1:]) % 2 for name, cluster in rest.items()]
    assert np.mean(right) > 0.9


def test_the_index_is_that_of_hubert_and_arabie() -> None:
    # Worked by hand from the contingency table [[2, 1], [1, 2]]: sum of pairs 2, rows 6, columns 6, 15 in all.
    first, second = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 0, 1, 1])
    assert adjusted_rand(first, second) == pytest.approx((2 - 36 / 15) / (6 - 36 / 15))
    assert adjusted_rand(first, 1 - first) == 1.0
