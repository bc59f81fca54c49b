"""What the validator is asked, and what comes back: verdicts, what was left open, and how steady it is."""

from ..records import Record
from ..spec import Proposal, Spec
from .justifications import Justification
from .records import Verdict


class Docketed(Record):
    """One proposal with the spec that it would change, and the justifications to hold against it."""

    proposal: Proposal
    spec: Spec
    justifications: tuple[Justification, ...]


class Consistency(Record):
    """How often the validator says the same of a justification that stands at another position of another call."""

    asked: int
    """Justifications judged twice, both times with an answer."""
    same: int
    opposite: int
    """Support the one time, refute the other."""

    @property
    def share(self) -> float | None:
        return self.same / self.asked if self.asked else None


class Validation(Record):
    """What the validator made of one proposal's justifications, and what it left open."""

    verdicts: tuple[Verdict, ...]
    repeated: tuple[str, ...] = ()
    """Assessments not asked about, since the same person wrote the same text in another one."""
    void: tuple[str, ...] = ()
    """Assessments whose verdict quoted words that don't stand there, asked alone as well."""
    unanswered: tuple[str, ...] = ()
    """Assessments whose call failed."""
    consistency: Consistency | None = None
    """None where no second order was asked for."""
