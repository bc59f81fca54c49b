"""The end of a run for a reader: what was adopted and on what evidence, and what the sealed test says."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..graph.launch import Finished
from ..graph.summary import Figure, SealedTest, Summary
from ..spec import Proposal, apply, redline, to_plain, to_terminal, visible
from ..store.protocol import RunStore
from ..store.records import Trial
from ..store.runs import RunFolder

STOPPED = {
    "no_improvement": "agreement had stopped improving",
    "rounds": "the rounds asked for were done",
    "max_trials": "the trials that alpha was split over were used up",
    "nothing_to_try": "nothing was left to try",
    "budget": "the budget was used up",
    "stopped_by_reviewer": "the reviewer stopped it",
}
REASONS = {
    "anchor": "the edit did not apply",
    "empty": "it changed nothing",
    "duplicate": "it repeated another",
    "leak": "it copied words out of the data",
    "screened": "no promise on training conversations",
    "no_evidence": "the trial did not bear it out",
    "harmful": "it did harm",
    "refuted": "people's own words spoke against it",
    "silent": "people's own words took no side",
    "conflict": "it added nothing beside another",
    "budget": "there was no budget left to try it",
}


def report(console: Console, folder: RunFolder | None, ended: Finished, *, openings: int) -> None:
    """Print a finished run."""
    summary = ended.summary
    if summary.notice:
        console.print(Text(f"Note: {visible(summary.notice)}", style="yellow"))
    console.print(
        f"Stopped after {_count(summary.rounds, 'round')}: {STOPPED[summary.stop_reason]}. "
        f"{summary.proposals['made']} proposals made, {summary.proposals['tried']} tried, "
        f"{summary.proposals['adopted']} adopted."
    )
    if summary.rejected:
        console.print("Rejected:")
        for reason, count in summary.rejected.items():
            console.print(f"  {count:4}  {reason}: {REASONS[reason]}")
    _adopted(console, ended)
    _sealed(console, summary, openings)
    calls = ", ".join(f"{role} {count}" for role, count in summary.calls.items())
    console.print(f"\nCalls: {calls}." + (f" {summary.failed_calls} failed." if summary.failed_calls else ""))
    if folder:
        console.print(
            f"Revised spec: {folder.spec} (patch beside it). Every call: concord trace {folder.path}"
        )


def resume_hint(folder: RunFolder | None) -> str:
    return f"Go on in a terminal with: concord run --resume {folder.path if folder else 'RUN'} --approve"


def _adopted(console: Console, ended: Finished) -> None:
    store, spec = ended.shop.store, ended.shop.setup.spec
    for adopted in ended.summary.adopted:
        proposal = store.proposals.get(adopted.id)
        after = apply(spec, proposal.edits)
        console.print(
            Text(f"\nAdopted {proposal.id}: {visible(proposal.intent)}", style="bold"),
        )
        console.print(
            f"{proposal.kind.replace('_', ' ')}, section {proposal.edits[0].section}, from the {proposal.origin} proposer"
        )
        for line in evidence_lines(store, proposal):
            console.print(f"  {line}")
        hunks = redline(spec.text, after.text)
        console.print(to_terminal(hunks) if console.is_terminal else to_plain(hunks))
        spec = after


def evidence_lines(store: RunStore, proposal: Proposal) -> list[str]:
    """What a proposal rests on, a sentence each: screen, trial, retest, people's words."""
    lines = [f"{_stage(trial)}: {trial.reason}" for trial in store.trials.find(proposal=proposal.id)]
    voices = store.note(f"voices:{proposal.id}")
    if isinstance(voices, dict):
        share = f"{voices['support']} support, {voices['refute']} refute, {voices['silent']} silent"
        lines.append(f"people's words: {share} ({voices['outcome']})")
    return lines


def _stage(trial: Trial) -> str:
    return {
        "screen": "screen",
        "trial": "trial",
        "retest": "together with others",
        "outside": "outside its set",
    }[trial.stage] + f" in round {trial.round}"


def _sealed(console: Console, summary: Summary, openings: int) -> None:
    sealed = summary.sealed_test
    if sealed is None:
        console.print("\nNo sealed test was taken.")
        return
    table = Table(title="", show_edge=False, pad_edge=False, box=None)
    for column in (f"Sealed test, {sealed.conversations} conversations", "agreement", "95 % interval"):
        table.add_column(column, justify="left" if not table.columns else "right")
    for name, figure in rows(sealed):
        table.add_row(name, points(figure.estimate), interval(figure))
    console.print()
    console.print(table)
    gain = sealed.gain
    console.print(
        f"Gain: {points(gain.estimate, sign=True)} points ({interval(gain, sign=True)})"
        + (
            f", {100 * sealed.gap_closed:.0f} % of the gap to the leave-one-out consensus"
            if sealed.gap_closed is not None
            else ""
        )
        + "."
    )
    if unseen := sealed.unseen_people:
        console.print(
            f"With the {unseen.participants} participants held in reserve: "
            f"{points(unseen.gain.estimate, sign=True)} points ({interval(unseen.gain, sign=True)})."
        )
    console.print(
        f"Ranking block: {summary.block}. Context: {sealed.context}. "
        f"The test split of this data was opened {_count(openings, 'time')} so far."
    )


def rows(sealed: SealedTest) -> list[tuple[str, Figure]]:
    """The arms of the sealed test and the references, for a table."""
    return [
        ("original spec", sealed.original),
        ("final spec", sealed.final),
        ("no spec", sealed.no_spec),
        ("best single ranking (in-sample bound)", sealed.best_single),
        ("leave-one-out consensus", sealed.leave_one_out),
        ("one person against another", sealed.one_person),
        ("longest response", sealed.longest),
        ("random", sealed.random),
    ]


def points(value: float | None, *, sign: bool = False) -> str:
    """A fraction in points, or a dash where it is undefined."""
    return "–" if value is None else f"{100 * value:{'+' if sign else ''}.1f}"


def interval(figure: Figure, *, sign: bool = False) -> str:
    if figure.low is None or figure.high is None:
        return "–"
    return f"{points(figure.low, sign=sign)} to {points(figure.high, sign=sign)}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
