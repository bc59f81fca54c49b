"""The end of a run for a reader: what was adopted and on what evidence, and what the sealed test says."""

from rich.console import Console
from rich.text import Text

from ..graph.launch import Finished
from ..graph.run_records import RunRecords
from ..graph.summary import Figure, SealedTest, Summary
from ..spec import Proposal, apply, redline, visible
from ..store.runs import RunFolder
from ..trials.records import Trial
from .printing import count, indented, interval, points, show_notice, table
from .redlines import show_redline

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

STAGES = {
    "screen": "screen",
    "trial": "trial",
    "retest": "together with others",
    "outside": "outside its set",
}
ORIGINS = {
    "batch": "batch proposer",
    "conversation": "single-conversation proposer",
    "human": "reviewer",
}


def report(console: Console, folder: RunFolder | None, ended: Finished, *, openings: int) -> None:
    """Print a finished run. `openings`: how often the data's sealed test split was opened so far."""
    summary = ended.summary
    show_notice(console, summary.notice)
    made, tried, adopted = (summary.proposals[name] for name in ("made", "tried", "adopted"))
    console.print(
        f"Stopped after {count(summary.rounds, 'round')}: {STOPPED[summary.stop_reason]}. "
        f"{count(made, 'proposal')} made, {tried} tried, {adopted} adopted."
    )
    if summary.rejected:
        console.print("Rejected:")
        for reason, number in summary.rejected.items():
            console.print(f"  {number:4}  {reason}: {REASONS[reason]}")
    _left(console, ended.shop.store)
    _adopted(console, ended)
    _sealed(console, summary, openings)
    calls = ", ".join(f"{role} {number:,}" for role, number in summary.calls.items())
    failed = f" {summary.failed_calls:,} of them failed." if summary.failed_calls else ""
    console.print(f"\nCalls: {calls}.{failed}")
    if folder:
        console.print(f"Revised spec: {folder.spec} (a patch beside it)", soft_wrap=True)
        console.print(f"Every call:   concord trace {folder.path}", soft_wrap=True)


def _left(console: Console, store: RunRecords) -> None:
    """Say what a reviewer put off or put away."""
    deferred = store.decisions.count(decision="defer")
    aside = store.decisions.count(decision="set_aside")
    if deferred or aside:
        console.print(f"The reviewer deferred {deferred} and set {aside} aside.")


def resume_hint(folder: RunFolder | None) -> str:
    return f"Go on in a terminal with: concord run --resume {folder.path if folder else 'RUN'} --approve"


def _adopted(console: Console, ended: Finished) -> None:
    store, spec = ended.shop.store, ended.shop.setup.spec
    for adopted in ended.summary.adopted:
        proposal = store.proposals.get(adopted.id)
        after = apply(spec, proposal.edits)
        console.print()
        show_proposal(console, store, proposal, title="Adopted")
        show_redline(console, redline(spec.text, after.text), indent=2)
        spec = after


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
    """What a proposal rests on, a sentence each: screen, trial, retest, people's words."""
    lines = [f"{_stage(trial)}: {trial.reason}" for trial in store.trials.find(proposal=proposal.id)]
    voices = store.note(f"voices:{proposal.id}")
    if isinstance(voices, dict):
        share = f"{voices['support']} support, {voices['refute']} refute, {voices['silent']} silent"
        lines.append(f"people's words: {share} ({voices['outcome']})")
    return lines


def _stage(trial: Trial) -> str:
    return f"{STAGES[trial.stage]} in round {trial.round}"


def _sealed(console: Console, summary: Summary, openings: int) -> None:
    sealed = summary.sealed_test
    if sealed is None:
        console.print("\nNo sealed test was taken.")
        return
    shown = table(f"Sealed test, {count(sealed.conversations, 'conversation')}", "agreement", "95 % interval")
    for name, figure in rows(sealed):
        shown.add_row(name, points(figure.estimate), interval(figure))
    console.print()
    console.print(shown)
    gain = sealed.gain
    closed = (
        f", {100 * sealed.gap_closed:.0f} % of the gap to the leave-one-out consensus"
        if sealed.gap_closed is not None
        else ""
    )
    console.print(
        Text(
            f"Gain: {points(gain.estimate, sign=True)} points ({interval(gain, sign=True)}){closed}.",
            style="bold",
        )
    )
    if unseen := sealed.unseen_people:
        console.print(
            f"With the {count(unseen.participants, 'participant')} held in reserve: "
            f"{points(unseen.gain.estimate, sign=True)} points ({interval(unseen.gain, sign=True)})."
        )
    console.print(
        f"Ranking block: {summary.block}. Context: {sealed.context}. "
        f"The test split of this data was opened {count(openings, 'time')} so far."
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
