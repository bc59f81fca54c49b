"""decide: what passes trial and people's words is lined up for adoption; the rest gets its true reason."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from ..agents.records import Stance, Verdict
from ..agreement.support import Voice, clopper_pearson, weigh
from ..errors import BudgetEnded, EditError
from ..models.records import Where
from ..records import Record
from ..spec import Proposal, Spec, apply
from ..trials.outside import look_outside
from ..trials.overlap import TOGETHER, retest
from ..trials.records import Trial
from ..trials.rules import rule
from .records import Decision, Reason
from .testing import forced_sections
from .workshop import Workshop

FROM_TRIAL: dict[str, Reason] = {
    "futile": "no_evidence",
    "ended": "no_evidence",
    "empty": "no_evidence",
    "harmful": "harmful",
}
"""The reason that a trial's outcome gives for a rejection."""


LEANING = 0.55
"""Share in support from which it is worth asking everybody."""
EVERYBODY = 100_000


class Passed(Record):
    """A proposal that holds on evidence, with what it rests on."""

    proposal: Proposal
    trial: Trial
    evidence: Mapping[str, JsonValue]


def reject(
    shop: Workshop, proposal: str, round: int, reason: Reason, note: str, **evidence: JsonValue
) -> None:
    """Write the loop's rejection into the store."""
    shop.store.decisions.add(
        [
            Decision(
                proposal=proposal, round=round, by="loop", decision="rejected", reason=reason, note=note,
                evidence=evidence,
            )
        ]
    )  # fmt: skip


def undecided(verdicts: Sequence[Verdict]) -> bool:
    """Whether most who take a side are in support, and too few were asked to say so: everybody is asked then."""
    told = [verdict.stance for verdict in verdicts]
    support, sides = told.count("support"), len(told) - told.count("silent")
    return bool(sides) and support / sides >= LEANING and clopper_pearson(support, sides)[0] <= 0.5


def weigh_voices(shop: Workshop, verdicts: Sequence[Verdict]) -> tuple[Reason | None, dict[str, JsonValue]]:
    """The reason against adoption that the people's words give, if any, and the figures."""
    stances: dict[str, Stance] = {}
    for verdict in verdicts:
        stances.setdefault(verdict.participant, verdict.stance)
    participants = shop.setup.panel.participants
    voice: Voice = weigh(stances, {id: participants[id].demographics for id in stances})
    figures: dict[str, JsonValue] = voice.model_dump(mode="json")
    if voice.outcome == "refuted":
        return "refuted", figures
    if voice.outcome == "silent" and not shop.options.adopt_silent:
        return "silent", figures
    return None, figures


async def decide(
    shop: Workshop, current: Spec, standing: Sequence[Passed], round: int
) -> tuple[list[Passed], BudgetEnded | None]:
    """Those that stay when put together, strongest first; and the budget's end, if it came on the way.

    An edit that touches conversations of one lined up before it is re-tested on top of it; each is looked
    at outside its set. Both only remove, so they cost no alpha. Rejections are written to the store.
    What can't be looked at because the budget ended is rejected for that; what was lined up before it stays.
    """
    lined: list[Passed] = []
    ended: BudgetEnded | None = None
    text = current
    for passed in sorted(standing, key=lambda p: (-_mean(p.trial), p.proposal.id)):
        proposal, trial = passed.proposal, passed.trial
        try:
            candidate = apply(text, proposal.edits)
        except EditError as problem:
            reject(
                shop, proposal.id, round, "conflict", f"no longer applies after another adoption: {problem}"
            )
            continue
        shop.bench.keep(candidate)
        before = [other for other in lined if set(other.trial.planned) & set(trial.planned)]
        try:
            against = await _together(shop, text, candidate, passed, before, round) or await _outside(
                shop, text, candidate, passed, round
            )
        except BudgetEnded as found:
            against, ended = ("budget", str(found)), found
        if against:
            reject(shop, proposal.id, round, *against)
            continue
        lined.append(passed)
        text = candidate
    return lined, ended


Against = tuple[Reason, str] | None
"""A reason against an adoption, with a note; None: nothing speaks against it."""


async def _together(
    shop: Workshop, current: Spec, candidate: Spec, passed: Passed, before: Sequence[Passed], round: int
) -> Against:
    """Whether an edit adds anything on top of those `before` it, which touch the same conversations."""
    if not before:
        return None
    again = await retest(
        proposal=passed.proposal.id,
        round=round,
        without=current.digest,
        together=candidate.digest,
        planned=passed.trial.planned,
        arms=shop.bench.arms(Where(round=round, node="decide", subject=passed.proposal.id)),
        rule=rule(shop.options.rule),
        alpha=max(TOGETHER, passed.trial.alpha),
        seed=shop.options.seed,
        max_conversations=shop.options.trial_conversations,
    )
    shop.store.trials.add([again])
    if again.outcome == "positive":
        return None
    names = ", ".join(other.proposal.id for other in before)
    return "conflict", f"adds nothing on top of {names}. {again.reason}"


async def _outside(shop: Workshop, current: Spec, candidate: Spec, passed: Passed, round: int) -> Against:
    """Whether an edit does harm on conversations outside its set."""
    sample = shop.options.outside_sample
    if not sample:
        return None
    rest = sorted(set(shop.selection) - set(passed.trial.planned))
    outside = await look_outside(
        proposal=passed.proposal.id,
        round=round,
        current=current.digest,
        candidate=candidate.digest,
        outside=rest,
        arms=shop.bench.arms(
            Where(round=round, node="decide", subject=passed.proposal.id), forced_sections(current, candidate)
        ),
        seed=shop.options.seed,
        sample=sample,
    )
    shop.store.trials.add([outside])
    return ("harmful", f"outside its set: {outside.reason}") if outside.outcome == "harmful" else None


def _mean(trial: Trial) -> float:
    return trial.looks[-1].mean * len(trial.planned) if trial.looks else 0.0
