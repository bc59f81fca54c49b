"""What the people wrote, and which of it may speak to a proposal."""

import hashlib
from collections import Counter
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

    @property
    def writers(self) -> Mapping[str, str]:
        """Assessment to participant, of every justification."""
        return {each.assessment: each.participant for written in self._written.values() for each in written}

    def on(self, conversation: str) -> list[Justification]:
        """What was written on one conversation, in the order of the data."""
        return list(self._written.get(conversation, ()))

    def pick(self, proposal: Proposal, conversations: Sequence[str], most: int) -> list[Justification]:
        """The justifications from these conversations; of more than `most` a draw by seed.

        Everybody's first comes before anybody's second, so that a bound costs as few people as it can.
        """

        def drawn(item: Justification) -> bytes:
            return hashlib.sha256(f"{self.seed}\0{proposal.id}\0{item.assessment}".encode()).digest()

        turns: list[tuple[int, Justification]] = []
        turn: Counter[str] = Counter()
        for item in sorted((item for name in conversations for item in self.on(name)), key=drawn):
            turns.append((turn[item.participant], item))
            turn[item.participant] += 1
        return [item for _, item in sorted(turns, key=lambda each: each[0])][:most]
