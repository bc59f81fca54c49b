"""What a run would take, from its real prompts, before anything is asked."""

from collections.abc import Sequence

from ..agents.proposers import MOST
from ..agents.rubric import GRADES
from ..errors import OptionError
from ..models.budget import Amount, price
from ..models.protocol import Request, Role, Usage
from ..models.tokens import tokens
from ..records import Record
from ..trials.engine import MEASURE
from .concluding import ORDER, fits, sealed_evaluator
from .conflicts import MOST_KEYED
from .context import RunContext

LOOK_AT = 24
"""Prompts of a kind that are rendered to tell the tokens of the others."""
ANSWER_TOKENS: dict[Role, int] = {
    "ranker": 120,
    "relevance": 150,
    "batch_proposer": 600,
    "conversation_proposer": 600,
    "validator": 250,
}
"""Tokens of a usual answer; a reasoning model writes more."""
RANKER_PROMPTS: dict[Role, int] = {"batch_proposer": 16, "conversation_proposer": 2, "validator": 1}
"""How many times a ranker's prompt the prompts of the other agents are, about."""
SEALED_ARMS = 4
"""Texts that the sealed test ranks: original, proven, likely and none."""


class Line(Record):
    """One agent's share. `least`: one round that finds nothing, with the sealed test; `most`: every round full."""

    role: Role
    least: int
    most: int
    input_tokens_a_call: int
    usd_least: float | None
    """None: the price of the model isn't known; `usd_most` likewise."""
    usd_most: float | None


class RunEstimate(Record):
    conversations: dict[str, int]
    """Part (`open`, `test`) to conversations with a ranking."""
    lines: tuple[Line, ...]
    notice: str = ""

    @property
    def least(self) -> Amount:
        """What a run takes at the least: one round and the sealed test."""
        calls = sum(line.least for line in self.lines)
        sent = sum(line.least * (line.input_tokens_a_call + ANSWER_TOKENS[line.role]) for line in self.lines)
        return Amount(calls, sent, sum(line.usd_least or 0.0 for line in self.lines))


def estimate(context: RunContext) -> RunEstimate:
    """How many calls each agent would make, at the least and at the most. Asks nothing."""
    options, spec = context.options, context.inputs.spec
    grading, _ = context.scope.grader.requests(spec, spec.ids, list(context.conversations.values()))
    # Without grades the scope of a prompt isn't known: the sections of each prompt stand in for it in turn.
    questions = [
        context.evaluator.question(spec, name, MEASURE, [spec.ids[index % len(spec.ids)]])
        for index, name in enumerate(context.folds.items[:LOOK_AT])
    ]
    ranking = [context.evaluator.ranker.request(question) for question in questions]
    batches = options.batches if options.proposers != "conversation" else 0
    singles = options.singles if options.proposers != "batch" else 0
    open_, sealed, policy = len(context.conversations), context.sealed, context.policies.acceptance
    proposals = options.rounds * (batches + singles) * MOST
    screens = proposals * options.screen_items * options.screening
    a_trial = 2 * policy.draws * min(open_, policy.trial_items)
    trials = policy.max_trials * (2 * a_trial + 2 * policy.regression.most)
    whole = 2 * min(open_, policy.final_check.most)
    asked = -(-options.justifications_for("batch") // options.justifications_a_call) * policy.max_trials
    a_precheck = -(-options.precheck_justifications // options.justifications_a_call)
    prechecks = proposals * a_precheck * options.precheck * options.screening
    held_against = options.conflicts * policy.max_trials
    keyed = 2 * MOST_KEYED * policy.max_trials if options.conflicts else 0
    base = open_ + arms(context) * sealed
    sealed_grading = conclude_calls(context) - arms(context) * sealed
    graded = len(grading) + sealed_grading
    by_rubrics = sum(
        -(-len(items) // max(1, GRADES // len(context.conversations[name].responses)))
        for name, items in context.rubrics.of.items()
    )
    whole += len(context.rubrics.of)
    lines = [
        _line(context, "relevance", graded, graded + 2 * proposals + by_rubrics, grading),
        _line(
            context,
            "ranker",
            base,
            base + (options.rounds - 1) * open_ + screens + trials + whole + keyed,
            ranking,
        ),
        _line(context, "batch_proposer", batches, batches * options.rounds, ranking),
        _line(context, "conversation_proposer", singles, singles * options.rounds, ranking),
        _line(context, "validator", 0, (asked + prechecks + held_against) * options.validating, ranking),
    ]
    notices = [
        context.inputs.panel.notice,
        *(caller.model.profile.notice for caller in context.inputs.callers.values()),
    ]
    return RunEstimate(
        conversations={"open": open_, "test": sealed},
        lines=tuple(lines),
        notice=" ".join(dict.fromkeys(notice for notice in notices if notice)),
    )


def arms(context: RunContext) -> int:
    """Texts that the sealed test may rank: each group that may have an overlay adds one."""
    return SEALED_ARMS + sum(group.tested for group in context.groups)


def conclude_calls(context: RunContext) -> int:
    """Calls that the sealed test will take: what the budget must keep back.

    Where the spec is too long for the ranker's context, what is to be graded first is reckoned from as many
    open conversations.
    """
    spec, stand_ins = context.inputs.spec, list(context.conversations.values())
    calls = arms(context) * context.sealed
    if context.sealed and not fits(context, [spec], stand_ins):
        grading, _ = context.scope.grader.requests(spec, spec.ids, stand_ins[: context.sealed])
        calls += 3 * len(grading)
    return calls


def conclude_amount(context: RunContext) -> Amount:
    """Calls, tokens and dollars of the sealed test, about: reckoned from open conversations."""
    stand_ins = dict(sorted(context.conversations.items())[:8])
    spec = context.inputs.spec
    full = fits(context, [spec], list(context.conversations.values()))
    evaluator = sealed_evaluator(context, stand_ins, context.evaluator.where)
    requests = [
        context.evaluator.ranker.request(evaluator.question(text, name, ORDER, full=full))
        for name in stand_ins
        for text in (*[spec] * (arms(context) - 1), None)
    ]
    sent = sum(map(_sent, requests)) / len(stand_ins)
    usage = Usage(
        input_tokens=round(sent * context.sealed),
        output_tokens=arms(context) * ANSWER_TOKENS["ranker"] * context.sealed,
    )
    profile = context.evaluator.ranker.caller.model.profile
    return Amount(
        conclude_calls(context), usage.input_tokens + usage.output_tokens, price(profile, usage) or 0.0
    )


def check_budget(context: RunContext) -> None:
    """Raises OptionError for a budget that can't cover one round and the sealed test, naming the least."""
    budget, least = context.inputs.budget, estimate(context).least
    for name, limit, wanted in (
        ("calls", budget.max_calls, float(least.calls)),
        ("tokens", budget.max_tokens, float(least.tokens)),
        ("dollars", budget.max_usd, least.usd),
    ):
        if limit is not None and limit < wanted:
            shown = f"{wanted:.2f}" if name == "dollars" else f"{int(wanted):,}"
            raise OptionError(
                f"a budget of {limit:,} {name} can't cover one round and the sealed test: give {shown} {name} or "
                "more"
            )


def _line(context: RunContext, role: Role, least: int, most: int, sample: Sequence[Request]) -> Line:
    profile = context.inputs.callers[role].model.profile
    sample = sample[:LOOK_AT]
    mean = sum(map(_sent, sample)) / max(1, len(sample)) * RANKER_PROMPTS.get(role, 1)
    usage = Usage(input_tokens=round(mean), output_tokens=ANSWER_TOKENS[role])
    a_call = price(profile, usage)
    return Line(
        role=role,
        least=least,
        most=most,
        input_tokens_a_call=round(mean),
        usd_least=None if a_call is None else round(least * a_call, 4),
        usd_most=None if a_call is None else round(most * a_call, 4),
    )


def _sent(request: Request) -> int:
    return tokens(request.system) + tokens(request.user)
