"""The benchmark's figures: net gain, false share, calls and the calibration of what was told, by method."""

from collections.abc import Sequence
from statistics import fmean, median

import numpy as np

from ..registry import Figures
from .frontier import frontier_block, frontier_figures
from .jobs import Result, best_rival
from .outcome import Outcome
from .place_figures import place_block, place_figures


def figures(results: Sequence[Result]) -> Figures:
    """Figures by name. Shares are fractions; `net_gain_...` are sums of gains over the sum of the true specs'."""
    wanted = sum(result.best for result in results)
    ours = {
        label: [result.outcomes[f"concord {label}"] for result in results] for label in ("likely", "proven")
    }
    likely = ours["likely"]
    found: Figures = {
        "worlds": float(len(results)),
        "net_gain_likely": _net(likely, wanted),
        "net_gain_proven": _net(ours["proven"], wanted),
        "false_share_likely": false_share(likely),
        "false_share_proven": false_share(ours["proven"]),
        "coverage_likely": _coverage(likely),
        "coverage_proven": _coverage(ours["proven"]),
        "found_likely": fmean(each.held == each.planted for each in likely),
        "found_proven": fmean(each.held == each.planted for each in ours["proven"]),
        "calls": median(float(each.calls) for each in likely),
        "trial_calls": median(float(each.trial_calls) for each in likely),
        "tokens": median(float(each.tokens) for each in likely),
        "seconds": median(each.seconds for each in likely),
        "gap_closed": median(each.share for each in likely),
        "gap_closed_mean": fmean(each.share for each in likely),
        "gap_closed_worst": min(each.share for each in likely),
        "recall": _share(sum(each.held for each in likely), sum(each.planted for each in likely)),
        "precision": _share(sum(e.adopted - e.false for e in likely), sum(each.adopted for each in likely)),
        "true_gain_points": fmean(result.best for result in results),
    }
    effects = [effect for result in results for effect in result.effects]
    for share in (10, 50, 90):
        found[f"effect_p{share}"] = float(np.percentile(effects, share)) if effects else None
    best = best_rival(results)
    if best is not None:
        theirs = [result.outcomes[best] for result in results]
        found["net_gain_best_rival"] = _net(theirs, wanted)
        found["false_share_best_rival"] = false_share(theirs)
        found["best_rival_calls"] = median(float(each.calls) for each in theirs)
        found["calls_ratio_best_rival"] = median(
            a.calls / b.calls for a, b in zip(likely, theirs, strict=True)
        )
    for name in results[0].outcomes:
        if not name.startswith("concord"):
            their = [result.outcomes[name] for result in results]
            key = name.replace(" ", "_")
            found[f"{key}_net_gain"], found[f"{key}_false_share"] = _net(their, wanted), false_share(their)
    found |= place_figures([result.account for result in results])
    return found | frontier_figures([result.frontier for result in results], wanted)


def false_share(outcomes: Sequence[Outcome]) -> float:
    """The mean over worlds of the share of adopted edits that did no good; 0 where none was adopted."""
    return fmean(each.false_share for each in outcomes)


def table(results: Sequence[Result], title: str) -> str:
    """All methods as aligned rows; then what became of the planted places, and the frontier where one was asked for."""
    wanted = sum(result.best for result in results)
    rows = [f"{title}\n{'':24} net gain  false share  adopted  calls"]
    for name in results[0].outcomes:
        those = [result.outcomes[name] for result in results]
        net = _net(those, wanted)
        rows.append(
            f"{name:24} {'–' if net is None else f'{net:8.2f}'}  {false_share(those):11.2f}  "
            f"{fmean(each.adopted for each in those):7.1f}  {median(each.calls for each in those):,.0f}"
        )
    blocks = (
        place_block([result.account for result in results]),
        frontier_block([result.frontier for result in results], wanted),
    )
    return "\n\n".join(["\n".join(rows), *filter(None, blocks)])


def _net(outcomes: Sequence[Outcome], wanted: float) -> float | None:
    return sum(each.gain for each in outcomes) / wanted if wanted > 0 else None


def _coverage(outcomes: Sequence[Outcome]) -> float | None:
    """How often the told interval holds the true gain, where a run changed the spec and told one."""
    told = [each.told.covers(each.gain) for each in outcomes if each.adopted]
    known = [each for each in told if each is not None]
    return fmean(known) if known else None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
