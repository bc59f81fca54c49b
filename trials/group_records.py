"""What a trial says of groups of people: one record a group, small enough for a run's ledger."""

from ..records import Record


class GroupTest(Record):
    """One proposal's test in one group of people. Figures are differences in agreement, within [-1, 1]."""

    proposal: str
    group: str
    items: int
    """Items with a difference that people of the group rated."""
    people: float = 0.0
    """Kish's effective number of them."""
    mean: float = 0.0
    """The group's own mean difference; 0 where it rated nothing."""
    beyond: float = 0.0
    """Its mean difference minus that of all others, over the items that both rated."""
    p_value: float = 1.0
    """Of H0: the change brings the group nothing, or no more than it brings the others. 1 where it was given up."""
    proven: bool = False
    """Whether both are shown at the group's share of alpha."""
    effect: float = 0.0
    """The mean, pooled partially with the other groups' (`agreement.pooling`); with its 95 % interval."""
    low: float = -1.0
    high: float = 1.0
    at_most_zero: float = 1.0
    """The chance that the group gains nothing or loses."""

    @property
    def told(self) -> str:
        """One sentence for a reader."""
        return (
            f"{self.group}: {100 * self.mean:+.1f} points over {self.items} conversations, {100 * self.beyond:+.1f} "
            "against the others"
        )
