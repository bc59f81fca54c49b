"""What a person should know of one section before writing a proposal: gaps, reasons, readings, and what was tried."""

from collections.abc import Sequence

from ..agents.justifications import Justification
from ..agents.section_question import SectionAnswer, SectionReader
from ..agents.themes import ThemeFinder, Themes
from ..models.records import Where
from ..prompts.cut import cut
from ..records import Record
from .context import RunContext
from .measuring import measure_text
from .records import Figure

SHOWN = 12
"""Conversations shown, those with the largest gaps."""
TELLING = 15
"""Justifications quoted."""
EXCERPT = 300
WORDS = 600
PER_THEME = 3


class GapRow(Record):
    """One conversation that the section bears on, and how ranker and people differ there."""

    conversation: str
    asked: str
    """The last message, cut."""
    agreement: float
    best: float
    """Of the best single ranking."""
    people: int
    ranker: str
    explanation: str
    """How the ranker read the spec there, in its own words."""
    top: str
    """The response that most people put first, with how many."""

    @property
    def gap(self) -> float:
        return max(0.0, self.best - self.agreement)


class Telling(Record):
    """A justification worth reading."""

    assessment: str
    conversation: str
    text: str
    theme: str


class TriedRow(Record):
    """A proposal that edits the section, and what became of it."""

    proposal: str
    intent: str
    origin: str
    decision: str


class SectionDraft(Record):
    """One page about one section."""

    section: str
    title: str
    authority: str | None
    text: str
    conversations: int
    """Open conversations that it bears on (relevance 4 or 5)."""
    agreement: Figure
    """On them."""
    gaps: tuple[GapRow, ...]
    themes: Themes
    telling: tuple[Telling, ...]
    tried: tuple[TriedRow, ...]
    answer: SectionAnswer | None = None
    notice: str = ""


async def drafted(
    context: RunContext, section: str, *, text: str | None = None, question: str = ""
) -> SectionDraft:
    """The page on a section of the run's latest text (or the one named by digest).

    Relevance and the measure pass are taken where the run hasn't got them; all else out of the cache. The test split and
    the people held in reserve stay unseen. Raises SpecError for a section that isn't there, and BudgetEnded.
    """
    measures = context.records.measures.find()
    current = text or (measures[-1].text if measures else context.inputs.spec.digest)
    spec = context.texts.spec(current)
    here = spec.section(section)
    where = Where(round=measures[-1].round if measures else 1, node="measure")
    await context.scope.grade_all(context.inputs.spec, where)
    found = context.records.measures.find(text=current)
    measured = found[-1] if found else await measure_text(context, current, where.round)
    if not found:
        context.records.measures.put(measured)
    names = [name for name in context.folds.items if context.scope.in_scope(spec, [section], name)]
    ranked = context.evaluator.measured(current, names)
    rankings = {name: each.ranking for name, each in ranked.items()}
    rows: list[GapRow] = []
    for name in names:
        best = context.evaluator.scores_of.best(name)
        if name not in measured.scores or name not in ranked or best.mean is None:
            continue
        rows.append(
            GapRow(
                conversation=name,
                asked=cut(context.conversations[name].messages[-1].content, EXCERPT),
                agreement=measured.scores[name],
                best=best.mean,
                people=len(best.raters),
                ranker=str(ranked[name].ranking),
                explanation=cut(ranked[name].explanation, EXCERPT),
                top=_top(context, name),
            )
        )
    rows.sort(key=lambda row: (-row.gap * row.people / (row.people + 3), row.conversation))
    written = [item for row in rows for item in context.justifications.on(row.conversation)]
    caller = context.inputs.callers["validator"]
    asking = Where(round=where.round, node="draft")
    (themes,) = await ThemeFinder(caller, seed=context.options.seed).group(spec, [(section, written)], asking)
    answer = None
    if question.strip():
        answer = await SectionReader(caller, seed=context.options.seed).ask(
            spec, section, question.strip(), written, asking
        )
    return SectionDraft(
        section=section,
        title=here.title,
        authority=here.authority,
        text=spec.source_of(section).rstrip(),
        conversations=len(names),
        agreement=Figure.of(context.people.on(rankings).level(rankings))
        if rankings
        else Figure(estimate=None, low=None, high=None),
        gaps=tuple(rows[:SHOWN]),
        themes=themes,
        telling=telling(written, themes),
        tried=_tried(context, section),
        answer=answer,
        notice=context.inputs.panel.notice,
    )


def telling(written: Sequence[Justification], themes: Themes) -> tuple[Telling, ...]:
    """The justifications that say most: for each theme in turn the fullest, from where the gap is largest.

    `written` is in the order of the gaps. No two of one person, no text twice.
    """
    place = {item.assessment: number for number, item in enumerate(written)}
    by_id = {item.assessment: item for item in written}
    queues = [
        (
            theme.title,
            sorted(
                (id_ for id_ in theme.assessments if id_ in by_id),
                key=lambda id_: (-min(len(by_id[id_].text), WORDS) // 100, place[id_]),
            ),
        )
        for theme in themes.themes
    ]
    chosen: list[Telling] = []
    people: set[str] = set()
    texts: set[str] = set()
    for turn in range(PER_THEME):
        for title, queue in queues:
            for id_ in queue:
                item = by_id[id_]
                words = " ".join(item.text.casefold().split())
                if item.participant in people or words in texts or len(chosen) >= TELLING:
                    continue
                people.add(item.participant)
                texts.add(words)
                chosen.append(
                    Telling(
                        assessment=id_,
                        conversation=item.conversation,
                        text=cut(item.text, WORDS),
                        theme=title,
                    )
                )
                break
        if turn and len(chosen) >= TELLING:
            break
    return tuple(chosen)


def _top(context: RunContext, name: str) -> str:
    counts: dict[str, int] = {}
    judgements = context.justifications.judgements.get(name, [])
    for judgement in judgements:
        for label, place in judgement.ranking.places.items():
            if place == 0:
                counts[label] = counts.get(label, 0) + 1
    if not counts:
        return ""
    label = max(sorted(counts), key=lambda each: counts[each])
    return f"{label} ({counts[label]} of {len(judgements)})"


def _tried(context: RunContext, section: str) -> tuple[TriedRow, ...]:
    rows: list[TriedRow] = []
    for proposal in context.records.proposals.find():
        if all(edit.section != section for edit in proposal.edits):
            continue
        decisions = context.records.decisions.find(proposal=proposal.id)
        last = decisions[-1] if decisions else None
        told = f"{last.decision}{f' ({last.reason})' if last.reason else ''}" if last else "undecided"
        rows.append(
            TriedRow(proposal=proposal.id, intent=proposal.intent, origin=proposal.origin, decision=told)
        )
    return tuple(rows)
