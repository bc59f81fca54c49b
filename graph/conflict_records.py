"""What a change contradicts in the rest of the spec."""

from ..agents.conflict import Compared
from ..records import Record, content_id


class TurnedExample(Record):
    """A labelled example whose GOOD response the ranker places below its BAD one, with the changed rule in view."""

    section: str
    good: str
    bad: str
    below_before: bool
    """Whether it did so with the old rule too."""
    call: str


class ConflictRecord(Record):
    """A proposal held against the passages of the spec that speak of the same."""

    proposal: str
    round: int
    text: str
    """Digest of the text that it was to come into."""
    pairs: tuple[Compared, ...]
    turned: tuple[TurnedExample, ...] = ()
    certain: tuple[str, ...] = ()
    """What it breaks for sure, with no model asked."""
    left_out: int = 0
    """Passages that were further away than those asked about."""

    @property
    def id(self) -> str:
        return content_id("conflicts", self.proposal, self.text)

    @property
    def contradictions(self) -> tuple[Compared, ...]:
        return tuple(each for each in self.pairs if each.contradicts)

    @property
    def unanswered(self) -> int:
        return sum(each.contradicts is None for each in self.pairs)

    @property
    def newly_turned(self) -> tuple[TurnedExample, ...]:
        """Examples that the change turned: they were in their order before."""
        return tuple(each for each in self.turned if not each.below_before)

    @property
    def count(self) -> int:
        """How many things speak against it."""
        return len(self.contradictions) + len(self.newly_turned) + len(self.certain)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Each in a sentence, for a terminal. Texts of the spec and of models are not escaped."""
        told = [
            f"contradicts {'the example labelled ' + each.passage.label + ' in ' if each.passage.what == 'example' else ''}"
            f"{each.passage.section}: “{each.changed}” against “{each.other}” ({each.reason})"
            for each in self.contradictions
        ]
        told += [
            f"the ranker now places the GOOD example of {each.section} below its BAD one: “{each.good[:120]}”"
            for each in self.newly_turned
        ]
        return (*self.certain, *told)
