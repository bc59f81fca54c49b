"""The figures and the printed block on planted places: what the likely text holds, and where the rest was lost."""

from collections import Counter
from collections.abc import Sequence
from statistics import fmean

from ..registry import Figures
from .places import FATES, STEPS, Account, Fate


def place_figures(accounts: Sequence[Account]) -> Figures:
    """Empty where no account knows of a place.

    `worth_held` and `lost_FATE`: the share of the true spec's gain at places with this fate, each counted whole as
    if closed alone, so that together they come to about 1; mean over worlds. `STEP_proposals`: how many a world have
    the step behind them, and `STEP_true_share`: of these, over all worlds, those whose edits truly bring something.
    """
    if not any(each.places for each in accounts):
        return {}
    found: Figures = {
        "worth_held" if fate == "held" else f"lost_{fate}": _worth(accounts, fate) for fate in reversed(FATES)
    }
    for step in STEPS:
        reached = [each.reached[step] for each in accounts if step in each.reached]
        count = sum(each.proposals for each in reached)
        found[f"{step}_proposals"] = count / len(accounts)
        found[f"{step}_true_share"] = sum(each.true for each in reached) / count if count else None
    return found


def place_block(accounts: Sequence[Account]) -> str:
    """The same as aligned rows; empty where there is nothing to tell. Fates that no place had are left out."""
    if not any(each.places for each in accounts):
        return ""
    rows = [f"what became of the planted places\n{'':16} share of gain  places  why"]
    for fate in reversed(FATES):
        those = [place for each in accounts for place in each.places if place.fate == fate]
        if those:
            why = Counter(place.reason for place in those if place.reason).most_common()
            told = ", ".join(f"{reason.replace('_', ' ')} {count}" for reason, count in why)
            rows.append(
                f"{fate.replace('_', ' '):16} {_worth(accounts, fate):13.2f}  {len(those):6d}  {told}".rstrip()
            )
    rows.append(f"{'proposals':16}      a world  share that truly brings something")
    figures = place_figures(accounts)
    for step in STEPS:
        share = figures[f"{step}_true_share"]
        rows.append(
            f"{step.replace('_', ' '):16} {figures[f'{step}_proposals']:13.1f}  "
            f"{'–' if share is None else f'{share:.2f}'}"
        )
    return "\n".join(rows)


def _worth(accounts: Sequence[Account], fate: Fate) -> float:
    return fmean(sum(place.worth for place in each.places if place.fate == fate) for each in accounts)
