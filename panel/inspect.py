"""What is in a panel: counts, vocabularies, shapes, and every kind of problem with examples."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from statistics import median

from ..records import Record
from .leaks import Leaks, find_leaks
from .records import BlockName, Panel, Problem
from .splits import FoldedSplitter, FoldSplitter

BLOCKS: tuple[BlockName, ...] = ("world", "personal")


class BlockShape(Record):
    """The rankings of one block."""

    rankings: int
    with_tie: int
    tie_all: int
    tiers: Mapping[str, int]
    """Number of tiers to rankings."""
    rationales: int
    short_rationales: int
    """Those under 20 characters."""
    median_rationale: float
    """Characters, over those that are not empty."""


class Span(Record):
    """Smallest, median and largest of a count."""

    least: int
    median: float
    most: int

    @classmethod
    def of(cls, counts: Iterable[int]) -> "Span":
        values = list(counts) or [0]
        return cls(least=min(values), median=float(median(values)), most=max(values))


class RubricShape(Record):
    """The criteria that people scored."""

    items: int
    conversations: int
    """Conversations with a criterion."""
    own: int
    """Criteria that a participant wrote."""
    core: int
    """Criteria of the release's short list."""
    scores: int
    scorers: int
    per_item: Span
    """Scores a criterion, over those that anybody scored."""
    points: Span
    """Smallest, median and largest score, in points from -10 to 10, rounded to whole ones."""
    negative: int
    """Scores below 0: the response should not meet the criterion."""


class ProblemKind(Record):
    kind: str
    count: int
    dropped: int
    """How many of them cost something that could not be used."""
    examples: tuple[Problem, ...]
    """The first of them."""


class Sample(Record):
    """One conversation and one person's word on it, so that a reader sees what the data is like."""

    conversation: str
    prompt: str
    responses: Mapping[str, str]
    """Label to text."""
    participant: str = ""
    ranking: str = ""
    rationale: str = ""


class Inspection(Record):
    conversations: int
    without_assessments: int
    """Conversations that nobody assessed."""
    participants: int
    assessments: int
    responses: Mapping[str, int]
    """Number of responses to conversations."""
    raters: Span
    """Participants a conversation."""
    tasks: Span
    """Conversations a participant."""
    duplicate_cells: int
    """Pairs of a participant and a conversation with more than one assessment."""
    asked_unacceptable: int
    flagged: int
    """Assessments that flag at least one response."""
    flagged_first: Mapping[str, int]
    """By block: rankings with a response on top that the same person flagged."""
    blocks: Mapping[str, BlockShape]
    rubrics: RubricShape | None
    """None: the data has no criteria."""
    vocabularies: Mapping[str, Mapping[str, int]]
    """Importance, representativeness and subjectivity over assessments; each demographic key over participants."""
    problems: tuple[ProblemKind, ...]
    leaks: Leaks
    splits: Mapping[str, int]
    """Open folds and the sealed test part to conversations with an assessment."""
    reserved: int
    """Participants held in reserve."""
    sample: Sample | None
    notice: str = ""


def inspect_panel(panel: Panel, *, examples: int = 3, splitter: FoldedSplitter | None = None) -> Inspection:
    """Look a panel over; `examples` problems of each kind are shown whole. Split sizes are those of `splitter`."""
    splitter = splitter or FoldSplitter()
    cells = Counter((one.conversation, one.participant) for one in panel.assessments)
    raters = Counter(conversation for conversation, _ in cells)
    flags = [one for one in panel.assessments if one.unacceptable and one.unacceptable.labels]
    return Inspection(
        conversations=len(panel.conversations),
        without_assessments=len(panel.conversations) - len(raters),
        participants=len(panel.participants),
        assessments=len(panel.assessments),
        responses=_counted(str(len(one.responses)) for one in panel.conversations.values()),
        raters=Span.of(raters.values()),
        tasks=Span.of(Counter(participant for _, participant in cells).values()),
        duplicate_cells=sum(times > 1 for times in cells.values()),
        asked_unacceptable=sum(one.unacceptable is not None for one in panel.assessments),
        flagged=len(flags),
        flagged_first={
            block: sum(
                bool(set(judgement.ranking.tiers[0]) & set(one.unacceptable.labels))
                for one in flags
                if one.unacceptable and (judgement := one.judgement(block))
            )
            for block in BLOCKS
        },
        blocks={block: _shape(panel, block) for block in BLOCKS},
        rubrics=_rubrics(panel),
        vocabularies=_vocabularies(panel),
        problems=tuple(_kinds(panel.problems, examples)),
        leaks=find_leaks(panel, examples=examples),
        splits=_split_sizes(panel, splitter, raters),
        reserved=sum(splitter.reserved(id_) for id_ in panel.participants),
        sample=_sample(panel),
        notice=panel.notice,
    )


def _split_sizes(panel: Panel, splitter: FoldedSplitter, assessed: Collection[str]) -> dict[str, int]:
    found = {f"fold {number}": 0 for number in range(splitter.folds)} | {"test": 0}
    for id_ in assessed:
        part = splitter.place_of(panel.conversations[id_])
        found[part if part == "test" else f"fold {part}"] += 1
    return found


def _sample(panel: Panel) -> Sample | None:
    """The first assessment with a ranking and a reason, else with a ranking, else a conversation alone."""
    if not panel.conversations:
        return None
    told = [(one, said) for one in panel.assessments for said in (one.world, one.personal) if said]
    chosen = next((pair for pair in told if pair[1].rationale.strip()), told[0] if told else None)
    if chosen is None:
        found, participant, ranking, rationale = next(iter(panel.conversations.values())), "", "", ""
    else:
        one, said = chosen
        found, participant = panel.conversations[one.conversation], one.participant
        ranking, rationale = str(said.ranking), said.rationale
    return Sample(
        conversation=found.id,
        prompt="\n".join(message.content for message in found.messages),
        responses={response.label: response.text for response in found.responses},
        participant=participant,
        ranking=ranking,
        rationale=rationale,
    )


def _rubrics(panel: Panel) -> RubricShape | None:
    if not panel.rubrics:
        return None
    points = [score for item in panel.rubrics for score in item.scores.values()]
    return RubricShape(
        items=len(panel.rubrics),
        conversations=len({item.conversation for item in panel.rubrics}),
        own=sum(bool(item.author) for item in panel.rubrics),
        core=sum(item.core for item in panel.rubrics),
        scores=len(points),
        scorers=len({who for item in panel.rubrics for who in item.scores}),
        per_item=Span.of(len(item.scores) for item in panel.rubrics if item.scores),
        points=Span.of(round(score) for score in points),
        negative=sum(score < 0 for score in points),
    )


def _shape(panel: Panel, block: BlockName) -> BlockShape:
    judgements = [judgement for one in panel.assessments if (judgement := one.judgement(block))]
    lengths = [length for one in judgements if (length := len(one.rationale.strip()))]
    return BlockShape(
        rankings=len(judgements),
        with_tie=sum(len(one.ranking.tiers) < len(one.ranking.labels) for one in judgements),
        tie_all=sum(one.ranking.ties_all for one in judgements),
        tiers=_counted(str(len(one.ranking.tiers)) for one in judgements),
        rationales=len(lengths),
        short_rationales=sum(length < 20 for length in lengths),
        median_rationale=float(median(lengths)) if lengths else 0.0,
    )


def _vocabularies(panel: Panel) -> dict[str, Mapping[str, int]]:
    told: dict[str, Mapping[str, int]] = {
        "importance": _counted(one.importance for one in panel.assessments if one.importance),
        "representativeness": _counted(
            one.representativeness for one in panel.assessments if one.representativeness
        ),
        "subjectivity": _counted(one.subjectivity for one in panel.assessments if one.subjectivity),
    }
    people = [one.demographics for one in panel.participants.values()]
    for key in dict.fromkeys(key for one in people for key in one):
        told[f"demographics.{key}"] = _counted(one[key] for one in people if key in one)
    return told


def _counted(values: Iterable[str]) -> dict[str, int]:
    """Values to counts, the most frequent first, then by name."""
    return dict(sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0])))


def _kinds(problems: Iterable[Problem], examples: int) -> Iterable[ProblemKind]:
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        found.setdefault(problem.kind, []).append(problem)
    for kind, each in sorted(found.items(), key=lambda pair: (-sum(p.dropped for p in pair[1]), pair[0])):
        yield ProblemKind(
            kind=kind,
            count=len(each),
            dropped=sum(problem.dropped for problem in each),
            examples=tuple(each[:examples]),
        )
