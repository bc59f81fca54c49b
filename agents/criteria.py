"""Criteria that people scored, as proposers and the validator see them: with counts, a few of them, each cut."""

from collections.abc import Sequence

from pydantic import JsonValue

from ..panel.records import RubricItem
from ..prompts.cut import cut

CRITERION = 300
"""Characters of one criterion that a proposer or the validator sees."""


def criteria_data(items: Sequence[RubricItem], most: int, *, person: str = "") -> list[JsonValue]:
    """At most `most` criteria: those that `person` scored most firmly, then those that people feel most about.

    Points are from -10 to 10; `wanted` and `unwanted` count the people above and below 0. Who gave what is not told,
    but for the points of `person`, where they scored it. Criteria that nobody scored are left out.
    """
    scored = [item for item in items if item.scores]

    def place(item: RubricItem) -> tuple[float, float, str]:
        return (-abs(item.scores.get(person, 0.0)), -abs(sum(item.scores.values())), item.id)

    found: list[JsonValue] = []
    for item in sorted(scored, key=place)[:most]:
        points = list(item.scores.values())
        own = item.scores.get(person)
        found.append(
            {
                "text": cut(item.criterion, CRITERION),
                "people": len(points),
                "mean": f"{sum(points) / len(points):+.1f}",
                "wanted": sum(each > 0 for each in points),
                "unwanted": sum(each < 0 for each in points),
                "own": "" if own is None else f"{own:+g}",
            }
        )
    return found
