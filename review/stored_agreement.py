"""Agreement of stored rankings, as text or as JSON."""

from rich.console import Console

from ..agreement.blocks import StoredAgreement
from ..agreement.intervals import Estimate
from ..spec import visible
from .printing import count, points, show_json, show_notice, table


def show_stored(console: Console, found: StoredAgreement, *, as_json: bool) -> None:
    """Print the figures with their intervals."""
    if as_json:
        show_json(console, found.model_dump(mode="json"))
        return
    show_notice(console, found.notice)
    console.print(
        f"{count(found.conversations, 'conversation')} with a stored ranking open to look at, ranking block {found.block}"
    )
    if found.unknown:
        console.print(f"{count(found.unknown, 'ranking')} of conversations that the data doesn't hold")
    console.print()
    rows = table("overall", "points", "95 % interval", "conversations", "participants", "assessments")
    for name, figure in _rows(found):
        rows.add_row(
            name, points(figure.estimate), _interval(figure), f"{figure.conversations:,}",
            f"{figure.participants:,}", f"{figure.assessments:,}",
        )  # fmt: skip
    console.print(rows)
    if 2 * found.tied > found.conversations:
        console.print(
            f"The ranker tied every response on {found.tied:,} of {count(found.conversations, 'conversation')}, "
            "which count as 50.0."
        )
    if found.alpha is not None:
        console.print(f"Krippendorff's alpha of the people among themselves: {found.alpha:.2f}")
    for group in found.groups:
        console.print()
        shown = table(visible(group.key), "participants", "agreement", "95 % interval")
        for value, level in group.levels.items():
            shown.add_row(visible(value), f"{level.participants:,}", points(level.estimate), _interval(level))
        console.print(shown)
        left_out = (
            f"{count(group.hidden, 'smaller group')} not shown" if group.hidden else "every group is shown"
        )
        worst = f"; the worst is {visible(group.worst.group)}" if group.worst else ""
        console.print(f"{left_out}{worst}.")


def _rows(found: StoredAgreement) -> list[tuple[str, Estimate]]:
    rows = [("stored rankings", found.level), ("  mean over assessments", found.micro)]
    if found.before is not None and found.gain is not None:
        rows += [("before", found.before), ("gain over before", found.gain)]
    return [
        *rows, ("leave-one-out consensus", found.leave_one_out), ("one person against another", found.one_person),
        ("longest response", found.longest), ("top choice", found.top_choice), ("tau-b × 100", found.tau_b),
        ("flagged unacceptable, ranked first", found.flagged_first),
    ]  # fmt: skip


def _interval(figure: Estimate) -> str:
    if figure.low is None or figure.high is None:
        return "–"
    return f"{points(figure.low)} to {points(figure.high)}"
