"""What one method came to in one world: the same record for the loop, its ablations and its rivals."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from ...errors import EditError
from ...graph.workshop import Workshop
from ...models.protocol import Role
from ...records import Record
from ...spec import Spec, apply
from ...spec.records import Origin
from .truth import Truth

ROLES: tuple[Role, ...] = ("ranker", "relevance", "batch_proposer", "conversation_proposer", "validator")


class Point(Record):
    """A moment of a method's way: calls of all agents so far, and the gap that its text then closes."""

    calls: int
    gap_closed: float


class Outcome(Record):
    """Calls are replies paid for; tokens in and out together. Shares are from 0 to 1, None where undefined."""

    method: str
    gap_closed: float
    sealed_gain: float
    """Points of agreement gained on the sealed split, over the ranker's noise."""
    recall: float | None
    """Share of the true mends proposed at least once (of 10 points or more) that the final text holds."""
    recall_of_planted: float | None
    precision: float | None
    """Share of the adopted edits that are mends."""
    adopted: int
    proposed: int
    """Different true mends (of 10 points or more) that were proposed at least once."""
    calls: int
    trial_calls: int
    tokens: int
    usd: float = 0.0
    path: tuple[Point, ...]
    seconds: float = 0.0
    extra: Mapping[str, float] = {}

    def calls_to(self, share: float) -> int | None:
        """Calls after which a share of the final gain was reached for good; None without a gain."""
        if self.gap_closed <= 0:
            return None
        wanted = share * self.gap_closed
        reached = None
        for point in self.path:
            if point.gap_closed < wanted - 1e-9:
                reached = None
            elif reached is None:
                reached = point.calls
        return reached


def steps(truth: Truth, texts: Sequence[str]) -> tuple[float | None, int]:
    """Precision over a row of texts, each made by one adoption, and how many adoptions there were."""
    stands = [truth.stand(before, after).stand for before, after in pairwise(texts)]
    return (sum(s == "mend" for s in stands) / len(stands) if stands else None), len(stands)


def recalls(truth: Truth, final: str, proposed: frozenset[str]) -> tuple[float | None, float | None, int]:
    """Recall of the proposed and of the planted mends of 10 points or more, and how many were proposed."""
    steady = {mend.id for mend in truth.steady}
    there = truth.mended(final) & steady
    seen = proposed & steady | there
    return (
        len(there & seen) / len(seen) if seen else None,
        len(there) / len(steady) if steady else None,
        len(seen),
    )


def proposed(shop: Workshop, truth: Truth, origin: Origin | None = None) -> frozenset[str]:
    """Ids of the planted mends that some proposal (of an origin) would have made whole, had it been adopted."""
    found: set[str] = set()
    for proposal in shop.store.proposals.find(**({"origin": origin} if origin else {})):
        base = Spec.parse(shop.store.text(proposal.base))
        try:
            found |= truth.stand(base.text, apply(base, proposal.edits).text).mends
        except EditError:
            continue
    return frozenset(found)
