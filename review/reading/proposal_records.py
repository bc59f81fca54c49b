"""What a proposal's page shows."""

from collections.abc import Mapping

from ...graph.conflict_records import ConflictRecord
from ...graph.records import Decision
from ...graph.vote_records import Behaviour, DirectFigures, DirectVote
from ...records import Record
from ...spec import Edit
from ..desk import Entry
from ..redlining import SectionRedline
from ..wording import WordingTest
from .conversations import ConversationRow, Places, RankerAnswer, Said
from .docket import DocketRow
from .trace import Totals


class Test(Record):
    """One test that it went through."""

    stage: str
    round: int
    outcome: str
    sentence: str
    rule: str
    alpha: float
    evidence: float | None
    """The last look's statistic (log10 of the evidence) and what was needed."""
    needed: float | None
    conversations: int
    planned: int
    calls: int
    failed: int
    p_value: float | None
    path: tuple[tuple[int, float], ...]
    """Mean difference after so many conversations, a look each."""


class Movement(Record):
    """How the rankings moved, conversation by conversation."""

    towards: int
    away: int
    same: int
    dots: tuple[tuple[str, float], ...]
    """(conversation, difference), the most away from people first."""

    @property
    def sentence(self) -> str:
        n = self.towards + self.away + self.same
        if not n:
            return "It was not tried on any conversation."
        rest = f", and stayed on {self.same}" if self.same else ""
        return f"Rankings moved towards people on {self.towards} of {n} conversations, away on {self.away}{rest}."


class Case(Record):
    """One conversation of its test, with the ranker before and after."""

    row: ConversationRow
    difference: float
    places: tuple[Places, ...]
    prompt: tuple[tuple[str, str], ...]
    before: RankerAnswer | None
    after: RankerAnswer | None


class Quote(Record):
    """A justification with its verdict."""

    said: Said
    conversation: str
    stance: str
    source: str
    call: str
    label: str
    """What a reviewer says it is; empty where nobody disputed it."""
    labelled_by: str


class GroupShare(Record):
    key: str
    value: str
    support: int
    refute: int
    silent: int
    share: float | None
    low: float | None
    high: float | None


class Voices(Record):
    support: int
    refute: int
    silent: int
    mixed: int
    """With reasons on both sides."""
    share: float | None
    low: float | None
    high: float | None
    counted: float | None
    """The share as the validator counts it, where labels correct it: what stands beside the corrected one."""
    outcome: str
    corrected: bool
    """Whether share and interval are corrected by labels."""
    survives_lean: float | None
    """Without labels: the share of silent people wrongly counted as support that a pass would survive."""
    groups: tuple[GroupShare, ...]
    hidden: int


class Beside(Record):
    """Another proposal that has to do with this one."""

    row: DocketRow
    how: str


class Change(Record):
    """What it does to the text as it stands."""

    redlines: tuple[SectionRedline, ...]
    parents: tuple[tuple[str, str], ...]
    """(id, title) of the sections above, outermost first."""
    parent_texts: tuple[tuple[str, str], ...]
    """(title, source) of the same."""
    markdown_before: str
    markdown_after: str
    note: str
    """Which text it is shown against, where that isn't the text as it stands."""
    flags: tuple[str, ...]
    examples: tuple[tuple[str, str, str], ...]
    """(section, label, response) of labelled examples in the sections it changes."""


class ProposalPage(Record):
    row: DocketRow
    number: int
    of: int
    before_id: str
    after_id: str
    """Neighbours in the docket; empty at its ends."""
    edits: tuple[Edit, ...]
    rests_on: tuple[str, ...]
    change: Change
    movement: Movement
    best: tuple[Case, ...]
    worst: tuple[Case, ...]
    quotes: Mapping[str, tuple[Quote, ...]]
    counts: Mapping[str, int]
    votes: Voices | None
    direct: DirectFigures | None
    """What people said when they were asked directly."""
    own_words: tuple[DirectVote, ...]
    """Those of them who said why, the longest first."""
    behaviours: tuple[Behaviour, ...]
    """What a model answers under old and new text."""
    tests: tuple[Test, ...]
    totals: Totals | None
    prechecks: int
    """Calls of the support pre-check: whether anybody in the conversations behind it asks for it."""
    beside: tuple[Beside, ...]
    conflicts: ConflictRecord | None
    """What it contradicts in the rest of the spec; None where nobody looked."""
    decisions: tuple[Decision, ...]
    chosen: Entry | None
    wording: WordingTest | None
    """What the test of the reviewer's own wording found, where there is one."""
