"""How the simulated validator reads a justification against a proposal: rightly with a set chance."""

from collections.abc import Mapping, Sequence
from typing import Any

from ...agents.records import Stance
from .language import rules, topics, weights
from .noise import chance
from .wording import read_reason

_STANCES: tuple[Stance, Stance, Stance] = ("support", "refute", "silent")


def stances(
    proposal: Mapping[str, Any], items: Sequence[Mapping[str, Any]], accuracy: float, seed: int
) -> list[Stance]:
    """One stance an item; an error is one of the two other stances, the same whenever it is asked."""
    moved = shifts(proposal["edits"])
    answers: list[Stance] = []
    for item in items:
        right = stance_of(moved, str(item["text"]))
        told = (
            "validator",
            seed,
            proposal["intent"],
            sorted(moved.items()),
            item["conversation"],
            item["text"],
        )
        if chance(*told, item["ranking"]) < accuracy:
            answers.append(right)
        else:
            others = [stance for stance in _STANCES if stance != right]
            answers.append(others[int(2 * chance("other", *told, item["ranking"]))])
    return answers


def shifts(edits: Sequence[Mapping[str, Any]]) -> dict[tuple[int, int], tuple[float, float]]:
    """(topic, quality) to the strength before and after, for each rule that the edits' words speak of."""
    before: dict[tuple[int, int], float] = {}
    after: dict[tuple[int, int], float] = {}
    for edit in edits:
        anchor = weights(rules(str(edit["anchor"])))
        text = weights(rules(str(edit["text"])))
        before |= anchor
        after |= text if edit["op"] in ("replace", "delete") else anchor | text
    return {place: (before.get(place, 0.0), after.get(place, 0.0)) for place in sorted({*before, *after})}


def stance_of(moved: Mapping[tuple[int, int], tuple[float, float]], text: str) -> Stance:
    """What a careful reader says: does the reason given speak for the strengths that the edit leads to?"""
    reason = read_reason(text)
    about = topics(text)
    for (topic, quality), (before, after) in moved.items():
        if quality not in reason.qualities or topic not in about:
            continue
        if reason.stance == 0:
            return (
                "support" if abs(after) < abs(before) else "refute" if abs(after) > abs(before) else "silent"
            )
        toward = after - before or after
        return "support" if toward * reason.stance > 0 else "refute"
    return "silent"
