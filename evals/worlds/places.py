"""What became of each planted place, and of all proposals: where a run loses what the true spec would bring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ...records import Record
from ..synthetic.language import Place, rules, weights
from ..synthetic.truth import Truth
from ..synthetic.world import Gap, document

End = Literal[
    "refused", "not_asked_for", "screened", "untried", "no_evidence", "unsupported", "beside", "adopted"
]  # fmt: skip
"""How far a proposal came, the furthest last.

refused: consolidation took it for a duplicate, or it doesn't apply. not_asked_for: the pre-check found nobody who wants
it. screened: no promise on its own fold. untried: it had no trial before the run ended, or another was tried in its
place. no_evidence: its trial didn't bear it out. unsupported: people's words don't speak for it, or against it.
beside: it adds nothing beside another edit, or the search for harm found some.
"""
Fate = Literal[
    "never_proposed", "refused", "not_asked_for", "screened", "untried", "no_evidence", "unsupported", "beside",
    "in_part", "held",
]  # fmt: skip
"""What became of a planted place. held: the likely text asks for what people want there. in_part: an edit for it was
adopted, and the place isn't held. The others: how far any proposal for it came."""
FATES: tuple[Fate, ...] = get_args(Fate)
ENDS: tuple[End, ...] = get_args(End)
Step = Literal["made", "considered", "asked_for", "promising", "tried", "borne_out", "supported", "adopted"]
"""What a proposal has behind it; considered: it came onto the docket, promising: its screen was passed."""
STEPS: tuple[Step, ...] = get_args(Step)
_FROM: Mapping[Step, End] = {
    "made": "refused", "considered": "not_asked_for", "asked_for": "screened", "promising": "untried",
    "tried": "no_evidence", "borne_out": "unsupported", "supported": "beside", "adopted": "adopted",
}  # fmt: skip
"""The first end at which a step is behind a proposal."""
FOR_A_PLACE = 0.3
"""A proposal is for a place when its true gain is at least so much of what closing the place alone brings."""


@dataclass(frozen=True, slots=True)
class Made:
    """A proposal: the text it was written against, that text with its edits, and how far it came.

    `after` is None where the edits don't apply to that text. `reason`: the engine's (trials.outcomes.Reason), or
    where it stood on the docket at the end.
    """

    before: str
    after: str | None
    end: End
    reason: str = ""


class PlaceFate(Record):
    """A planted place and what became of it."""

    place: str
    """The gap's id."""
    worth: float
    """What closing it alone brings, as a share of the true spec's gain."""
    fate: Fate
    reason: str = ""
    """Of the proposal that came furthest."""


class Reached(Record):
    """How many proposals have a step behind them; `true`: those whose edits move the true agreement up."""

    proposals: int
    true: int


class Account(Record):
    """Of one run: its planted places, and its proposals by the steps that they have behind them."""

    places: tuple[PlaceFate, ...] = ()
    reached: Mapping[Step, Reached] = {}


def account(truth: Truth, made: Sequence[Made], final: str) -> Account:
    """`made`: all proposals of a run; `final`: its likely text."""
    judged = [_judged(truth, each) for each in made]
    held = truth.held(final)
    return Account(
        places=tuple(
            PlaceFate(place=gap.id, worth=_worth(truth, gap), fate="held")
            if gap.id in held
            else _lost(truth, gap, judged)
            for gap in truth.world.gaps
        ),
        reached={step: _reached(step, judged) for step in STEPS},
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    made: Made
    gain: float
    """True gain of the edits in points; 0 where they don't apply."""


def _judged(truth: Truth, made: Made) -> _Judged:
    return _Judged(made, 0.0 if made.after is None else truth.step(made.before, made.after))


def _nearer(made: Made, place: Place, wanted: float) -> bool:
    """Whether the edits bring what is asked for at a place nearer to what people want."""
    then, now = (
        abs(weights(rules(text)).get(place, 0.0) - wanted)
        for text in (made.before, made.after or made.before)
    )
    return now < then - 1e-9


def _worth(truth: Truth, gap: Gap) -> float:
    return truth.share(document(truth.world.plan.mended([gap]), truth.world.seed))


def _lost(truth: Truth, gap: Gap, judged: Sequence[_Judged]) -> PlaceFate:
    """The furthest end of what was proposed for a place that isn't held."""
    worth = _worth(truth, gap)
    least = FOR_A_PLACE * worth * truth.best
    for_it = [
        each.made
        for each in judged
        if each.gain > 0
        and each.gain >= least
        and _nearer(each.made, gap.place, truth.world.truth[gap.place])
    ]
    if not for_it:
        return PlaceFate(place=gap.id, worth=worth, fate="never_proposed")
    furthest = max(for_it, key=lambda each: ENDS.index(each.end))
    fate: Fate = "in_part" if furthest.end == "adopted" else furthest.end
    return PlaceFate(place=gap.id, worth=worth, fate=fate, reason=furthest.reason)


def _reached(step: Step, judged: Sequence[_Judged]) -> Reached:
    those = [each for each in judged if ENDS.index(each.made.end) >= ENDS.index(_FROM[step])]
    return Reached(proposals=len(those), true=sum(each.gain > 0 for each in those))
