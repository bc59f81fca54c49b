"""What people gave, and who they are to the study: records, and how each kind is kept."""

from collections.abc import Mapping
from operator import attrgetter

from pydantic import JsonValue

from ..records import Record, digest
from ..store.kinds import Kind, fields

LONGEST_STEP = 15 * 60.0
"""Seconds that one step counts for at most."""


class Seat(Record):
    """One person's place in the plan: what they see, in which order."""

    participant: str
    number: int
    """From 0, in the order of the plan."""
    items: tuple[str, ...]
    """Ids, in the order shown."""
    orders: Mapping[str, tuple[str, ...]] = {}
    """Item id to the labels of its responses in the order shown."""


class Invitation(Record):
    """A personal link. Its token is kept as a hash only: the store gives no link away."""

    id: str
    """SHA-256 of the token, in hex."""
    participant: str
    seat: int
    revoked: bool = False


class Device(Record):
    """The browser that a link was last used in."""

    participant: str
    mark: str
    """SHA-256 of the cookie's value, in hex."""
    at: float


class Answer(Record):
    """One saved step. Rows are only ever added; of two that answer one step, the later counts."""

    id: str
    """What makes a save that is sent twice one save (`answer_id`)."""
    participant: str
    step: str
    kind: str
    """Name of the kind of step."""
    item: str = ""
    value: Mapping[str, JsonValue]
    complete: bool
    """Whether it says all that the step needs; what is saved on the way does not."""
    counts: bool = True
    """Whether it is evidence: a prompt that was skipped is done, and says nothing."""
    late: bool = False
    """Sent after the study was closed: kept, and counted by nobody unless asked."""
    at: float
    """Seconds since 1970, UTC, by the server's clock."""
    seconds: float | None = None
    """From the page to the save; None where that isn't known."""


class Standing(Record):
    """Which answer stands for one person's step."""

    participant: str
    step: str
    kind: str
    item: str
    answer: str
    complete: bool
    counts: bool
    late: bool
    at: float
    seconds: float | None

    @property
    def id(self) -> str:
        return f"{self.participant}/{self.step}"

    @property
    def evidence(self) -> bool:
        return self.complete and self.counts and not self.late

    @property
    def cell(self) -> str:
        """Kind and item, for counting the people behind it; empty for what is no evidence."""
        return f"{self.kind}/{self.item}" if self.evidence else ""

    @property
    def done_by(self) -> str:
        """The participant, for counting the steps that each has done; empty for what isn't done."""
        return self.participant if self.complete else ""

    @property
    def hour(self) -> int:
        """Hours since 1970, UTC, of what is evidence on an item; -1 for all else."""
        return int(self.at // 3600) if self.evidence and self.item else -1

    @property
    def worked(self) -> float:
        """Seconds of work: a person who was longer on a page was away."""
        return min(self.seconds or 0.0, LONGEST_STEP)


def answer_id(
    participant: str, step: str, mark: str, value: Mapping[str, JsonValue], *, complete: bool
) -> str:
    """32 hex digits. `mark` tells one page's saves apart; equal content under one mark is one save."""
    return digest([participant, step, mark, value, complete])[:32]


def standing_of(answer: Answer) -> Standing:
    told = answer.model_dump(exclude={"id", "value"})
    return Standing(answer=answer.id, **told)


SEATS: Kind[Seat] = Kind("seats", Seat, attrgetter("participant"), fields("number"))
INVITATIONS: Kind[Invitation] = Kind(
    "invitations", Invitation, attrgetter("id"), fields("participant", "seat")
)
DEVICES: Kind[Device] = Kind("devices", Device, attrgetter("participant"), {})
ANSWERS: Kind[Answer] = Kind(
    "answers", Answer, attrgetter("id"), fields("participant", "step"), final=lambda _: True
)
STANDING: Kind[Standing] = Kind(
    "standing", Standing, attrgetter("id"), fields("participant", "kind", "cell", "done_by", "hour"),
    summed=fields("worked"),
)  # fmt: skip
