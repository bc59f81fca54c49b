"""What the people wrote, and which of it may speak to a proposal."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from ..agents.validator import Justification
from ..panel.records import BlockName, Judgement, Panel
from ..spec import Proposal


class Justifications:
    """The justifications of the participants who are not held in reserve, by conversation."""

    def __init__(
        self,
        panel: Panel,
        block: BlockName,
        conversations: Mapping[str, object],
        reserved: Iterable[str],
        seed: int,
    ) -> None:
        self.seed = seed
        self.judgements: dict[str, list[Judgement]] = {}
        """Conversation id to each person's ranking there, with or without a reason."""
        self._written: dict[str, list[Justification]] = {}
        left_out = set(reserved)
        for assessment in panel.assessments:
            judgement = assessment.judgement(block)
            name = assessment.conversation
            if judgement is None or name not in conversations or assessment.participant in left_out:
                continue
            self.judgements.setdefault(name, []).append(judgement)
            if judgement.rationale.strip():
                self._written.setdefault(name, []).append(
                    Justification(
                        assessment=assessment.id,
                        participant=assessment.participant,
                        conversation=name,
                        text=judgement.rationale,
                        ranking=str(judgement.ranking),
                    )
                )

    def pick(self, proposal: Proposal, conversations: Sequence[str], most: int) -> list[Justification]:
        """At most `most` justifications from these conversations, one a person, drawn by seed."""

        def drawn(item: Justification) -> bytes:
            return hashlib.sha256(f"{self.seed}\0{proposal.id}\0{item.assessment}".encode()).digest()

        chosen: dict[str, Justification] = {}
        written = (item for name in conversations for item in self._written.get(name, ()))
        for item in sorted(written, key=drawn):
            chosen.setdefault(item.participant, item)
        return list(chosen.values())[:most]
