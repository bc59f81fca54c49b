"""The few records that most pages need, read once for each state of a run."""

from ...agreement.bridging import refuted_by
from ...graph.conflict_records import ConflictRecord
from ...graph.records import Decision
from ...spec import Proposal, Spec
from ...trials.records import Trial
from ..wording import NOTE, WordingTest, tests_of
from . import docket as dockets
from .current import original_spec, texts_so_far
from .source import RunSource
from .waiting import Asked, Filed, filed_answer, question


class Known:
    """The few records that most pages need, read once for each state of the run."""

    def __init__(self, source: RunSource) -> None:
        self.by_id: dict[str, Proposal] = source.proposals()
        self.trials: list[Trial] = source.trials()
        self.decisions: list[Decision] = source.decisions()
        self.outcomes = source.outcomes()
        self.stances = source.stances()
        self.conflicts: dict[str, ConflictRecord] = {each.proposal: each for each in source.conflicts()}
        """Proposal to what it contradicts in the rest of the spec."""
        self.refuted: dict[str, tuple[str, ...]] = {
            each.proposal: refuted_by(each.support) for each in source.support()
        }
        """Proposal to the groups that refute it while most people support it, in words."""
        self.wordings: dict[str, WordingTest] = tests_of(source.notes(NOTE))
        """Entry of a reviewer's desk to what the test of its wording found."""
        self.voted = source.voted()
        self.rounds = _rounds(source)
        self.original: Spec = original_spec(source)
        self.texts: list[Spec] = texts_so_far(source, self.original)
        """The original, and the text after each adoption."""
        self.rows: tuple[int, list[dockets.DocketRow]] | None = None
        """The docket, and the state of the reviewers' desk that it was made for."""
        self.asked: Asked | None = question(source)
        self.filed: Filed | None = filed_answer(source)

    @property
    def current(self) -> Spec:
        """The text as it stands."""
        return self.texts[-1]


def text_name(known: Known, digest: str) -> str:
    if not digest:
        return "no spec"
    if digest == known.original.digest:
        return "original text"
    if digest == known.current.digest:
        return "text as it stands"
    for trial in known.trials:
        if trial.candidate == digest and trial.proposal in known.by_id:
            return f"with: {known.by_id[trial.proposal].intent}"
    return "an earlier text"


def _rounds(source: RunSource) -> dict[str, int]:
    """Proposal to the round in which it was made."""
    found: dict[str, int] = {}
    for record in source.proposed():
        for each in record.proposals:
            found.setdefault(each.id, record.round)
    return found
