"""What people say of a proposal when they are asked directly, and the behaviours that they are shown."""

import hashlib

from ..agents.records import Verdict
from ..agreement.direct import Confusion, Preference, Preferred
from ..agreement.stances import Stance
from ..agreement.support import Support
from ..panel.records import Message
from ..records import Record, content_id


class Shown(Record):
    """A response under one text."""

    text: str
    spec: str
    """Digest of the text that it was given under."""
    model: str
    call: str


class Behaviour(Record):
    """What a model answers in one conversation with the old and with the new text in its context."""

    proposal: str
    """Empty: of two texts rather than of a proposal."""
    conversation: str
    messages: tuple[Message, ...]
    old: Shown
    new: Shown
    seed: int
    """Draws in which order each person is shown the two."""

    @property
    def id(self) -> str:
        return content_id("behaviour", self.proposal, self.conversation, self.old.spec, self.new.spec)

    @property
    def same(self) -> bool:
        """Whether both texts lead to the same words: there is nothing to choose then."""
        return " ".join(self.old.text.split()) == " ".join(self.new.text.split())


def new_comes_first(seed: int, person: str, proposal: str, conversation: str) -> bool:
    """Whether this person is shown the new behaviour first: a coin thrown by hash, for each anew."""
    name = "\0".join(("blind", str(seed), person, proposal, conversation))
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[0] % 2 == 1


class Choice(Record):
    """Which behaviour a person prefers in one conversation."""

    conversation: str
    choice: Preference
    new_first: bool
    """Whether the new behaviour was shown first."""


class DirectVote(Record):
    """One person's answer on one proposal."""

    proposal: str
    participant: str
    stance: Stance
    """support: for it; refute: against it; silent: no opinion."""
    why: str = ""
    choices: tuple[Choice, ...] = ()
    study: str = ""
    """Id of the study that asked."""
    at: float = 0.0
    """Seconds since 1970, UTC."""

    @property
    def id(self) -> str:
        return content_id("vote", self.proposal, self.participant)

    @property
    def verdict(self) -> Verdict:
        """The same as a verdict with source `participant`; it is about no assessment, so it names the person."""
        return Verdict(
            proposal=self.proposal,
            assessment=f"asked:{self.participant}",
            participant=self.participant,
            stance=self.stance,
            source="participant",
            reason=self.why,
            strength="none" if self.stance == "silent" else "asks",
        )


class DirectFigures(Record):
    """What direct votes on one proposal come to."""

    proposal: str
    votes: Support
    """Of everybody who was asked: for, against, no opinion, and the share in support among those who take a side."""
    known: int
    """Of them, those whose words the validator read too: their votes measure and correct it."""
    confusion: Confusion | None
    """None where nobody is in both."""
    preferred: Preferred | None
    """None where no behaviours were shown."""
    first_chosen: float | None
    """How often the behaviour shown first was chosen, of the choices made: about one half without a bias of position."""
