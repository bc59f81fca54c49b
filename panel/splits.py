"""Splits of conversations, and the reserve of participants: hashes under a seed, free of model and spec.

Conversations that share a prompt stand together: a person's words about one would tell the answer to the other.
"""

import hashlib
import unicodedata
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Literal, Protocol

from ..errors import OptionError
from ..records import digest
from .records import Conversation

Fold = int
"""The number of an open fold, from 0."""


def reserved(participant_id: str, seed: int, share: float = 0.2) -> bool:
    """Whether a participant is held in reserve, so that agreement with unseen people can be told.

    Raises OptionError for a share outside [0, 1].
    """
    if not 0 <= share <= 1:
        raise OptionError(f"the share {share} of reserved participants must lie between 0 and 1")
    return _uniform("reserve", participant_id, seed) < share


class FoldedSplitter(Protocol):
    """Cuts the data into open folds and a sealed test part. Must not look at a model or a spec."""

    @property
    def folds(self) -> int:
        """How many open folds there are."""
        ...

    def place_of(self, conversation: Conversation) -> Fold | Literal["test"]:
        """The fold of an open conversation, or "test". The same for conversations that share a prompt."""
        ...

    def reserved(self, participant_id: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class FoldSplitter:
    """The default FoldedSplitter: a hash of the prompt and the seed.

    Whether a conversation is sealed hangs neither on `folds` nor on the other conversations of the data. Shares
    are expected ones: of few conversations a fold may get none. Raises OptionError for fewer than two folds and
    for shares outside [0, 1] (the test share must leave something open).
    """

    seed: int = 0
    folds: int = 4
    test_share: float = 0.2
    """Share of the prompts that is sealed until the end."""
    reserve_share: float = 0.2
    """Share of the participants that is held in reserve."""

    def __post_init__(self) -> None:
        if self.folds < 2:
            raise OptionError(
                f"{self.folds} folds are too few: what is proposed in one is tested on the others"
            )
        if not 0 <= self.test_share < 1:
            raise OptionError(f"the test share {self.test_share} must be 0 or more and under 1")
        if not 0 <= self.reserve_share <= 1:
            raise OptionError(
                f"the share {self.reserve_share} of reserved participants must lie between 0 and 1"
            )

    def place_of(self, conversation: Conversation) -> Fold | Literal["test"]:
        return self.place_of_group(prompt_group(conversation))

    def place_of_group(self, group: str) -> Fold | Literal["test"]:
        """`place_of` by the `prompt_group` of a conversation, for data that holds no texts."""
        if self.seals(group):
            return "test"
        return int(_uniform("fold", group, self.seed) * self.folds)

    def seals(self, group: str) -> bool:
        """Whether conversations of a `prompt_group` are sealed until the end."""
        return _uniform("test", group, self.seed) < self.test_share

    def reserved(self, participant_id: str) -> bool:
        return reserved(participant_id, self.seed, self.reserve_share)


def prompt_group(conversation: Conversation) -> str:
    """What conversations with the same prompt have in common: a digest of its messages.

    Case, white space and Unicode form don't count. A conversation without any words stands by itself.
    """
    prompt = [
        (message.role, " ".join(unicodedata.normalize("NFKC", message.content).casefold().split()))
        for message in conversation.messages
    ]
    return digest(["prompt", prompt] if any(words for _, words in prompt) else ["id", conversation.id])


def _uniform(purpose: str, id: str, seed: int) -> float:
    """A number in [0, 1) with 53 bits."""
    # The canonical JSON of [purpose, seed, id], made by hand: data of any size asks for millions.
    told = f'["{purpose}",{seed},{encode_basestring(id)}]'.encode("utf-8", "surrogatepass")
    hashed = hashlib.sha256(told).digest()
    return (int.from_bytes(hashed[:8]) >> 11) / float(1 << 53)
