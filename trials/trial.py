"""One trial from the fixed set to the outcome, with its whole path."""

import random
from collections.abc import Sequence

from ..records import digest
from .company import drops_below
from .differences import Differences
from .evaluator import Evaluator
from .group_tests import GroupTests
from .max_drop import deepest, likely_drop, max_drop
from .pairs import Pair, ask_both, differences
from .protocol import SequentialTest, TrialRule
from .records import AtDrop, Ending, Look, Stage, Trial
from .two_way import can_pass, effective_people, few_people, standard_error


def fix_set(items: Sequence[str], *, limit: int, key: Sequence[str | int]) -> tuple[str, ...]:
    """The set of a trial in its order of testing: a seeded draw of at most `limit`, drawn from `key`.

    It doesn't depend on the order of `items`; duplicates count once.
    """
    pool = sorted(set(items))
    random.Random(digest(list(key))).shuffle(pool)
    return tuple(pool[:limit])


def cut(size: int, blocks: int) -> list[int]:
    """Where the blocks end: `size` cut into at most `blocks` parts as even as can be, the first no smaller."""
    blocks = max(1, min(blocks, size))
    return [-(-size * (i + 1) // blocks) for i in range(blocks)]


async def run_trial(
    *, proposal: str, round_: int, current: str, candidate: str, planned: Sequence[str], evaluator: Evaluator,
    rule: TrialRule, alpha: float, likely_level: float, seed: int, first_level: float = 0.0, limit: int, draws: int, attempt: int = 0,
    stage: Stage = "trial", fold: int | None = None, own: Sequence[str] = (), sections: Sequence[str] = (),
    groups: GroupTests | None = None,
) -> Trial:  # fmt: skip
    """Test one proposal on the items `planned`, in blocks, stopping where it is clear.

    The set is fixed, and drawn down to `limit` by seed, before the first call; so is how far a difference may
    fall. Both texts are asked afresh, `draws` times, in orders named after stage, round, proposal and attempt.
    It is `positive` where the rule proves an effect at `alpha`; it goes on to the end of the set while that, or
    a p-value of `likely_level`, can still be reached. `first_level`: the p-value that a run's first likely edit takes
    (0: `likely_level`). Where `groups` are tested with it, it also goes on while one of them may still pass, and
    what everybody's test gave up for being unlikely is looked at again then.

    `own` are the items of the fold that gave rise to the proposal. Where the set speaks for it, without proof, they are
    asked too, and the p-value rises to that of all items together where that is larger. It never falls by them; but harm
    that the set missed has another chance to be seen. `sections` are those that both texts share: draws after the first show one
    more of them each (`ask_both`). Raises BudgetEnded.
    """
    chosen = fix_set(planned, limit=limit, key=[stage, proposal, round_, attempt, seed])
    pairs: list[Pair] = []
    beside: list[Pair] = []
    looks: list[Look] = []
    outcome: Ending = "empty"
    found = Differences.of_items([])
    p_value, drop, likely_fall, most_to_lose = 1.0, 0.0, None, 1.0
    at_drops: tuple[AtDrop, ...] = ()
    level = max(alpha, likely_level)
    shown = fix_set(sections, limit=max(draws - 1, 0), key=[stage, "beside", proposal, round_, attempt, seed])
    behind = people_behind(evaluator, chosen)
    if chosen and can_pass(behind, level=level):
        falls = evaluator.possible_falls(current, sorted(set(planned)))
        drop = max_drop(falls, alpha=alpha, planned=len(chosen))
        most_to_lose = deepest(falls)
        likely_fall = likely_drop(falls, level=first_level or level, planned=len(chosen))
        test = rule.start(
            alpha=alpha,
            planned=len(chosen),
            max_drop=drop,
            likely_drop=likely_fall,
            likely_level=likely_level,
        )
        for end in cut(len(chosen), rule.blocks):
            pairs += await ask_both(
                evaluator, current, candidate, chosen[len(pairs) : end], draws=draws,
                order_seed=f"{stage}:{round_}:{proposal}:{attempt}", beside=shown, subject=proposal,
            )  # fmt: skip
            found = differences(pairs)
            if outcome not in ("positive", "harmful"):
                looks.append(test.look(found, last=end == len(chosen)))
                outcome = "empty" if looks[-1].outcome == "continue" else looks[-1].outcome
            if outcome != "empty" and not (
                groups
                and end < len(chosen)
                and groups.goes_on(proven=outcome == "positive", pairs=pairs, planned=chosen)
            ):
                break
        p_value, at_drops = p_values(test, drops_below(likely_fall))
        if not len(found):
            outcome = "empty"
        elif outcome == "ended" and min([p_value, *(each.p_value for each in at_drops)]) <= level:
            beside += await ask_both(
                evaluator, current, candidate, fix_set(own, limit=limit, key=[stage, "own", proposal, seed]), draws=draws,
                order_seed=f"{stage}:{round_}:{proposal}:{attempt}", beside=shown, subject=proposal,
            )  # fmt: skip
            both = differences([*pairs, *beside])
            p_value, at_drops = raised(test, both, p_value, at_drops)
    se, df = standard_error(found)
    people = effective_people(found) if len(found) else behind
    reason = explain(outcome, pairs, looks, people, planned=len(chosen), level=level)
    if own_mean := [value for pair in beside if (value := pair.difference) is not None]:
        reason += f" On its own fold: {100 * sum(own_mean) / len(own_mean):+.1f} points over {len(own_mean)}."
    return Trial(
        proposal=proposal, round=round_, stage=stage, base=current, candidate=candidate, rule=rule.name,
        alpha=alpha, planned=chosen, differences=tuple(pair.difference for pair in pairs), looks=tuple(looks),
        outcome=outcome, calls=2 * draws * len([*pairs, *beside]), failed=sum(pair.failed for pair in [*pairs, *beside]),
        reason=reason,
        fold=fold, own=tuple(pair.item for pair in beside), own_differences=tuple(pair.difference for pair in beside),
        draws=draws, beside=shown, max_drop=drop, likely_drop=likely_fall, likely_level=level, p_value=p_value, at_drops=at_drops, deepest=most_to_lose, mean=found.mean if len(found) else None, se=se,
        df=df, effective_people=people,
        groups=groups.found(proposal, current, planned, chosen, pairs) if groups else (),
    )  # fmt: skip


def p_values(test: SequentialTest, drops: Sequence[float]) -> tuple[float, tuple[AtDrop, ...]]:
    """A trial's own p-value, and those where a difference falls by each of `drops` at the most."""
    return test.p_value(), tuple(AtDrop(drop=drop, p_value=test.p_value(drop=drop)) for drop in drops)


def raised(
    test: SequentialTest, both: Differences, p_value: float, at_drops: Sequence[AtDrop]
) -> tuple[float, tuple[AtDrop, ...]]:
    """The same, no smaller than what the set and the trial's own fold say together."""
    return max(p_value, test.fixed(both)), tuple(
        AtDrop(drop=each.drop, p_value=max(each.p_value, test.fixed(both, drop=each.drop)))
        for each in at_drops
    )


def people_behind(evaluator: Evaluator, items: Sequence[str]) -> float:
    """Kish's effective number of the people who rated these items, known before anything is asked."""
    shares: dict[str, float] = {}
    for item in items:
        score = evaluator.worst(item)
        total = float(score.weights.sum())
        for rater, weight in zip(score.raters, score.weights.tolist(), strict=True):
            shares[rater] = shares.get(rater, 0.0) + (weight / total if total else 0.0)
    squares = sum(share**2 for share in shares.values())
    return sum(shares.values()) ** 2 / squares if squares else 0.0


def explain(
    outcome: Ending, pairs: Sequence[Pair], looks: Sequence[Look], people: float | None, *, planned: int,
    level: float,
) -> str:  # fmt: skip
    """The outcome in one sentence for a reader."""
    defined = [value for pair in pairs if (value := pair.difference) is not None]
    if not planned:
        return "No conversation to test on."
    if not pairs and people is not None and (refused := few_people(people, level=level)):
        return refused
    if not defined:
        return f"None of the {len(pairs)} conversations gave a difference."
    seen = f"{100 * sum(defined) / len(defined):+.1f} points over {len(defined)} of {planned} conversations"
    if undefined := len(pairs) - len(defined):
        seen += f" ({undefined} undefined)"
    if failed := sum(pair.failed for pair in pairs):
        seen += f" ({failed} with a failed candidate call, counted as their worst)"
    last = looks[-1]
    proof = f"evidence 10^{last.statistic:.1f}"
    sentence = {
        "positive": f"{seen}: {proof} reached the 10^{last.threshold:.1f} that a proof needs.",
        "futile": f"{seen}: stopped, passing had become unlikely.",
        "harmful": f"{seen}: stopped, it does harm.",
        "ended": f"{seen}: {proof} stayed under the 10^{last.threshold:.1f} that a proof needs.",
    }[outcome]
    warning = few_people(people, level=level) if people is not None else None
    return f"{sentence} {warning}" if warning else sentence
