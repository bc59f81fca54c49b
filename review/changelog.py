"""The changelog of a revision, as the Model Spec writes its own: a dated heading, one paragraph a change, its
section in bold; and below each what the study reports of its changes: why, kind, evidence, support."""

from datetime import UTC, datetime

from ..spec import visible
from .decided import Applied, Decided
from .reading.docket import DocketRow
from .reading.proposal import movement_of, voices_of
from .reading.run import RunReading
from .reading.words import KINDS, ORIGINS, REASONS


def changelog(reading: RunReading, outcome: Decided) -> str:
    """Markdown. The date is that of the run's last change."""
    when = datetime.fromtimestamp(reading.folder.kept.stat().st_mtime, UTC).strftime("%B %-d, %Y")
    lines = [f"# Changelog of {reading.source.launched.spec_name}", "", f"## {when}", ""]
    if reading.notice:
        lines += [f"> {_line(reading.notice)}", ""]
    rows = {row.id: row for row in reading.docket_rows()}
    if not outcome.applied:
        lines += ["No change.", ""]
    for applied in outcome.applied:
        lines += _change(reading, outcome, rows[applied.proposal], applied)
    if outcome.left:
        lines += ["### Not in this text", ""]
        lines += [
            f"- {_line(rows[left.proposal].intent)} ({_line(left.why)})"
            for left in outcome.left
            if left.proposal in rows
        ]
        lines.append("")
    summary = reading.source.summary()
    sealed = summary.sealed_test if summary else None
    if sealed is not None and sealed.likely.gain.estimate is not None and not _touched(outcome):
        low, high = sealed.likely.gain.low or 0.0, sealed.likely.gain.high or 0.0
        lines += [
            f"Sealed test: agreement with people {100 * (sealed.original.estimate or 0):.1f} % before, "
            f"{100 * (sealed.likely.agreement.estimate or 0):.1f} % after ({100 * sealed.likely.gain.estimate:+.1f} points, "
            f"{100 * low:+.1f} to {100 * high:+.1f}) on {sealed.conversations} conversations.",
            "",
        ]
    elif outcome.applied:
        lines += ["The sealed test was not taken for exactly this text.", ""]
    return "\n".join(lines)


def _change(reading: RunReading, outcome: Decided, row: DocketRow, applied: Applied) -> list[str]:
    section = outcome.text.section(row.section).title if row.section in outcome.text else row.section
    proposal = reading.known.by_id[row.id]
    if proposal.edits[0].op == "new_section":
        section = f"New section after {section}"
    movement, _ = movement_of([trial for trial in reading.known.trials if trial.proposal == row.id])
    votes = voices_of(reading.source.support(row.id))
    told = f"{row.support} people support it, {row.refute} refute it, {row.silent} say nothing about it"
    if votes is not None and votes.share is not None and votes.low is not None and votes.high is not None:
        told += f" (share in support {100 * votes.share:.0f} %, 95 % interval {100 * votes.low:.0f} to {100 * votes.high:.0f})"
    effect = f" {100 * row.effect:+.1f} points" if row.effect is not None else ""
    if row.low is not None and row.high is not None and row.no_improvement is not None:
        effect += f" ({100 * row.low:+.1f} to {100 * row.high:+.1f}, shrunken by all that was tried; chance of no improvement {100 * row.no_improvement:.1f} %)"
    label = f"{row.label}; " if row.label else ""
    if applied.evidence:
        label = f"{applied.evidence}; "
    elif applied.by != "loop" and row.status == "rejected":
        reason = REASONS.get(row.reason, row.reason)
        label = f"a person's decision, which the loop had rejected: {_line(reason)}; "
    record = reading.known.conflicts.get(row.id)
    against = [f"- Contradicts: {_line(told)}" for told in record.sentences] if record else []
    against += [f"- Not bridged: {_line(told)}" for told in row.refuted]
    by = f"the loop, {applied.reason}" if applied.by == "loop" else f"{applied.by}: {applied.reason}"
    author = f" ({row.author})" if row.author else ""
    return [
        f"**{_line(section)}**: {_line(row.intent)}",
        "",
        f"- Kind: {KINDS[row.kind]}",
        f"- Why: proposed by {ORIGINS[row.origin]}{_line(author)} from {len(proposal.conversations)} conversations; adopted by {_line(by)}",
        f"- Evidence: {label}{movement.sentence}{effect}",
        f"- Support: {told}.",
        *against,
        f"- Proposal: {row.id}",
        "",
    ]  # fmt: skip


def _touched(outcome: Decided) -> bool:
    """Whether reviewers changed what the loop ended with."""
    return any(each.by != "loop" for each in outcome.applied) or bool(outcome.left)


def _line(text: str) -> str:
    """One line that Markdown takes as words: no heading, no link, no markup from the data."""
    flat = " ".join(visible(text).split())
    for mark in ("\\", "`", "*", "_", "[", "]", "<", ">", "#", "|"):
        flat = flat.replace(mark, f"\\{mark}")
    return flat
