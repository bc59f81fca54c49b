"""What one proposal or one conversation went through in a run, and calls that failed or hold some words."""

from collections import Counter
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from ..agents.records import Ranked, Verdict
from ..errors import RunError
from ..graph.records import Decision
from ..graph.run_records import RunRecords
from ..models.records import CallRecord
from ..records import Record
from ..spec import Proposal, redline, visible
from ..trials.records import Trial
from .printing import count, indented
from .redlines import show_redline
from .report import show_proposal
from .trace import calls, gist

SHOWN = 20
"""Calls listed; how many there are is always said."""
_AROUND = 60
"""Characters shown on each side of words that were found."""


class ProposalTrace(Record):
    """Everything that a run knows of one proposal."""

    proposal: Proposal
    trials: tuple[Trial, ...]
    verdicts: tuple[Verdict, ...]
    decisions: tuple[Decision, ...]
    calls: tuple[str, ...]
    """Ids of the calls made about it."""


class ConversationTrace(Record):
    """Everything that a run asked about one conversation."""

    conversation: str
    rankings: tuple[Ranked, ...]
    proposals: tuple[str, ...]
    """Proposals that rest on it."""


def kind_of(store: RunRecords, id: str) -> str:
    """What an id names in this run, in words; empty for nothing that it knows."""
    if id and _has(store.proposals, id):
        return "a proposal: --proposal shows it"
    if store.rankings.count(conversation=id):
        return "a conversation: --conversation shows it"
    if _has(store.calls, id):
        return "a call: --call shows it"
    if _has(store.trials, id):
        return "a trial: --proposal with its proposal's id shows it"
    return ""


def _has(repository: object, id: str) -> bool:
    try:
        repository.get(id)  # type: ignore[attr-defined]  # every repository has it
    except KeyError:
        return False
    return True


def proposal_id(store: RunRecords, id: str) -> str:
    """A proposal's id from it or its beginning. Raises RunError that says what the id is, where it is another."""
    if id and _has(store.proposals, id):
        return id
    near = [proposal.id for proposal in store.proposals.find() if id and proposal.id.startswith(id)]
    if len(near) == 1:
        return near[0]
    if near:
        raise RunError(f"{len(near)} proposals begin with {id!r}; give more of the id")
    told = kind_of(store, id)
    if told:
        raise RunError(f"{id!r} is no proposal but {told}")
    raise RunError(f"the run has no proposal {id!r}; `concord trace RUN` names each")


def proposal_trace(store: RunRecords, id: str) -> ProposalTrace:
    """Raises RunError."""
    full = proposal_id(store, id)
    return ProposalTrace(
        proposal=store.proposals.get(full),
        trials=tuple(store.trials.find(proposal=full)),
        verdicts=tuple(store.verdicts.find(proposal=full)),
        decisions=tuple(store.decisions.find(proposal=full)),
        calls=tuple(call.id for call in calls(store, subject=full)),
    )


def conversation_trace(store: RunRecords, id: str) -> ConversationTrace:
    """Raises RunError for one that the run asked nothing about."""
    found = store.rankings.find(conversation=id)
    if not found:
        told = kind_of(store, id)
        raise RunError(
            f"{id!r} is no conversation but {told}" if told else f"the run ranked no conversation {id!r}"
        )
    resting = [p.id for p in store.proposals.find() if id in p.conversations]
    return ConversationTrace(conversation=id, rankings=tuple(found), proposals=tuple(resting))


def show_proposal_trace(console: Console, store: RunRecords, found: ProposalTrace) -> None:
    """Print one proposal whole, rejected or not: its text, its evidence, what was decided, its calls."""
    proposal = found.proposal
    show_proposal(console, store, proposal, title="Proposal")
    for trial in found.trials:
        known = [d for d in trial.differences if d is not None]
        indented(
            console,
            f"{trial.stage} in round {trial.round}: {len(known)} of {count(len(trial.planned), 'conversation')} "
            f"answered, {sum(d > 0 for d in known)} nearer to the people, {sum(d < 0 for d in known)} further away",
            by=4,
        )
    for decision in found.decisions:
        why = f" ({decision.reason})" if decision.reason else ""
        note = f": {decision.note}" if decision.note else ""
        indented(console, f"{decision.decision} by {decision.by} in round {decision.round}{why}{note}")
    if found.verdicts:
        said = Counter(verdict.stance for verdict in found.verdicts if not verdict.is_label)
        indented(console, "verdicts: " + ", ".join(f"{number} {stance}" for stance, number in said.items()))
    if proposal.conversations:
        indented(console, f"rests on: {', '.join(proposal.conversations)}")
    for edit in proposal.edits:
        console.print()
        console.print(Text(f"{edit.op.replace('_', ' ')} in section {edit.section}", style="bold"))
        if edit.anchor:
            indented(console, f"where it says: {edit.anchor}")
        if edit.text:
            indented(console, f"the text: {edit.text}")
    if found.trials:
        last = found.trials[-1]
        console.print()
        show_redline(console, redline(store.text(last.base), store.text(last.candidate)), indent=2)
    console.print()
    console.print(f"{count(len(found.calls), 'call')}{': ' if found.calls else ''}{_listed(found.calls)}")


def show_conversation_trace(console: Console, found: ConversationTrace) -> None:
    """Print how one conversation was ranked, under which text, and why."""
    console.print(Text(f"Conversation {visible(found.conversation)}", style="bold"))
    for ranked in found.rankings:
        under = f"text {ranked.spec[:8]}" if ranked.spec else "no spec"
        indented(console, f"{ranked.ranking} under {under}, call {ranked.call}")
        if ranked.explanation:
            indented(console, ranked.explanation, by=4)
    if found.proposals:
        console.print(f"Proposals that rest on it: {_listed(found.proposals)}")


def failed_calls(store: RunRecords) -> list[CallRecord]:
    """The calls that failed, without their texts."""
    return list(calls(store, status="failed"))


def show_failed(console: Console, found: list[CallRecord]) -> None:
    """Print failures by what was said, the commonest first, with the calls behind each."""
    if not found:
        console.print("No call failed.")
        return
    console.print(f"{count(len(found), 'call')} failed.")
    by_words: dict[str, list[CallRecord]] = {}
    for call in found:
        by_words.setdefault(call.failure, []).append(call)
    for words, group in sorted(by_words.items(), key=lambda pair: -len(pair[1])):
        console.print()
        console.print(f"{len(group):,} × {words}")
        for call in group[:SHOWN]:
            indented(
                console,
                f"{call.id} {call.role.replace('_', ' ')}, round {call.where.round}, {call.where.node}",
            )
        if len(group) > SHOWN:
            indented(console, f"… {len(group) - SHOWN:,} more")


def matching(store: RunRecords, words: str) -> Iterator[tuple[CallRecord, str]]:
    """Calls whose prompt, reply or failure holds these words (case doesn't count), each with an excerpt."""
    wanted = words.casefold()
    for brief in calls(store):
        call = store.calls.get(brief.id)
        for name, text in (*call.parts, ("reply", call.raw), ("failure", call.failure)):
            at = text.casefold().find(wanted)
            if at >= 0:
                around = text[max(0, at - _AROUND) : at + len(words) + _AROUND]
                yield call, f"{name}: {' '.join(around.split())}"
                break


def show_matching(console: Console, store: RunRecords, words: str) -> None:
    """Print the calls that hold these words, the first ones with an excerpt."""
    found = list(matching(store, words))
    console.print(f"{count(len(found), 'call')} with {words!r}.")
    for call, excerpt in found[:SHOWN]:
        indented(console, f"{call.id} {call.role.replace('_', ' ')}, round {call.where.round}: {gist(call)}")
        indented(console, excerpt, by=4)
    if len(found) > SHOWN:
        indented(console, f"… {len(found) - SHOWN:,} more; --json lists them all")


def _listed(ids: tuple[str, ...]) -> str:
    more = f" … {len(ids) - SHOWN:,} more" if len(ids) > SHOWN else ""
    return ", ".join(ids[:SHOWN]) + more
