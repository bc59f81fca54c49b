"""What a scoped ranker prompt costs in fidelity against the whole spec, and what it saves."""

import numpy as np

from ...models.tokens import tokens
from ...records import Record
from ...spec import Spec
from . import people
from .reading import Reader
from .scoring import Scorer
from .shipped import Ran


class Scoping(Record):
    """Scoped against full prompts on the open conversations, under one text."""

    agreement_loss: float
    """Agreement with full prompts minus agreement with scoped ones; fractions."""
    top_choice_loss: float
    token_ratio: float
    """Tokens of scoped prompts over those of full ones."""
    usd_ratio: float
    usd_ratio_prefix_cached: float
    """The same in money, where the provider charges a tenth for the prefix that full prompts share."""


def compare(ran: Ran, text: str) -> Scoping:
    """Ranks every open conversation twice under `text`, with the grades that the run came to know."""
    shop, world = ran.shop, ran.world
    scorer, reader, spec = Scorer(world, shop), Reader(world), Spec.parse(text)
    at = scorer.open
    full = scorer.levels(spec, at)
    scoped = np.zeros_like(full)
    sent = np.zeros(2)
    shared = 0
    for row, index in enumerate(at):
        question = scorer.question(world.names[int(index)], spec)
        narrow = shop.bench.question(spec, question.conversation.id, "rival")
        order = ["ABCD".index(response.label) for response in narrow.order]
        texts = [spec.source_of(id).rstrip() for id in narrow.sections]
        scoped[row] = reader.rank_one(texts, int(index), order)
        for place, asked in enumerate((narrow, question)):
            request = shop.ranker.request(asked)
            sent[place] += sum(tokens(part.text) for part in request.parts)
            if place:
                shared += sum(tokens(part.text) for part in request.parts if part.shared)
    weights = world.pair_weights[at]
    read = [np.nanmean(people.agreement(people.signs(levels), weights)) for levels in (full, scoped)]
    tops = [_top_choice(ran, levels, at) for levels in (full, scoped)]
    prices = shop.ranker.caller.model.profile
    cached = shared * (1 - (prices.usd_per_million_cached or 0.0) / (prices.usd_per_million_input or 1.0))
    return Scoping(
        agreement_loss=float(read[0] - read[1]),
        top_choice_loss=tops[0] - tops[1],
        token_ratio=float(sent[0] / sent[1]),
        usd_ratio=float(sent[0] / sent[1]),
        usd_ratio_prefix_cached=float(sent[0] / (sent[1] - cached)),
    )


def _top_choice(ran: Ran, levels: people.Ints, at: people.Ints) -> float:
    """Mean over conversations of the chance that one of the ranker's first lies among a person's first."""
    world = ran.world
    place = np.full(world.size, -1)
    place[at] = np.arange(len(at))
    rows = place[world.drawn.conversation]
    heard = rows >= 0
    ranker = levels[rows[heard]]
    theirs = world.levels[heard]
    mine = ranker == ranker.max(axis=1, keepdims=True)
    wanted = theirs == theirs.max(axis=1, keepdims=True)
    share = (mine & wanted).sum(axis=1) / mine.sum(axis=1)
    sums = np.bincount(rows[heard], weights=share, minlength=len(at))
    return float((sums / np.bincount(rows[heard], minlength=len(at))).mean())
