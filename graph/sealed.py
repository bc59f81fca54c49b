"""The sealed test split: opened by one method, once a run, and every opening is counted in a ledger."""

from collections.abc import Iterable

from ..agreement.people import People
from ..errors import SplitReopened
from ..panel.groups import members_of
from ..panel.records import Conversation
from ..records import Record
from .context import RunContext, lens_of, people_of


class Opened(Record):
    """The sealed conversations with a ranking under the run's block, and how often they were opened by now."""

    conversations: dict[str, Conversation]
    openings: int


class SealedSplit:
    """One run's test split."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._opened = False

    def open(self) -> Opened:
        """Raises SplitReopened the second time, also after the run was resumed with its result on record."""
        context = self._context
        if self._opened or context.records.sealed.find():
            raise SplitReopened("the test split was opened before in this run; its result is on record")
        self._opened = True
        digest = context.inputs.panel.digest
        return Opened(
            conversations=self._conversations(),
            openings=context.ledger.record(digest, context.run) if context.ledger else 0,
        )

    def opened_before(self) -> Opened:
        """What was opened, to see its result again. Raises SplitReopened where no result is on record yet."""
        found = self._context.records.sealed.find()
        if not found:
            raise SplitReopened("the test split wasn't opened in this run: there is nothing to see again")
        return Opened(conversations=self._conversations(), openings=found[0].openings)

    def _conversations(self) -> dict[str, Conversation]:
        panel, splitter = self._context.inputs.panel, self._context.policies.splitting
        counted = members_of(panel, lens_of(self._context.options))
        block = self._context.options.block
        rated = {a.conversation for a in panel.assessments if a.participant in counted and a.judgement(block)}
        return {
            name: conversation
            for name, conversation in panel.conversations.items()
            if name in rated and splitter.place_of(conversation) == "test"
        }

    def reserved(self, participants: Iterable[str]) -> frozenset[str]:
        """Those of them who are held in reserve."""
        return frozenset(filter(self._context.policies.splitting.reserved, participants))

    def people(self, opened: Opened, *, reserved: bool) -> People:
        """Everybody on the sealed conversations, or only the participants held in reserve.

        Raises DataError where there are none.
        """
        kept = self._context.policies.splitting.reserved
        return people_of(self._context.inputs, opened.conversations, kept if reserved else lambda _: True)
