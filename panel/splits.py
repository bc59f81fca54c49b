"""Splits of conversations, and the reserve of participants: a hash of id and seed, nothing else."""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from ..errors import OptionError
from ..records import canonical_json
from .records import SplitName

SPLITS: tuple[SplitName, ...] = ("train", "selection", "test")


class Splitter(Protocol):
    """Tells the split of a conversation and who is held in reserve. Must not look at a model or a spec."""

    def split_of(self, conversation_id: str) -> SplitName: ...

    def reserved(self, participant_id: str) -> bool: ...


def split_of(
    conversation_id: str, seed: int, shares: tuple[float, float, float] = (0.4, 0.4, 0.2)
) -> SplitName:
    """The split of a conversation; `shares` are those of train, selection and test and sum to 1.

    Raises OptionError for shares that are negative or don't sum to 1.
    """
    if min(shares) < 0 or abs(sum(shares) - 1) > 1e-9:
        raise OptionError(f"the shares {shares} of train, selection and test must be 0 or more and sum to 1")
    place = _uniform("split", conversation_id, seed)
    if place < shares[0]:
        return "train"
    return "selection" if place < shares[0] + shares[1] else "test"


def reserved(participant_id: str, seed: int, share: float = 0.2) -> bool:
    """Whether a participant is held in reserve, so that agreement with unseen people can be told.

    Raises OptionError for a share outside [0, 1].
    """
    if not 0 <= share <= 1:
        raise OptionError(f"the share {share} of reserved participants must lie between 0 and 1")
    return _uniform("reserve", participant_id, seed) < share


@dataclass(frozen=True, slots=True)
class HashSplitter:
    """The default Splitter."""

    seed: int = 0
    shares: tuple[float, float, float] = (0.4, 0.4, 0.2)
    reserve: float = 0.2

    def split_of(self, conversation_id: str) -> SplitName:
        return split_of(conversation_id, self.seed, self.shares)

    def reserved(self, participant_id: str) -> bool:
        return reserved(participant_id, self.seed, self.reserve)


def _uniform(purpose: str, id: str, seed: int) -> float:
    """A number in [0, 1) with 53 bits."""
    hashed = hashlib.sha256(canonical_json([purpose, seed, id])).digest()
    return (int.from_bytes(hashed[:8]) >> 11) / float(1 << 53)
