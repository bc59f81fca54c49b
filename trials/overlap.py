"""Adopted edits that touch the same conversations: tested together before both stay."""

from collections.abc import Mapping, Set

from .protocol import Arms, TrialRule
from .reach import DEFAULT_REACH
from .records import Trial
from .trial import run_trial

TOGETHER = 0.05
"""Level of a retest. It only removes, so it spends no alpha; at a trial's own level it would remove what is true."""


def overlapping(sets: Mapping[str, Set[str]], *, share: float = 0.0) -> list[tuple[str, str]]:
    """Pairs of proposals whose conversations overlap, in the order of `sets`.

    Two overlap where they share more than `share` (0 to 1) of the smaller set, and at least one conversation.
    """
    names = list(sets)
    pairs = []
    for place, first in enumerate(names):
        for second in names[place + 1 :]:
            common = len(sets[first] & sets[second])
            if common and common > share * min(len(sets[first]), len(sets[second])):
                pairs.append((first, second))
    return pairs


def groups(sets: Mapping[str, Set[str]], *, share: float = 0.0) -> list[tuple[str, ...]]:
    """Proposals joined through overlaps: connected groups of two or more, each in the order of `sets`."""
    leader = {name: name for name in sets}

    def find(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    for first, second in overlapping(sets, share=share):
        leader[find(second)] = find(first)
    joined: dict[str, list[str]] = {}
    for name in sets:
        joined.setdefault(find(name), []).append(name)
    return [tuple(names) for names in joined.values() if len(names) > 1]


async def retest(
    *,
    proposal: str,
    round: int,
    without: str,
    together: str,
    planned: Set[str] | tuple[str, ...] | list[str],
    arms: Arms,
    rule: TrialRule,
    alpha: float,
    seed: int,
    max_conversations: int = 60,
    reach: float = DEFAULT_REACH,
) -> Trial:
    """Test a positive edit once more, on top of the other adopted edits that touch its conversations.

    `without` is the digest of the text that has the others and lacks this edit, `together` of the text with
    all; `planned` the conversations of the edit (those that it shares included). The level is the
    caller's, usually `TOGETHER`. Only a `positive` outcome lets it stay: a retest removes and never adds, so no
    alpha is spent. An edit that helps alone and adds exactly nothing beside another is let by as often as that level.
    """
    return await run_trial(
        proposal=proposal,
        round=round,
        current=without,
        candidate=together,
        planned=tuple(planned),
        arms=arms,
        rule=rule,
        alpha=alpha,
        seed=seed,
        max_conversations=max_conversations,
        stage="retest",
        reach=reach,
    )
