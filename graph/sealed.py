"""The sealed test split: opened by one function, once a run, and every opening is entered in a ledger."""

from ..agreement.people import People
from ..errors import SealBroken
from ..panel.records import Conversation
from ..records import Record
from ..store.ledger import Ledger
from .workshop import Workshop

NOTE = "sealed_test"
"""Name of the store's note that holds what came out; while it stands, the split stays shut."""


class Opened(Record):
    """The sealed conversations with a ranking under the run's block, and how often they were opened by now."""

    conversations: dict[str, Conversation]
    openings: int


class Seal:
    """Guards one run's test split."""

    def __init__(self, shop: Workshop, ledger: Ledger | None, run: str) -> None:
        """`ledger` None keeps no count across runs (worlds made for one experiment)."""
        self._shop = shop
        self._ledger = ledger
        self._run = run
        self._opened = False

    def open(self) -> Opened:
        """Raises SealBroken the second time, also after the run was resumed with its result on record."""
        if self._opened or self._shop.store.note(NOTE) is not None:
            raise SealBroken("the sealed test split was opened before in this run; its result is on record")
        self._opened = True
        panel, shop = self._shop.setup.panel, self._shop
        asked = {a.conversation for a in panel.assessments if a.judgement(shop.options.block)}
        openings = self._ledger.record(panel.digest, self._run) if self._ledger else 0
        return Opened(
            conversations={
                id: conversation
                for id, conversation in panel.conversations.items()
                if id in asked and shop.splitter.split_of(id) == "test"
            },
            openings=openings,
        )

    def people(self, opened: Opened, *, reserved: bool) -> People:
        """Everybody on the sealed conversations, or only the participants held in reserve.

        Raises DataError where there are none.
        """
        held = self._shop.splitter.reserved
        return self._shop.heard(opened.conversations, held if reserved else lambda _: True)
