"""The gap closed against calls, as an SVG: one curve a method, the median over worlds."""

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from .outcome import Outcome

_WIDTH, _HEIGHT = 860, 480
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 200, 30, 60
_COLOURS = ("#0b6e4f", "#1f4e9c", "#b3541e", "#7a3e9d", "#5c5c5c", "#a3123f", "#2a7f9e", "#8a7a00")
_DASHES = ("", "7 4", "2 3", "9 3 2 3", "4 2", "1 3", "12 4", "6 2 1 2")


def curve(outcomes: Sequence[Outcome], grid: Sequence[float]) -> list[float]:
    """The median over worlds of the gap closed after so many calls; a method that ended stays where it is."""
    rows = []
    for outcome in outcomes:
        calls = np.array([point.calls for point in outcome.path])
        gaps = np.array([point.gap_closed for point in outcome.path])
        rows.append(gaps[np.searchsorted(calls, np.array(grid), side="right") - 1])
    return [float(value) for value in np.median(np.array(rows), axis=0)]


def svg(methods: Mapping[str, Sequence[Outcome]], title: str) -> str:
    """The picture. Calls are on a logarithmic axis, from 100 to the most that any method made."""
    most = max(outcome.calls for outcomes in methods.values() for outcome in outcomes)
    grid = np.geomspace(100, max(most, 1000), 240)
    top = max(1.0, max(max(curve(outcomes, list(grid))) for outcomes in methods.values()))

    def x(calls: float) -> float:
        span = _WIDTH - _LEFT - _RIGHT
        return float(_LEFT + span * np.log(calls / grid[0]) / np.log(grid[-1] / grid[0]))

    def y(gap: float) -> float:
        return float(_HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * gap / top)

    marks = [f'<text x="{_LEFT}" y="18" font-size="14">{escape(title)}</text>']
    for gap in (0, 0.25, 0.5, 0.75, 1.0):
        marks.append(_line(_LEFT, y(gap), _WIDTH - _RIGHT, y(gap)))
        marks.append(f'<text x="{_LEFT - 8}" y="{y(gap) + 4:.1f}" text-anchor="end">{gap:.0%}</text>')
    for power in range(2, int(np.log10(grid[-1])) + 1):
        marks.append(_line(x(10**power), _TOP, x(10**power), _HEIGHT - _BOTTOM))
        label = f"{10**power:,}"
        marks.append(
            f'<text x="{x(10**power):.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">{label}</text>'
        )
    marks.append(
        f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2:.0f}" y="{_HEIGHT - 16}" text-anchor="middle">'
        "calls of all agents (logarithmic)</text>"
    )
    for number, (name, outcomes) in enumerate(methods.items()):
        colour, dash = _COLOURS[number % len(_COLOURS)], _DASHES[number % len(_DASHES)]
        path = " ".join(
            f"{x(calls):.1f},{y(max(0.0, gap)):.1f}"
            for calls, gap in zip(grid, curve(outcomes, list(grid)), strict=True)
        )
        stroke = f'stroke="{colour}" stroke-width="2.2" stroke-dasharray="{dash}"'
        marks.append(f'<polyline points="{path}" fill="none" {stroke}/>')
        level = _TOP + 18 * number + 8
        left = _WIDTH - _RIGHT + 14
        marks.append(f'<line x1="{left}" y1="{level}" x2="{left + 26}" y2="{level}" {stroke}/>')
        marks.append(f'<text x="{left + 32}" y="{level + 4}">{escape(name)}</text>')
    body = "\n".join(marks)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif" font-size="12" fill="#222" role="img">\n'
        f'<title>{escape(title)}</title>\n<rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n'
    )


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#ddd"/>'
