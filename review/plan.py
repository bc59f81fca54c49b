"""What a run would take and what it could prove, before anything is asked."""

from ..graph.context import RunContext, RunInputs
from ..graph.estimating import Line, estimate
from ..models.protocol import Profile, Role
from ..records import Record
from ..trials.plan import TWO_DRAWS_SD
from ..trials.plan import plan as trials_plan
from .measured_reader import MeasuredReader

SHARES = (1 / 12, 1 / 4)
"""Shares of the conversations that an edit touches, for which the plan says what can be proven."""
POINTS = (0.05, 0.1, 0.2)
FEW = 15
"""Conversations to test on below which hardly any effect can be proven."""
WIRE_SECONDS = 3.0
"""Latency of a usual answer over a wire."""
NATIVE_SECONDS = 0.001
"""The same of a model in this process that answers by rules."""
TYPICAL: dict[Role, float] = {
    "relevance": 0.1,
    "ranker": 0.1,
    "batch_proposer": 0.6,
    "conversation_proposer": 0.6,
    "validator": 0.2,
}
"""How far a usual run goes from the least to the most calls of an agent: between what the bundled example and the
planted worlds took with the defaults (0.07 and 0.13 for the ranker; most proposals fall to the screen, and a run stops early)."""


class PlanLine(Record):
    """One agent's share, in calls."""

    role: Role
    done: int
    """Made by this run already, where it is taken up again; they are taken off the others."""
    least: int
    """One round that finds nothing."""
    typical: int
    most: int
    """Every round as full as it may be."""
    input_tokens_a_call: int
    usd_least: float | None
    """None: the base model's price isn't known."""
    usd_typical: float | None
    usd_most: float | None
    minutes_typical: float
    minutes_most: float


class Plan(Record):
    """A run before it begins, or what is left of it."""

    conversations: dict[str, int]
    lines: tuple[PlanLine, ...]
    provable: tuple[str, ...]
    """What effects this data can prove, a sentence each; empty where nothing is known of that."""
    warnings: tuple[str, ...]
    assumed: str
    """What the times rest on."""
    notice: str


def plan(inputs: RunInputs, *, reader: MeasuredReader | None = None) -> Plan:
    """How many calls each agent would make, what they cost, how long they take. Asks nothing.

    `reader`: the ranker's base model as measured by `concord calibrate`; what can be proven rests on its noise.
    """
    context = RunContext.of(inputs)
    found = estimate(context)
    return Plan(
        conversations=found.conversations,
        lines=tuple(_line(inputs, line) for line in found.lines),
        provable=provable(context, reader),
        warnings=warnings(context),
        assumed=(
            f"{WIRE_SECONDS:g} s a call over a wire, as many at once as each base model's profile allows, and its "
            "rate limits"
        ),
        notice=found.notice,
    )


def price_known(profile: Profile) -> bool:
    """Whether a base model's calls can be told in money; one in this process costs none."""
    return profile.answers == "native" or profile.priced


def provable(context: RunContext, reader: MeasuredReader | None = None) -> tuple[str, ...]:
    """What effects the trials of this run could prove on this data, for edits that touch a twelfth of it or more."""
    options, folds, policy = context.options, context.folds, context.policies.acceptance
    tested = round(len(folds.items) * (1 - 1 / len(folds.names)))
    sizes = tuple(size for share in SHARES if (size := round(tested * share)) >= 4)
    if not sizes:
        return ()
    falls = context.evaluator.possible_falls(context.inputs.spec.digest, list(folds.items))
    sentences = []
    for size in sizes:
        measured = reader.sd_of(policy.draws_for(min(size, policy.trial_items))) if reader else None
        found = trials_plan(
            alpha=options.alpha, max_trials=policy.max_trials, q=options.q, sizes=(size,), effects=POINTS,
            falls=falls, sd=measured or TWO_DRAWS_SD,
        )  # fmt: skip
        told = ", ".join(
            f"{100 * chance.effect:.0f} points {chance.likely:.0%} likely and {chance.proven:.0%} proven"
            for chance in found.chances
        )
        noise = (
            "as this reader was measured"
            if measured
            else "assumed; `concord calibrate` measures a base model's"
        )
        sentences.append(
            f"An edit that touches {size} of the {tested} conversations it is tested on: worth {told} "
            f"(noise of a conversation {100 * found.sd:.1f} points, {noise})."
        )
    return tuple(sentences)


def warnings(context: RunContext) -> tuple[str, ...]:
    """What to know before money is spent."""
    folds = context.folds
    fewest = min(len(folds.others(fold)) for fold in folds.names)
    if fewest >= FEW:
        return ()
    return (
        f"only {fewest} conversations to test a proposal on: with fewer than about {FEW} hardly any effect can be "
        "proven; give more data",
    )


def _line(inputs: RunInputs, line: Line) -> PlanLine:
    caller = inputs.callers[line.role]
    profile = caller.model.profile
    done = inputs.records.calls.count(role=line.role)
    typical = line.least + round(TYPICAL[line.role] * (line.most - line.least))
    least, typical, most = (max(0, calls - done) for calls in (line.least, typical, line.most))
    native = profile.answers == "native"
    known = price_known(profile)
    a_call = (line.usd_most or 0.0) / line.most if line.most else 0.0

    def usd(calls: int) -> float | None:
        return round(calls * a_call, 4) if known else None

    def minutes(calls: int) -> float:
        seconds = calls * NATIVE_SECONDS if native else calls * WIRE_SECONDS / max(1, profile.concurrency)
        rates = [
            calls / profile.requests_per_minute if profile.requests_per_minute else 0.0,
            calls * line.input_tokens_a_call / profile.tokens_per_minute
            if profile.tokens_per_minute
            else 0.0,
        ]
        return round(max(seconds / 60, *rates), 3)

    return PlanLine(
        role=line.role,
        done=done,
        least=least,
        typical=typical,
        most=most,
        input_tokens_a_call=line.input_tokens_a_call,
        usd_least=usd(least),
        usd_typical=usd(typical),
        usd_most=usd(most),
        minutes_typical=minutes(typical),
        minutes_most=minutes(most),
    )
