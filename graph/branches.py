"""The branches of propose: how the work is cut for them, and what they hand on to consolidate."""

from collections.abc import Sequence
from typing import Literal

from pydantic import JsonValue

from ..agents.proposers import Attempt, Case, Proposer
from ..errors import BudgetEnded
from ..models.records import Where
from ..records import content_id
from ..spec import Proposal, Spec
from .run_records import RunRecords
from .selecting import Selection
from .state import Shard, State

SHARD = 4
"""Proposer calls in one branch."""


def shards(chosen: Selection, state: State) -> list[Shard]:
    cut: list[Shard] = []
    origins: tuple[tuple[Literal["batch", "conversation"], list[list[str]]], ...] = (
        ("batch", [list(ids) for ids in chosen.batches]),
        ("conversation", [[id] for id in chosen.singles]),
    )
    for origin, batches in origins:
        for start in range(0, len(batches), SHARD):
            cut.append(
                Shard(
                    round=state["round"], current=state["current"], origin=origin,
                    cases=batches[start : start + SHARD],
                )
            )  # fmt: skip
    return cut


async def answered(
    proposer: Proposer, spec: Spec, batches: Sequence[list[Case]], tried: Sequence[Attempt], where: Where
) -> list[Proposal]:
    """After the budget ended: what the batches gave that were answered before. It comes out of the cache."""
    made: list[Proposal] = []
    for batch in batches:
        try:
            made += await proposer.propose(spec, [batch], tried, where)
        except BudgetEnded:
            continue
    return made


def keep_made(store: RunRecords, shard: Shard, made: Sequence[Proposal]) -> None:
    """Keep what a branch made. Branches may make the same proposal, and none knows of the others."""
    dumped: list[JsonValue] = [proposal.model_dump(mode="json") for proposal in made]
    store.put_note(f"made:{shard['round']:04d}:{shard['origin']}:{content_id(shard['cases'])}", dumped)


def made_in(store: RunRecords, round: int) -> list[Proposal]:
    """All that the round's branches made, by id and origin: in an order that no timing changes."""
    made = [
        Proposal.model_validate(dumped)
        for _, note in store.notes(f"made:{round:04d}:")
        for dumped in (note if isinstance(note, list) else [])
    ]
    return sorted(made, key=lambda proposal: (proposal.id, proposal.origin))
