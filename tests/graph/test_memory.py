"""What a round remembers: words, and nothing of rounds to come."""

from builders import World, proposal

from concord.graph import RunContext
from concord.graph.docket import Docket, Status, proposed
from concord.graph.memory import attempts, shown_in_vain
from concord.graph.records import Decision, RoundRecord, SelectionRecord
from concord.graph.state import State, first_state
from concord.spec import Proposal
from concord.trials.acceptance import first_ledger


def state(context: RunContext, round_: int, docket: Docket | None = None) -> State:
    first = first_state(context.inputs.spec.digest, first_ledger(context.policies.acceptance))
    return {**first, "round": round_, "docket": docket or {}}


def entered(context: RunContext, made: Proposal, status: Status, reason: str = "", round_: int = 1) -> Docket:
    context.records.proposals.add([made])
    return {made.id: {**proposed(0, made.id, round_), "status": status, "reason": reason}}


def outcome(status: Status, reason: str = "") -> str:
    context = World().context()
    (found,) = attempts(context, state(context, 2, entered(context, proposal(), status, reason)))
    return found.outcome


def test_outcomes_are_words_without_a_figure() -> None:
    said = [outcome("adopted"), outcome("rejected", "no_evidence"), outcome("deferred"), outcome("retry")]
    assert said[1] == "rejected: no evidence"
    assert not any(character.isdigit() for each in said for character in each)


def test_a_reviewers_note_reaches_the_proposers() -> None:
    context = World().context()
    made = proposal()
    docket = entered(context, made, "rejected", "set_aside")
    decision = Decision(proposal=made.id, round=1, by="Ada", decision="set_aside", note="not our place")
    context.records.decisions.add([decision])
    (found,) = attempts(context, state(context, 2, docket))
    assert (found.outcome, found.note, found.closed) == ("set_aside", "not our place", True)


def test_what_the_state_does_not_hold_is_not_remembered() -> None:
    """The records of a run that was resumed may hold more than its state does."""
    context = World().context()
    entered(context, proposal(), "rejected", "no_evidence")
    context.records.decisions.add([Decision(proposal=proposal().id, round=1, by="loop", decision="rejected")])
    assert attempts(context, state(context, 1)) == []


def test_a_theme_shown_in_vain_is_counted_until_an_edit_comes_of_it() -> None:
    context = World().context()
    for round_, fruitful in ((1, ()), (2, ()), (3, ("tone",)), (4, ())):
        context.records.selections.put(
            SelectionRecord(round=round_, text="", themes=("tone", "money") if round_ != 4 else ("money",))
        )
        context.records.rounds.put(
            RoundRecord(round=round_, current="", proven="", adopted=(), fruitful=fruitful, stop=None)
        )
    assert shown_in_vain(context, state(context, 3)) == {"tone": 2, "money": 2}
    assert shown_in_vain(context, state(context, 4)) == {"tone": 0, "money": 3}
    assert shown_in_vain(context, state(context, 5)) == {"tone": 0, "money": 4}


def test_without_memory_nothing_is_held_against_a_theme() -> None:
    context = World(options={"memory": False}).context()
    context.records.selections.put(SelectionRecord(round=1, text="", themes=("tone",)))
    context.records.rounds.put(
        RoundRecord(round=1, current="", proven="", adopted=(), fruitful=(), stop=None)
    )
    assert shown_in_vain(context, state(context, 2)) == {}
