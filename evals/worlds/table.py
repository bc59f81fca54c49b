"""The benchmark's table: one row a method, medians over worlds with their intervals."""

import io
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from .figures import READINGS, interval, middle
from .outcome import Outcome

_COLUMNS = {
    "gap_closed": "gap closed", "recall": "recall", "recall_of_planted": "of planted", "precision": "precision",
    "calls": "calls", "trial_calls": "trial calls", "tokens": "tokens", "calls_to_50": "to 50 %",
    "calls_to_80": "to 80 %", "calls_to_90": "to 90 %",
}  # fmt: skip
_SHARES = {"gap_closed", "recall", "recall_of_planted", "precision"}


def table(methods: Mapping[str, Sequence[Outcome]], title: str) -> str:
    """The table as text."""
    grid = Table(title=title, title_justify="left", show_lines=False)
    grid.add_column("method")
    for heading in _COLUMNS.values():
        grid.add_column(heading, justify="right", no_wrap=True)
    for name, outcomes in methods.items():
        cells = []
        for figure in _COLUMNS:
            values = [READINGS[figure](outcome) for outcome in outcomes]
            cell = _shown(figure, middle(values))
            if figure == "gap_closed" and (bounds := interval(values))[0] is not None:
                cell += f" [{_shown(figure, bounds[0])}, {_shown(figure, bounds[1])}]"
            cells.append(cell.replace("[", r"\["))
        grid.add_row(name, *cells)
    text = io.StringIO()
    Console(file=text, width=170, color_system=None).print(grid)
    return text.getvalue()


def _shown(figure: str, value: float | None) -> str:
    if value is None:
        return "–"
    if figure in _SHARES:
        return f"{value:.3f}"
    return f"{value / 1e6:.2f} M" if value >= 1e6 else f"{value:,.0f}"
