"""What the sealed test comes to."""

from ..records import Record
from .records import Figure


class TextFigures(Record):
    """One text's agreement on the sealed conversations, and its gain over the original (paired)."""

    agreement: Figure
    gain: Figure
    gap_closed: float | None
    """The gain as a share of what separates the original from the leave-one-out consensus; None: no such gap."""
    failed_as_worst: int
    """Conversations of which this text's call alone failed: they count as their worst."""


class UnseenPeople(Record):
    """Agreement with the participants held in reserve, on the sealed conversations."""

    participants: int
    original: Figure
    proven: Figure
    likely: Figure
    proven_gain: Figure
    likely_gain: Figure


class OverlayFigures(Record):
    """What an overlay adds over the common text, for the people of its group, on conversations that nobody saw before."""

    group: str
    participants: int
    """People of the group with a ranking there."""
    edits: int
    common: Figure
    """The group's agreement under the common text."""
    joined: Figure
    """The same under the common text with the overlay."""
    gain: Figure
    """Paired, by `rests_on`."""
    rests_on: str
    """reserve: people of the group who had no say in the edits. choosers: those whose rankings chose them."""
    note: str
    """The sentence that must stand beside the gain."""
    more_than_noise: bool
    """Whether the gain's interval lies above 0, at 95 % over all overlays together (Bonferroni)."""
    others: Figure
    """What the overlay would add for the other people: why it isn't in the common text."""
    failed_as_worst: int = 0


class SealedTest(Record):
    """Original, proven text, likely text and no spec side by side, on conversations that nobody saw before."""

    conversations: int
    context: str
    """full: the whole spec in every prompt; scoped where the base model's context is too short for that."""
    original: Figure
    proven: TextFigures
    likely: TextFigures
    no_spec: Figure
    leave_one_out: Figure
    longest: Figure
    random: Figure
    one_person: Figure
    best_single: Figure
    gain: Figure
    """The headline: the likely text's gain for people and conversations that no step saw."""
    gain_note: str
    """The sentence that must stand beside it: by whom it was judged."""
    unseen_people: UnseenPeople | None
    failed: int
    """Conversations left out because the original's call failed."""
    overlays: tuple[OverlayFigures, ...] = ()


class SealedRecord(Record):
    """The result on record: while it stands the split stays shut."""

    result: SealedTest
    openings: int
    """How often the test split of this data was opened by now, over all runs; 0: nobody counts."""

    @property
    def id(self) -> str:
        return "sealed test"
