"""The end of a run for a reader: what was adopted and on what evidence, and what the sealed test says."""

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from ..agreement.bridging import refuted_by
from ..graph.launching import Finished
from ..graph.run_records import RunRecords
from ..graph.summary import Summary
from ..graph.voting import direct_figures
from ..spec import Proposal, apply, redline, visible
from ..store.runs import RunFolder
from ..trials.outcomes import Effect
from ..trials.records import Trial
from .direct import direct_lines
from .origins import show_origins
from .overlays import show_overlay_figures, show_overlays
from .printing import count, indented, interval, points, show_notice, table
from .redlines import show_redline
from .rubrics import show_rubric_record
from .sealed import arms
from .words import ORIGINS, REASONS, STAGES, STOPPED


def report(console: Console, folder: RunFolder | None, ended: Finished) -> None:
    """Print a finished run."""
    summary = ended.summary
    show_notice(console, summary.notice)
    if summary.data.not_used:
        console.print(Text(left_out(summary.data.not_used), style="yellow"))
    made, tried, adopted = (summary.proposals[name] for name in ("made", "tried", "adopted"))
    console.print(
        f"Stopped after {count(summary.rounds, 'round')}: {STOPPED[summary.stop_reason]}. "
        f"{count(made, 'proposal')} made, {tried} tried, {adopted} adopted ({summary.proposals['proven']} of them proven)."
    )
    if summary.failing:
        console.print(Text(str(summary.failing), style="red"))
    if summary.rejected:
        console.print("Rejected:")
        for reason, number in summary.rejected.items():
            console.print(f"  {number:4}  {reason}: {REASONS[reason]}")
    if summary.data.group:
        console.print(f"Only the evidence of {visible(summary.data.group)} counted.")
    _left(console, ended.context.records, summary)
    _adopted(console, ended)
    if summary.origins and sum(number > 0 for number in summary.origins.changes.values()) > 1:
        console.print()
        show_origins(console, summary.origins)
    _sealed(console, summary)
    if summary.rubrics:
        console.print()
        show_rubric_record(console, summary.rubrics)
    calls = ", ".join(f"{role} {number:,}" for role, number in summary.calls.items())
    failed = f" {summary.failed_calls:,} of them failed." if summary.failed_calls else ""
    console.print(f"\nCalls: {calls}.{failed}")
    if folder:
        console.print(f"Revised spec: {folder.spec} (a patch beside it)", soft_wrap=True)
        console.print(f"Every call:   concord trace {folder.path}", soft_wrap=True)


def left_out(unused: Mapping[str, int]) -> str:
    """A sentence on the data that could not be used."""
    kinds = ", ".join(f"{number:,} {kind.replace('_', ' ')}" for kind, number in unused.items())
    return f"Data left out: {count(sum(unused.values()), 'item')} ({kinds}); `concord data inspect PATH` shows where."


def _left(console: Console, records: RunRecords, summary: Summary) -> None:
    """Say what a reviewer put off or put away, and what waits undecided."""
    deferred = len({one.proposal for one in records.decisions.find(decision="defer")})
    aside = len({one.proposal for one in records.decisions.find(decision="set_aside")})
    told = [f"deferred {deferred}"] * bool(deferred) + [f"set {aside} aside"] * bool(aside)
    if told:
        console.print(f"The reviewer {' and '.join(told)}.")
    if waiting := summary.proposals.get("waiting", 0):
        console.print(f"{count(waiting, 'proposal')} waited undecided at the end.")


def _adopted(console: Console, ended: Finished) -> None:
    records, spec = ended.context.records, ended.context.inputs.spec
    for adopted in (each for each in ended.summary.adopted if not each.overlays):
        proposal = records.proposals.get(adopted.id)
        after = apply(spec, proposal.edits)
        console.print()
        show_proposal(console, records, proposal, title=f"Adopted ({adopted.label or 'by a person'})")
        if adopted.effect:
            indented(console, effect_line(adopted.effect))
        if adopted.conversations_for_proof:
            wanted = count(adopted.conversations_for_proof, "conversation")
            indented(console, f"a proof would take about {wanted} like those of its trial")
        show_redline(console, redline(spec.text, after.text), indent=2)
        spec = after
    show_overlays(console, ended)


def effect_line(effect: Effect) -> str:
    """What an edit does, shrunken by all that the run tried."""
    return (
        f"effect, shrunken by all that was tried: {points(effect.mean, sign=True)} points "
        f"({points(effect.low, sign=True)} to {points(effect.high, sign=True)}) on {count(effect.items, 'conversation')}; "
        f"chance of no improvement {100 * effect.no_improvement:.1f} %"
    )


def show_proposal(console: Console, store: RunRecords, proposal: Proposal, *, title: str) -> None:
    """Print what a proposal wants, where it comes from, and what it rests on."""
    console.print(Text(f"{title} {proposal.id}: {visible(proposal.intent)}", style="bold"))
    indented(
        console, f"{proposal.kind.replace('_', ' ')}, {_where(proposal)}, from the {ORIGINS[proposal.origin]}"
    )
    for line in evidence_lines(store, proposal):
        indented(console, line)


def _where(proposal: Proposal) -> str:
    places = dict.fromkeys(
        f"a new section after {edit.section}" if edit.op == "new_section" else f"section {edit.section}"
        for edit in proposal.edits
    )
    return visible(" and ".join(places))


def evidence_lines(store: RunRecords, proposal: Proposal) -> list[str]:
    """What a proposal rests on, a sentence each: screen, trials, checks, people's words."""
    lines: list[str] = []
    for trial in store.trials.find(proposal=proposal.id):
        whose = f", people of {visible(trial.group)} alone" if trial.group else ""
        lines.append(f"{_stage(trial)}{whose}: {trial.reason}")
        lines += [f"{_stage(trial)}, {visible(test.told)}" for test in trial.groups]
    for found in store.support.find(proposal=proposal.id):
        voice = found.support
        lines.append(
            f"people's words: {voice.support} support, {voice.refute} refute, {voice.silent} silent ({voice.outcome})"
        )
        lines += map(visible, refuted_by(voice))
    for record in store.conflicts.find(proposal=proposal.id):
        lines += map(visible, record.sentences)
    support = store.support.find(proposal=proposal.id)
    direct = direct_figures(
        proposal.id, store.verdicts.find(proposal=proposal.id), store.votes.find(proposal=proposal.id),
        apart=support[-1].elsewhere_asked if support else (),
    )  # fmt: skip
    if direct is not None:
        lines += direct_lines(direct, support[-1].support if support else None)
    for kind in store.kinds.find(proposal=proposal.id):
        if kind.found:
            agrees = "" if kind.agrees is not False else f", though claimed to be a {kind.claimed}"
            told = f"kind, read independently: {kind.found}{agrees}, of “{kind.sentence}”"
            lines.append(visible(told.replace("_", " ")))
    return lines


def _stage(trial: Trial) -> str:
    return f"{STAGES[trial.stage]} in round {trial.round}"


def _sealed(console: Console, summary: Summary) -> None:
    if (whole := summary.whole_text) is not None:
        found = "it does harm: look again before you use it" if whole.harmful else "no harm seen"
        console.print(
            f"\nThe whole text beside the original: {100 * whole.mean:+.1f} points on "
            f"{count(whole.conversations, 'open conversation')}, which chose the edits: {found}."
        )
    sealed = summary.sealed_test
    if sealed is None:
        console.print(f"\nNo sealed test: {summary.sealed_note}")
        return
    shown = table(f"Sealed test, {count(sealed.conversations, 'conversation')}", "agreement", "95 % interval")
    for name, figure in arms(sealed):
        shown.add_row(name, points(figure.estimate), interval(figure))
    console.print()
    console.print(shown)
    gain = sealed.gain
    closed = sealed.likely.gap_closed
    told = f", {100 * closed:.0f} % of the gap to the leave-one-out consensus" if closed is not None else ""
    console.print(
        Text(
            f"Gain: {points(gain.estimate, sign=True)} points ({interval(gain, sign=True)}){told}.",
            style="bold",
        )
    )
    console.print(sealed.gain_note)
    if unseen := sealed.unseen_people:
        console.print(
            f"With the {count(unseen.participants, 'participant')} held in reserve: likely text "
            f"{points(unseen.likely_gain.estimate, sign=True)} points ({interval(unseen.likely_gain, sign=True)}), "
            f"proven text {points(unseen.proven_gain.estimate, sign=True)}."
        )
    show_overlay_figures(console, sealed)
    used = ""
    if summary.use:
        used = (
            f" The test split of this data was opened {count(summary.use.openings, 'time')} so far, and "
            f"{count(summary.use.runs, 'run')} tried edits on it."
        )
    console.print(f"Ranking block: {summary.data.block}. Context: {sealed.context}.{used}")
