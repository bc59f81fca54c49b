"""What a rule of evidence is, and what it is given: a function that ranks."""

from collections.abc import Sequence
from typing import Protocol

from .records import Look


class SequentialTest(Protocol):
    """One test of H0: the expected paired difference is at most 0. It looks at blocks of differences."""

    def look(self, differences: Sequence[float], *, last: bool) -> Look:
        """Look at all differences so far, each within [-1, 1], in the order of testing.

        `last` says that no more will come. After an outcome other than `continue` it isn't called again.
        The look's statistic and threshold are powers of ten of evidence against H0: the larger, the
        stronger; `positive` means that the statistic reached the threshold.
        """
        ...


class TrialRule(Protocol):
    """Makes the test of one trial. Another rule is one new file with two small classes."""

    @property
    def name(self) -> str: ...

    @property
    def blocks(self) -> int:
        """Into how many blocks the planned set is cut."""
        ...

    def start(self, *, alpha: float, planned: int, seed: int, reach: float = 1.0) -> SequentialTest:
        """A test that wrongly says `positive` with a chance of at most `alpha`, over `planned` conversations.

        `reach`, within (0, 1], is how far agreement on one conversation may fall: the differences are taken
        to be no lower than `-reach`. A rule that does not need to know may ignore it.
        """
        ...


class Arms(Protocol):
    """The function that ranks: what a trial is given, and all that it knows of rankers and people."""

    async def differences(
        self, current: str, candidate: str, conversations: Sequence[str], *, draw: str
    ) -> list[float | None]:
        """Agreement under the candidate text minus agreement under the current one, per conversation.

        `current` and `candidate` are digests of spec texts. Both arms see the responses in one order, drawn
        from `draw`: the same `draw` repeats the same question, another one asks afresh. None: the people
        there tie everything, or a call failed. Each value within [-1, 1].
        """
        ...
