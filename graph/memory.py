"""What a round remembers of those before it. It is read from the state and from rounds that have ended: a node that
runs again after a crash remembers what it remembered before."""

from ..agents.proposers import Attempt
from .context import RunContext
from .docket import BY_REVIEWER, Entry
from .state import State

MOST = 30
"""Earlier tries that a proposer is shown, the newest."""
_WORDS = {
    "adopted": "adopted",
    "rejected": "rejected: {reason}",
    "retry": "tried, to be tried once more",
    "queued": "waits for its trial",
    "deferred": "tried, not settled yet",
    "accepted": "accepted",
}


def attempts(context: RunContext, state: State) -> list[Attempt]:
    """What was tried before, oldest first, in words: no figure reaches a proposer."""
    decided = [(id_, entry) for id_, entry in state["docket"].items() if entry["status"] in _WORDS]
    decided.sort(key=lambda each: (each[1]["round"], each[0]))
    found: list[Attempt] = []
    for id_, entry in decided[-MOST:]:
        proposal = context.records.proposals.get(id_)
        outcome, note = _outcome(context, id_, entry)
        found.append(
            Attempt(section=proposal.edits[0].section, intent=proposal.intent, outcome=outcome, note=note)
        )
    return found


def shown_in_vain(context: RunContext, state: State) -> dict[str, int]:
    """Theme to the rounds in which it was shown in vain since an edit there was last adopted."""
    counts: dict[str, int] = {}
    if not context.options.memory:
        return counts
    for round_ in range(1, state["round"]):
        for selection in context.records.selections.find(round=round_):
            for ended in context.records.rounds.find(round=round_):
                for theme in selection.themes:
                    counts[theme] = 0 if theme in ended.fruitful else counts.get(theme, 0) + 1
    return counts


def _outcome(context: RunContext, proposal: str, entry: Entry) -> tuple[str, str]:
    """What became of a try, and what a reviewer said of it."""
    if entry["status"] == "adopted" and entry.get("overlays"):
        return "adopted for one group of people only", ""
    if entry["reason"] not in ("set_aside", BY_REVIEWER) or entry["status"] == "accepted":
        reason = entry["reason"].replace("_", " ")
        return _WORDS[entry["status"]].format(reason=reason), ""
    word = "set_aside" if entry["reason"] == "set_aside" else "defer"
    notes = [
        decision.note
        for decision in context.records.decisions.find(proposal=proposal, decision=word)
        if decision.note and decision.round <= entry["round"]
    ]
    return word, notes[-1] if notes else ""
