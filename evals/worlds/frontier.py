"""The frontier: what the likely text brings at several false shares q, in the same worlds."""

from collections.abc import Sequence
from statistics import fmean, median

from ...records import Record
from ..registry import Figures
from .outcome import Outcome


class Point(Record):
    """The likely text of one run at one q."""

    q: float
    outcome: Outcome


Frontier = tuple[Point, ...]
"""Of one world, by rising q; every world of an experiment has the same."""


def frontier_figures(frontiers: Sequence[Frontier], wanted: float) -> Figures:
    """`frontier_q_Q_net_gain`, `..._false_share`, `..._found_share` and `..._calls` of each q, as the figures of the default.

    `wanted`: the sum of the true specs' gains. `found_share`: of all planted places, those that the text holds. `calls`: median.
    """
    found: Figures = {}
    for points in zip(*frontiers, strict=True):
        those, name = [point.outcome for point in points], f"frontier_q_{points[0].q:g}"
        planted = sum(each.planted for each in those)
        found[f"{name}_net_gain"] = sum(each.gain for each in those) / wanted if wanted > 0 else None
        found[f"{name}_false_share"] = fmean(each.false_share for each in those)
        found[f"{name}_found_share"] = sum(each.held for each in those) / planted if planted else None
        found[f"{name}_calls"] = median(float(each.calls) for each in those)
    return found


def frontier_block(frontiers: Sequence[Frontier], wanted: float) -> str:
    """The same as aligned rows; empty where no frontier was asked for."""
    figures = frontier_figures(frontiers, wanted)
    if not figures:
        return ""
    rows = [f"{'frontier':24} net gain  false share  found share  calls"]
    for point in frontiers[0]:
        net, false, held, calls = (
            figures[f"frontier_q_{point.q:g}_{name}"]
            for name in ("net_gain", "false_share", "found_share", "calls")
        )
        rows.append(
            f"{f'q = {point.q:g}':24} {'–' if net is None else f'{net:.2f}':>8}  {false:11.2f}  "
            f"{'–' if held is None else f'{held:.2f}':>11}  {calls:,.0f}"
        )
    return "\n".join(rows)
