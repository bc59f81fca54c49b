"""From the results of many worlds to the benchmark's figures: medians over seeds, with intervals."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median

import numpy as np
from scipy.stats import binom

from .jobs import Result
from .outcome import Outcome

Figures = dict[str, float | None]
Read = Callable[[Outcome], float | None]

READINGS: Mapping[str, Read] = {
    "gap_closed": lambda o: o.gap_closed,
    "recall": lambda o: o.recall,
    "recall_of_planted": lambda o: o.recall_of_planted,
    "precision": lambda o: o.precision,
    "calls": lambda o: float(o.calls),
    "trial_calls": lambda o: float(o.trial_calls),
    "tokens": lambda o: float(o.tokens),
    "calls_to_50": lambda o: o.calls_to(0.5),
    "calls_to_80": lambda o: o.calls_to(0.8),
    "calls_to_90": lambda o: o.calls_to(0.9),
}
"""Figure name to how it is read off one method's outcome in one world."""

_PREFIXES = {"concord": "", "oracle": "oracle_", "study": "study_", "greedy": "greedy_", "gepa": "gepa_"}


def middle(values: Sequence[float | None]) -> float | None:
    """The median of the defined values; None where there is none."""
    there = [value for value in values if value is not None]
    return float(median(there)) if there else None


def interval(values: Sequence[float | None], level: float = 0.95) -> tuple[float | None, float | None]:
    """A distribution-free interval for the median, from order statistics (as of the sign test).

    (None, None) where there are too few values for the level: fewer than 6 at 95 %.
    """
    there = sorted(value for value in values if value is not None)
    n = len(there)
    cut = int(binom.ppf((1 - level) / 2, n, 0.5)) if n else 0
    while cut > 0 and binom.cdf(cut - 1, n, 0.5) > (1 - level) / 2:
        cut -= 1
    if cut < 1:
        return None, None
    return there[cut - 1], there[n - cut]


def by_method(results: Sequence[Result]) -> dict[str, list[Outcome]]:
    """Method to its outcomes, one a world in order; `gepa` is the configuration with the best median gap."""
    found: dict[str, list[Outcome]] = {}
    for result in results:
        for name, outcome in result.outcomes.items():
            found.setdefault(name, []).append(outcome)
    tried = {name: outcomes for name, outcomes in found.items() if name.startswith("gepa:")}
    if tried:
        found["gepa"] = max(tried.values(), key=lambda all_: float(np.median([o.gap_closed for o in all_])))
    return found


def figures(results: Sequence[Result], scaling: Sequence[Result] = ()) -> Figures:
    """The benchmark's figures by name. Shares and agreements are fractions; None where undefined."""
    methods = by_method(results)
    found: Figures = {"worlds": float(len(results))}
    for name, prefix in _PREFIXES.items():
        for figure, read in READINGS.items():
            if name in methods:
                found[prefix + figure] = middle([read(outcome) for outcome in methods[name]])
    for figure in ("gap_closed", "recall", "precision"):
        found[f"{figure}_low"], found[f"{figure}_high"] = interval(
            [READINGS[figure](outcome) for outcome in methods["concord"]]
        )
    gaps = [outcome.gap_closed for outcome in methods["concord"]]
    found["gap_closed_mean"], found["gap_closed_worst"] = float(np.mean(gaps)), min(gaps)
    adopted = sum(o.adopted for o in methods["concord"])
    found["precision_pooled"] = (
        sum((o.precision or 0.0) * o.adopted for o in methods["concord"]) / adopted if adopted else None
    )
    found |= _against(methods)
    found |= _overlap(methods["concord"])
    scopings = [result.scoping for result in results if result.scoping]
    if scopings:
        found["scoping_agreement_loss"] = middle([s.agreement_loss for s in scopings])
        found["scoping_top_choice_loss"] = middle([s.top_choice_loss for s in scopings])
        found["scoping_token_ratio"] = middle([s.token_ratio for s in scopings])
        found["scoping_usd_ratio"] = middle([s.usd_ratio for s in scopings])
        found["scoping_usd_ratio_prefix_cached"] = middle([s.usd_ratio_prefix_cached for s in scopings])
    if scaling:
        found["scaling_exponent"] = exponent(scaling)
    for name, outcomes in methods.items():
        if name.startswith("without:"):
            label = name.removeprefix("without:")
            found[f"{label}_gap_closed"] = middle([o.gap_closed for o in outcomes])
            found[f"{label}_precision"] = middle([o.precision for o in outcomes])
            found[f"{label}_calls"] = middle([float(o.calls) for o in outcomes])
    found["seconds"] = middle([o.seconds for o in methods["concord"]])
    return found


def _against(methods: Mapping[str, Sequence[Outcome]]) -> Figures:
    """Paired comparisons, world by world."""
    found: Figures = {}
    ours = methods["concord"]
    if study := methods.get("study"):
        pairs = list(zip(ours, study, strict=True))
        found["calls_ratio_study"] = middle([a.calls / b.calls for a, b in pairs])
        found["trial_calls_ratio_study"] = middle([a.trial_calls / max(1, b.trial_calls) for a, b in pairs])
        found["gap_minus_study"] = middle([a.gap_closed - b.gap_closed for a, b in pairs])
    if gepa := methods.get("gepa"):
        less = [a.gap_closed - b.gap_closed for a, b in zip(ours, gepa, strict=True)]
        found["gap_minus_gepa"] = middle(less)
        found["gap_minus_gepa_low"], found["gap_minus_gepa_high"] = interval(less)
    if oracle := methods.get("oracle"):
        ratios = [a.recall_of_planted / b.recall_of_planted
                  for a, b in zip(ours, oracle, strict=True)
                  if a.recall_of_planted is not None and b.recall_of_planted]  # fmt: skip
        found["recall_ratio_oracle"] = middle(ratios)
    return found


def _overlap(ours: Sequence[Outcome]) -> Figures:
    """Of the true mends proposed, the share that both proposers made; of all proposals, the same text by both."""
    pairs = {
        "proposer_overlap": ("mends_by_both", "mends_by_either"),
        "proposer_same_text": ("by_both", "proposals"),
    }
    return {
        name: middle([o.extra[both] / o.extra[all_] for o in ours if o.extra.get(all_)])
        for name, (both, all_) in pairs.items()
    }


def exponent(scaling: Sequence[Result]) -> float | None:
    """Slope of log(trial calls per adopted edit) on log(conversations), sizes pooled over their seeds."""
    sizes: dict[int, list[Outcome]] = {}
    for result in scaling:
        sizes.setdefault(result.conversations, []).append(result.outcomes["concord"])
    points = [
        (np.log(size), np.log(sum(o.trial_calls for o in outcomes) / adopted))
        for size, outcomes in sorted(sizes.items())
        if (adopted := sum(o.adopted for o in outcomes))
    ]
    if len(points) < 2:
        return None
    x, y = np.array(points).T
    return float(np.polyfit(x, y, 1)[0])
