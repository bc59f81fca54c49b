"""Receipts for what was handed to a queue of batches, kept in the store: another process may collect days later."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Literal

from ..records import Record, content_id
from ..store.kinds import Kind, fields
from ..store.memory import MemoryStore
from ..store.protocol import Repository, Store

TicketState = Literal["planned", "sent", "ended"]


class BatchTicket(Record):
    """One batch. It is stored before it is sent, and its id goes along with it, so that it can be found again."""

    id: str
    """Depends on the questions and the attempt alone: the same batch has the same id, whoever sends it."""
    model: str
    """The URI of the base model."""
    identity: str
    keys: tuple[str, ...]
    """The requests' keys: each line's `custom_id`."""
    state: TicketState = "planned"
    batch: str = ""
    """The queue's own name for it, once it was taken."""
    since: float
    """Seconds since 1970 when it was first planned."""
    size: int
    done: int = 0
    """How many of its lines the queue had answered when it was last asked."""
    failed: tuple[str, ...] = ()
    """Keys of the lines that it left without an answer."""


def _ended(ticket: BatchTicket) -> bool:
    return ticket.state == "ended"


TICKETS: Kind[BatchTicket] = Kind(
    "tickets", BatchTicket, attrgetter("id"), fields("state", "model"), texts=("keys", "failed"), final=_ended
)


class TicketBook:
    """The tickets of one model. What is written is on disk before anything rests on it."""

    def __init__(self, model: str, identity: str, store: Store | None = None) -> None:
        """Without a store they are gone with the process."""
        self._model = model
        self._identity = identity
        self._store: Store = store or MemoryStore()
        self._tickets: Repository[BatchTicket] = self._store.repository(TICKETS)
        self._latest: dict[str, BatchTicket] = {}
        self._attempts: dict[str, int] = {}
        self._first: dict[str, float] = {}
        for ticket in self._tickets.find(model=model):
            if ticket.identity == identity:
                self._note(ticket, new=True)

    def of(self, key: str) -> BatchTicket | None:
        """The last ticket that this question went with."""
        return self._latest.get(key)

    def since(self, key: str) -> float | None:
        """When this question was first handed over; None: never."""
        return self._first.get(key)

    def plan(self, keys: Sequence[str], now: float) -> BatchTicket:
        """A ticket for these questions, stored."""
        attempt = max((self._attempts.get(key, 0) for key in keys), default=0)
        ticket = BatchTicket(
            id=content_id("batch", self._identity, sorted(keys), attempt), model=self._model, identity=self._identity,
            keys=tuple(keys), since=now, size=len(keys),
        )  # fmt: skip
        self.write(ticket, new=True)
        return ticket

    def write(self, ticket: BatchTicket, *, new: bool = False) -> None:
        """Keep it as it stands now."""
        self._note(ticket, new=new)
        self._tickets.put(ticket)
        self._store.flush()

    def _note(self, ticket: BatchTicket, *, new: bool) -> None:
        for key in ticket.keys:
            self._latest[key] = ticket
            self._first.setdefault(key, ticket.since)
            if new:
                self._attempts[key] = self._attempts.get(key, 0) + 1


def waiting(store: Store) -> list[BatchTicket]:
    """What a run waits for in queues of batches, without the questions' keys."""
    tickets = store.repository(TICKETS)
    return [each for state in ("planned", "sent") for each in tickets.page(limit=1000, state=state)]
