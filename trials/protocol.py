"""What a rule of evidence is, and what it is given: a function that ranks."""

from typing import Protocol

from .differences import Differences
from .records import Look


class SequentialTest(Protocol):
    """One test of H0: the expected paired difference is at most 0. It looks at blocks of differences."""

    def look(self, differences: Differences, *, last: bool) -> Look:
        """Look at all differences so far, in the order of testing, for the *proven* promise.

        `last` says that no more will come. After an outcome other than `continue` it isn't called again, but for
        `futile`, where groups of people are tested on the same set and it goes on for their sake.
        The look's statistic and threshold are powers of ten of evidence against H0: the larger, the
        stronger; `positive` means that the statistic reached the threshold.
        """
        ...

    def p_value(self, *, drop: float | None = None) -> float:
        """A p-value of the trial as a whole, valid however it ended: what the *likely* promise goes by.

        Called once no more looks come. 1.0 for a trial that was given up. `drop`: as if a difference fell by no more than that,
        which is less than `likely_drop` (`company`); a rule that doesn't reckon with falls may leave it alone.
        """
        ...

    def fixed(self, differences: Differences, *, drop: float | None = None) -> float:
        """The likely promise's p-value of these differences, as if they had been looked at once."""
        ...


class TrialRule(Protocol):
    """Makes the test of one trial. Another rule is one new file with two small classes."""

    @property
    def name(self) -> str: ...

    @property
    def blocks(self) -> int:
        """Into how many blocks the planned set is cut."""
        ...

    def start(
        self,
        *,
        alpha: float,
        planned: int,
        max_drop: float = 1.0,
        likely_drop: float | None = None,
        likely_level: float = 0.0,
    ) -> SequentialTest:
        """A test that wrongly says `positive` with a chance of at most `alpha`, over `planned` conversations.

        `max_drop` and `likely_drop` (None: the same), within (0, 1], are how far agreement on one conversation may
        fall, for the proven and the likely promise (`max_drop`). A rule that does not need to know may ignore
        them. `likely_level` is the p-value below which the trial may still become likely: it isn't given up for
        being hopeless while it can get there.
        """
        ...
