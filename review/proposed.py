"""A person's proposal and all that was found on it, for a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from ..agreement.support import Support
from ..graph.human_records import Moved, PartEffect, ProposalReport, ProposalResult, Quoted
from ..graph.records import KindRecord
from ..spec import visible
from ..trials.records import Trial
from .printing import count, indented, points, show_notice, table
from .report import effect_line
from .words import REASONS, STAGES

GROUPS = 12
"""Groups shown; how many more there are is said."""
STANDS = {
    "accepted": "holds; it waits on the docket for a person to adopt it",
    "passed": "passed its trial",
    "retry": "not yet borne out; another trial may decide",
    "deferred": "not yet borne out; it may become likely as more is found",
    "queued": "not tried",
}


def show_result(console: Console, result: ProposalResult, *, validate_only: bool = False) -> None:
    """Print every proposal of a file: what became of it, and why."""
    show_notice(console, result.notice)
    for report in result.reports:
        show_report(console, report, validate_only=validate_only)
        console.print()
    if result.budget_ended:
        console.print(Text(f"The budget ended on the way: {visible(result.budget_ended)}", style="red"))
    if not validate_only:
        console.print(f"Alpha left: {result.alpha_left:.4f} for {count(result.trials_left, 'trial')}.")


def show_report(console: Console, report: ProposalReport, *, validate_only: bool = False) -> None:
    proposal, outcome = report.proposal, report.outcome
    console.print(Text(f"{proposal.id}: {visible(proposal.intent)}", style="bold"))
    if not validate_only:
        stands = STANDS.get(outcome.status) or f"rejected: {REASONS[outcome.reason or 'no_evidence']}"
        label = f" ({outcome.label})" if outcome.label else ""
        indented(console, f"{stands[0].upper()}{stands[1:]}{label}.")
        if outcome.note:
            indented(console, visible(outcome.note))
        if outcome.effect:
            indented(console, effect_line(outcome.effect))
    indented(console, _kind(report.kind))
    if report.needs != "likely":
        indented(console, f"The section's authority asks for: {report.needs}.")
    _voices(console, report)
    _quotes(console, "For it", report.supporting_words)
    _quotes(console, "Against it", report.refuting_words)
    for sentence in report.conflicts.sentences if report.conflicts else ():
        console.print(Text(f"  ! {visible(sentence)}", style="yellow"))
    for trial in report.trials:
        indented(console, f"{STAGES[trial.stage]}: {trial.reason}")
    if report.trial:
        indented(console, _path(report.trial))
    _moved(console, "Better", report.better)
    _moved(console, "Worse", report.worse)
    _parts(console, report.parts)


def _kind(kind: KindRecord) -> str:
    told = "left open" if kind.claimed is None else kind.claimed.replace("_", " ")
    if kind.found is None:
        return f"Kind: {told}; nobody else was heard on it."
    found = kind.found.replace("_", " ")
    agrees = {None: f"an independent reading says {found}", True: "an independent reading agrees"}.get(
        kind.agrees, f"an independent reading says {found} instead"
    )
    return f"Kind: {told}; {agrees}, of the sentence “{visible(kind.sentence)}”."


def _voices(console: Console, report: ProposalReport) -> None:
    voice = report.support
    if voice is None:
        indented(console, "People's words were not asked about.")
        return
    if report.asked:
        indented(
            console,
            f"People's words ({count(report.asked, 'justification')}): {voice.support} support, {voice.refute} refute,"
            f" {voice.mixed} mixed, {voice.silent} silent: {voice.outcome}. Support share {share(voice)}.",
        )
    else:
        indented(
            console,
            "It bears on no open conversation with a justification: nobody's words could be asked about there.",
        )
    if report.unanswered:
        indented(console, f"{count(report.unanswered, 'justification')} got no answer: the calls failed.")
    if (there := report.elsewhere) and there.sides + there.mixed + there.silent:
        people = there.sides + there.mixed + there.silent
        indented(
            console,
            f"Elsewhere, drawn at random: {there.sides} of {count(people, 'participant')} take a side"
            f" ({there.support} for it, {there.refute} against it).",
        )
        _quotes(console, "Words elsewhere that take a side", report.elsewhere_words)
    if not report.asked:
        return
    if report.consistency and report.consistency.asked:
        indented(
            console,
            f"Asked again in another order, the validator said the same {report.consistency.same} of"
            f" {report.consistency.asked} times.",
        )
    if voice.corrected is None:
        told = "Without labels it can't be known how the validator leans"
        if voice.outcome == "pass":
            lean = voice.survives_lean
            most = "no lean at all" if lean is None else f"a lean of {100 * lean:.0f} % of the silent"
            told += f"; the pass would survive {most} towards support"
        indented(console, f"{told}.")
        if report.to_label:
            indented(
                console,
                f"To know it, label {count(len(report.to_label), 'justification')} drawn at random (--label-sheet FILE writes"
                f" them): {', '.join(map(visible, report.to_label[:3]))} first.",
            )
    else:
        fixed = voice.corrected
        indented(
            console,
            f"Corrected by the labels of {count(fixed.labels, 'participant')}: support share {points(fixed.share)} %"
            f" ({points(fixed.low)} to {points(fixed.high)}), whichever way the validator leans.",
        )
    if voice.groups:
        shown = table("    group", "support", "refute", "share", "95 % interval")
        rows = [(f"{key} {value}", each) for key, by in voice.groups.items() for value, each in by.items()]
        for name, each in rows[:GROUPS]:
            bounds = "–" if each.low is None else f"{points(each.low)} to {points(each.high)}"
            shown.add_row(
                f"    {visible(name)}", str(each.support), str(each.refute), points(each.share), bounds
            )
        console.print(shown)
        hidden = f"{voice.hidden_groups} too small to show" if voice.hidden_groups else ""
        more = f"{len(rows) - GROUPS} more in --json" if len(rows) > GROUPS else ""
        if hidden or more:
            indented(console, f"Groups: {', '.join(filter(None, (more, hidden)))}.", by=4)
    if report.bridge:
        indented(console, visible(report.bridge.told))
    for attribute, groups in report.refuting.items():
        for group in groups:
            indented(
                console,
                visible(
                    f"Most support it, and {attribute} {group.value} refutes it"
                    f" ({group.support.support} for, {group.support.refute} against)."
                ),
            )


def share(support: Support) -> str:
    if support.share is None:
        return "undefined: nobody takes a side"
    return f"{points(support.share)} % ({points(support.low)} to {points(support.high)})"


def _quotes(console: Console, title: str, quoted: Sequence[Quoted]) -> None:
    if quoted:
        indented(console, f"{title}:")
    for each in quoted:
        indented(console, f"{visible(each.assessment)}: “{visible(' '.join(each.text.split()))}”", by=4)


def _path(trial: Trial) -> str:
    looks = ", ".join(f"{look.n}: {100 * look.mean:+.1f}" for look in trial.looks)
    known = [each for each in trial.differences if each is not None]
    return (
        f"path: {count(len(known), 'conversation')} of {len(trial.planned)}"
        + (f"; mean after so many, in points: {looks}" if looks else "")
        + (f"; p {trial.p_value:.3g}" if trial.p_value is not None else "")
    )


def _moved(console: Console, title: str, moved: Sequence[Moved]) -> None:
    if moved:
        told = ", ".join(f"{visible(each.conversation)} {100 * each.difference:+.1f}" for each in moved)
        indented(console, f"{title}: {told}")


def _parts(console: Console, parts: Sequence[PartEffect]) -> None:
    if not parts:
        return
    indented(console, "What each part brings beside the others, in points:")
    for part in parts:
        if part.mean is None:
            told = "can't be left out"
        else:
            bounds = "" if part.low is None else f" ({100 * part.low:+.1f} to {100 * (part.high or 0):+.1f})"
            told = f"{100 * part.mean:+.1f}{bounds}"
        text = " ".join(part.text.split())
        indented(console, f"{part.part}. {told}: {visible(text[:160])}", by=4)
