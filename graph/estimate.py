"""What a run would take, from its real prompts, before anything is asked."""

from ..agents.proposers import MOST
from ..models.budget import price
from ..models.caller import Caller
from ..models.protocol import Request, Role, Usage
from ..models.tokens import tokens
from ..records import Record
from ..trials.chances import DRAWS
from .bench import MEASURE
from .workshop import Setup, Workshop

LOOK_AT = 24
"""Prompts of a kind that are rendered to tell the tokens of the others."""


class Line(Record):
    """One agent's share. `least`: one round that finds nothing; `most`: every round as full as it may be."""

    role: Role
    least: int
    most: int
    input_tokens_a_call: int
    usd_least: float | None
    """None: the price of the model isn't known; `usd_most` likewise."""
    usd_most: float | None


class RunEstimate(Record):
    conversations: dict[str, int]
    """Split name to conversations with a ranking."""
    lines: tuple[Line, ...]
    notice: str = ""


def estimate(setup: Setup) -> RunEstimate:
    """How many calls each agent would make, at the least and at the most. Asks nothing."""
    shop = Workshop(setup)
    options = setup.options
    train, selection, sealed = len(shop.training), len(shop.selection), shop.sealed
    grading, _ = shop.grader.requests(
        setup.spec, [s.id for s in setup.spec.sections], list(shop.open.values())
    )
    # Without grades the scope of a prompt isn't known: the sections of each prompt stand in for it in turn.
    questions = [
        shop.bench.question(
            setup.spec, id, MEASURE, [setup.spec.sections[place % len(setup.spec.sections)].id]
        )
        for place, id in enumerate(shop.training[:LOOK_AT])
    ]
    ranking = [shop.ranker.request(question) for question in questions]
    batches = options.batches if options.proposers != "conversation" else 0
    singles = options.singles if options.proposers != "batch" else 0
    base = train + selection + 3 * sealed
    proposals = options.rounds * (batches + singles) * MOST
    measures = (options.rounds - 1) * train
    screens = proposals * options.screen_conversations * options.screening
    a_set = min(selection, options.trial_conversations)
    # A repeated trial takes twice the shares of alpha and up to four times the calls of a first one.
    trials = options.max_trials * 2 * DRAWS * a_set
    checks = options.max_trials * 2 * (a_set + options.outside_sample)
    voices = -(-options.voices // options.voices_a_call) * options.max_trials
    hearings = proposals * options.hearing * options.screening
    lines = [
        _line(setup, "relevance", len(grading), len(grading) + proposals + options.max_trials, grading),
        _line(setup, "ranker", base, base + measures + screens + trials + checks, ranking),
        _line(setup, "batch_proposer", batches, batches * options.rounds, ranking),
        _line(setup, "conversation_proposer", singles, singles * options.rounds, ranking),
        _line(setup, "validator", 0, (voices + hearings) * options.validating, ranking),
    ]
    notices = [setup.panel.notice, *(caller.model.profile.notice for caller in setup.callers.values())]
    return RunEstimate(
        conversations={"train": train, "selection": selection, "test": sealed},
        lines=tuple(lines),
        notice=" ".join(dict.fromkeys(notice for notice in notices if notice)),
    )


ANSWER_TOKENS = {
    "ranker": 120,
    "relevance": 150,
    "batch_proposer": 600,
    "conversation_proposer": 600,
    "validator": 250,
}
"""Tokens of a usual answer; a reasoning model writes more."""
RANKER_PROMPTS = {"batch_proposer": 16, "conversation_proposer": 2, "validator": 1}
"""How many times a ranker's prompt the prompts of the other agents are, about."""


def _line(setup: Setup, role: Role, least: int, most: int, sample: list[Request]) -> Line:
    caller: Caller = setup.callers[role]
    profile = caller.model.profile
    sample = sample[:LOOK_AT]
    mean = sum(tokens(request.system) + tokens(request.user) for request in sample) / max(1, len(sample))
    mean *= RANKER_PROMPTS.get(role, 1)
    a_call = price(profile, Usage(input_tokens=round(mean), output_tokens=ANSWER_TOKENS[role]))
    return Line(
        role=role,
        least=least,
        most=most,
        input_tokens_a_call=round(mean),
        usd_least=None if a_call is None else round(least * a_call, 4),
        usd_most=None if a_call is None else round(most * a_call, 4),
    )
