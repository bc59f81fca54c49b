"""validate: what the people's own words say to a proposal."""

import hashlib
from collections.abc import Sequence

from ..agents.records import Verdict
from ..agents.validator import Justification, Validator
from ..models.records import Where
from ..panel.records import BlockName, Panel
from ..panel.splits import Splitter
from ..spec import Proposal
from .run_records import RunRecords


class Voices:
    """Picks the justifications that may speak to a proposal, and has them classified."""

    def __init__(
        self,
        panel: Panel,
        block: BlockName,
        splitter: Splitter,
        validator: Validator,
        store: RunRecords,
        seed: int,
    ) -> None:
        """The participants that `splitter` holds in reserve are not heard."""
        self.validator = validator
        self.store = store
        self.seed = seed
        self._written: dict[str, list[Justification]] = {}
        for assessment in panel.assessments:
            judgement = assessment.judgement(block)
            if judgement is None or not judgement.rationale.strip():
                continue
            if splitter.reserved(assessment.participant):
                continue
            self._written.setdefault(assessment.conversation, []).append(
                Justification(
                    assessment=assessment.id,
                    participant=assessment.participant,
                    conversation=assessment.conversation,
                    text=judgement.rationale,
                    ranking=str(judgement.ranking),
                )
            )

    def pick(self, proposal: Proposal, conversations: Sequence[str], most: int) -> list[Justification]:
        """At most `most` justifications from these conversations, one a person, drawn by seed."""

        def place(item: Justification) -> bytes:
            return hashlib.sha256(f"{self.seed}\0{proposal.id}\0{item.assessment}".encode()).digest()

        chosen: dict[str, Justification] = {}
        for item in sorted((i for c in conversations for i in self._written.get(c, ())), key=place):
            chosen.setdefault(item.participant, item)
        return list(chosen.values())[:most]

    async def judge(
        self, proposal: Proposal, conversations: Sequence[str], most: int, where: Where
    ) -> list[Verdict]:
        """Verdicts of the people picked, kept in the store. Raises BudgetEnded."""
        verdicts = await self.validator.judge(proposal, self.pick(proposal, conversations, most), where)
        self.store.verdicts.add(verdicts)
        return verdicts
