"""Both evaluators printed: agreement by rankings and by people's criteria, per section, and where the two part."""

from rich.console import Console
from rich.text import Text

from ..graph.rubric_records import BothEvaluators, RubricRecord
from ..spec import visible
from .printing import count, indented, interval, points, table

SHOWN = 5
"""Conversations listed; how many were told is in the JSON."""


def rubric_rows(found: BothEvaluators) -> list[tuple[str, str, str]]:
    """Name, points and interval of each figure, all on the conversations with scored criteria."""
    rows = [
        ("by rankings", found.rankings),
        ("by criteria, person by person", found.rubrics),
        ("by criteria, the people's common score", found.pooled),
        *([("by criteria, no spec", found.no_spec)] if found.no_spec else []),
        ("common score against people's rankings", found.explained),
    ]
    return [(name, points(figure.estimate), interval(figure)) for name, figure in rows]


def show_rubrics(console: Console, found: BothEvaluators) -> None:
    """One text by both evaluators."""
    overall = table("both evaluators", "points", "95 % interval")
    for row in rubric_rows(found):
        overall.add_row(*row)
    console.print(overall)
    _on(console, found)
    _sections(console, found)
    _partings(console, found)


def show_rubric_record(console: Console, found: RubricRecord) -> None:
    """The original text and the one that the run came to, by both evaluators."""
    shown = table("Both evaluators", "by rankings", "95 % interval", "by criteria", "95 % interval")
    for name, text in (("original", found.original), ("as it stands", found.current)):
        if text is not None:
            shown.add_row(
                name, points(text.rankings.estimate), interval(text.rankings), points(text.rubrics.estimate),
                interval(text.rubrics),
            )  # fmt: skip
    if found.gain is not None and found.rankings_gain is not None:
        shown.add_row(
            "gain", points(found.rankings_gain.estimate, sign=True), interval(found.rankings_gain, sign=True),
            points(found.gain.estimate, sign=True), interval(found.gain, sign=True),
        )  # fmt: skip
    console.print(shown)
    _on(console, found.current or found.original)
    if found.gain is not None:
        console.print("These conversations chose the edits: a gain on them flatters, by either evaluator.")
    _sections(console, found.current or found.original)
    _partings(console, found.current or found.original)


def _on(console: Console, found: BothEvaluators) -> None:
    failed = f"; the grading of {found.ungraded:,} failed" if found.ungraded else ""
    console.print(
        f"On {count(found.conversations, 'open conversation')} with scored criteria: {found.items:,} of them, scored by "
        f"{count(found.participants, 'participant')}{failed}."
    )


def _sections(console: Console, found: BothEvaluators) -> None:
    if not found.sections:
        return
    shown = table("section", "conversations", "by rankings", "by criteria", "difference")
    for one in found.sections:
        known = one.rubrics.estimate is not None and one.rankings.estimate is not None
        apart = (one.rubrics.estimate or 0.0) - (one.rankings.estimate or 0.0) if known else None
        shown.add_row(
            visible(one.section), str(one.conversations), points(one.rankings.estimate),
            points(one.rubrics.estimate), points(apart, sign=True),
        )  # fmt: skip
    console.print(shown)


def _partings(console: Console, found: BothEvaluators) -> None:
    apart = [one for one in found.partings if abs(one.difference) > 1e-9]
    if not apart:
        return
    console.print("Where they part (agreement by criteria minus by rankings):")
    for one in apart[:SHOWN]:
        asked = " ".join(visible(one.asked).split())
        console.print(Text(f"  {points(one.difference, sign=True):>6}  {asked[:100]}"))
        indented(
            console,
            f"ranker {one.ranker}; people on average {one.by_rankings} ({one.raters}); by their criteria "
            f"{one.by_rubrics} ({one.scorers})",
            by=10,
        )
        for each in one.criteria:
            words = " ".join(visible(each.text).split())
            indented(
                console,
                f"{each.mean:+.1f} points by {each.people}, met to {100 * each.met:.0f} %: {words[:100]}",
                by=10,
            )
