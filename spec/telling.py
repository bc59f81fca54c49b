"""A comparison in words: the lines of its summary, and what happened to each section besides its text."""

from .changes import Comparison, SectionChange
from .records import Authority

HEADINGS = {
    "new": "new",
    "gone": "gone",
    "moved": "moved",
    "renamed": "renamed",
    "authority changed": "authority changed",
    "substantive": "text changed",
    "typographic": "typography only",
}
"""The heads of `Comparison.summary` as they are printed."""

PASSAGE_WORDS = {
    "edited": "edited",
    "added": "added",
    "removed": "removed",
    "moved_here": "moved here from",
    "moved_away": "moved to",
    "moved_within": "moved within the section",
}


def named(change: SectionChange, head: str) -> str:
    """The section as a line of the summary names it, with the authorities where those changed."""
    if head == "authority changed":
        return f"{change.title} ({authority(change.old_authority)} → {authority(change.authority)})"
    if head == "renamed":
        return f"{change.old_title} → {change.title}"
    return change.title


def authority(value: Authority | None) -> str:
    return value or "no authority"


def happened(change: SectionChange) -> tuple[str, ...]:
    """What happened to the section besides its text, a short line each. Text of the specs is not escaped."""
    told: list[str] = []
    if change.status == "new":
        told.append(f"new section{f', {change.authority}' if change.authority else ''}")
    elif change.status == "gone":
        told.append(f"section is gone{f', it was {change.authority}' if change.authority else ''}")
    if change.moved and change.old_path != change.path:
        told.append(f"moved: from {_under(change.old_path or ())} to {_under(change.path)}")
    elif change.moved:
        told.append(f"moved: now {f'after {change.after}' if change.after else 'the first'} in its place")
    if change.renamed:
        told.append(f"renamed: it was {change.old_title}")
    if change.authority_changed:
        told.append(f"authority: {authority(change.old_authority)} → {authority(change.authority)}")
    if change.level_changed:
        told.append(f"heading level: {change.old_level} → {change.level}")
    if change.status == "kept" and change.old_id != change.section:
        told.append(f"id: {change.old_id} → {change.section}")
    return tuple(told)


def totals(comparison: Comparison) -> str:
    """One sentence for all of it."""
    if not comparison.sections and not comparison.preamble:
        return "the two specs are the same"
    count = sum(change.changed for change in comparison.sections)
    return f"{count} section{'' if count == 1 else 's'} changed in more than typography"


def _under(path: tuple[str, ...]) -> str:
    return f"under {' › '.join(path)}" if path else "the top level"
