"""What a reviewer is asked before an adoption, and what may be answered."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from pydantic import ValidationError

from ..agreement.bridging import refuted_by
from ..agreement.support import SupportShare
from ..errors import OptionError
from ..records import Record
from ..spec import Flag, Redline, apply, flags
from ..trials.outcomes import Effect
from .context import RunContext
from .docket import BY_REVIEWER, standing
from .groups import joined
from .staging import outcomes_of
from .state import State

Word = Literal["adopt", "defer", "set_aside", "stop", "end_sealed", "pause"]
ANSWERS: Mapping[str, str] = {
    "adopt": "The edit comes into the text.",
    "defer": "Not now: it stays out of the text in this run, and other wordings of it may still come.",
    "set_aside": "No: it stays out, in other words too, and your note is shown to the proposers.",
    "stop": "The run ends here: what waits stays undecided, and the test split is opened.",
    "end_sealed": "The run ends here, and the test split stays sealed.",
    "pause": "Leave: nothing is decided, and the same question is asked when the run is resumed.",
}


class Question(Record):
    """One accepted edit against the text as it stands. Texts of the spec and of models are not escaped."""

    proposal: str
    number: int
    """This question's among the round's `of`."""
    of: int
    round: int
    intent: str
    kind: str
    origin: str
    label: str
    """proven or likely."""
    needs_person: bool
    """Whether the section's authority leaves the change to a person."""
    reason: str
    """The trial in one sentence."""
    effect: Effect | None
    support: SupportShare | None
    """What people's justifications say; None: they were not asked."""
    redline: str
    """What adopting it would do to the text as it stands."""
    overlays: tuple[str, ...] = ()
    """The groups whose overlays it would come into; empty: the common text."""
    flags: tuple[Flag, ...]
    """Changes of authority, of modal verbs, of structure, of examples."""
    conflicts: tuple[str, ...] = ()
    """What it contradicts in the rest of the spec, a sentence each."""
    refuting: tuple[str, ...] = ()
    """Groups of people that refute it while most support it, a sentence each."""
    answers: Mapping[str, str] = ANSWERS


class Answer(Record):
    """A reviewer's word on the proposal that was asked about."""

    proposal: str
    decision: Word
    name: str = "reviewer"
    note: str = ""


def question(context: RunContext, state: State, waiting: list[str]) -> Question:
    """The question about the first of `waiting`. Raises EditError where its edits no longer apply."""
    id_ = waiting[0]
    proposal = context.records.proposals.get(id_)
    names = state["docket"][id_].get("overlays", [])
    inside = state.get("overlays", {}).get(names[0], []) if names else []
    spec = joined(context.texts, context.records, state["current"], inside)
    after = apply(spec, proposal.edits)
    outcomes = outcomes_of(context, state["round"], "decide", [id_])
    trials = context.records.trials.find(proposal=id_, stage="trial")
    support = context.records.support.find(proposal=id_, round=state["round"])
    decided = _decided(state)
    return Question(
        proposal=id_,
        number=len(decided) + 1,
        of=len(decided) + len(waiting),
        round=state["round"],
        intent=proposal.intent,
        kind=proposal.kind,
        origin=proposal.origin,
        label=state["docket"][id_]["label"],
        needs_person=context.policies.authority.needs(spec, proposal) == "a person",
        reason=trials[-1].reason if trials else "",
        effect=outcomes[-1].effect if outcomes else None,
        support=support[-1].support if support else None,
        redline=str(Redline.of(spec, after)),
        overlays=tuple(names),
        flags=flags(spec, proposal.edits),
        conflicts=found[-1].sentences if (found := context.records.conflicts.find(proposal=id_)) else (),
        refuting=refuted_by(support[-1].support) if support else (),
    )


def read_answer(asked: str, given: Mapping[str, Any]) -> Answer:
    """Raises OptionError for an answer to another question, or one that isn't in the list."""
    try:
        answer = Answer.model_validate(given)
    except ValidationError as problem:
        wrong = problem.errors()[0]
        raise OptionError(
            f"this is no reviewer's answer ({'.'.join(map(str, wrong['loc']))}: {wrong['msg']}); a decision is one "
            f"of: {', '.join(get_args(Word))}"
        ) from None
    if answer.proposal != asked:
        raise OptionError(
            f"the answer is to proposal {answer.proposal}, and the run asks about {asked}: read the question again "
            "and answer that one"
        )
    return answer


def _decided(state: State) -> list[str]:
    """What was adopted or declined in this round already."""
    docket = state["docket"]
    return [
        id_
        for id_ in standing(docket, "adopted", "deferred", "rejected")
        if docket[id_]["round"] == state["round"]
        and (docket[id_]["status"] == "adopted" or docket[id_]["reason"] in (BY_REVIEWER, "set_aside"))
        and docket[id_]["label"]
    ]
