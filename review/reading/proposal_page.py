"""Puts a proposal's page together out of a run's records and its index."""

import sqlite3
from collections.abc import Sequence

from ...graph.vote_records import DirectFigures
from ...graph.voting import direct_figures
from ...spec import Proposal
from ...trials.records import Trial
from ..desk import Desk
from . import conversations as talks
from . import trace
from .bases import base_of
from .docket import DocketRow
from .index import Index
from .known import Known
from .proposal import beside_of, change_of, movement_of, own_words, quotes_of, test_of, voices_of
from .proposal_records import Case, Change, ProposalPage, Quote
from .source import RunSource

CASES = 3


def proposal_page(
    id: str, known: Known, source: RunSource, index: Index, rows: Sequence[DocketRow], desk: Desk, *, quotes: int
) -> ProposalPage:  # fmt: skip
    """The page of one proposal of the run; `quotes` is how many justifications of each stance it shows."""
    found = known.by_id[id]
    by_id = {row.id: row for row in rows}
    row = by_id[id]
    alike = [each.id for each in rows if each.status == row.status]
    order = [each.id for each in rows]
    place = order.index(id)
    trials = [trial for trial in known.trials if trial.proposal == id]
    movement, trial = movement_of(trials)
    said: dict[str, tuple[Quote, ...]] = {}
    counts: dict[str, int] = {}
    best: list[Case] = []
    worst: list[Case] = []
    totals, prechecks = None, 0
    progress = index.progress()
    if progress.has("calls"):
        with index.open() as db:
            totals = trace.totals(db, id)
            prechecks = trace.calls_at(db, id, "screen", "validator")
            if progress.has("people"):
                said, counts = quotes_of(db, source.verdicts(id), quotes)
                if trial is not None:
                    best = _cases(db, source, trial, [p for p in reversed(movement.dots) if p[1] > 1e-9])
                    worst = _cases(db, source, trial, [p for p in movement.dots if p[1] < -1e-9])
    chosen = desk.standing().get(id)
    return ProposalPage(
        row=row, number=alike.index(id) + 1, of=len(alike),
        before_id=order[place - 1] if place else "",
        after_id=order[place + 1] if place + 1 < len(order) else "",
        edits=found.edits, rests_on=found.conversations, change=_change(known, source, found), movement=movement,
        best=tuple(best), worst=tuple(worst), quotes=said, counts=counts,
        votes=voices_of(source.support(id)), direct=_direct(id, source), own_words=own_words(source.votes(id)),
        behaviours=tuple(source.behaviours(id)), tests=tuple(map(test_of, trials)), totals=totals, prechecks=prechecks,
        beside=beside_of(id, known.by_id, by_id), conflicts=known.conflicts.get(id),
        decisions=tuple(each for each in known.decisions if each.proposal == id),
        chosen=chosen, wording=known.wordings.get(chosen.id) if chosen else None,
    )  # fmt: skip


def _direct(id: str, source: RunSource) -> DirectFigures | None:
    """What people said of a proposal when they were asked directly; None where nobody was."""
    votes = source.votes(id)
    if not votes:
        return None
    support = source.support(id)
    apart = support[-1].elsewhere_asked if support else ()
    return direct_figures(id, source.verdicts(id), votes, apart=apart)


def _change(known: Known, source: RunSource, found: Proposal) -> Change:
    base, note = base_of(known, source, found)
    change = change_of(found, base, note) if base is not None else None
    return change or Change(
        redlines=(), parents=(), parent_texts=(), markdown_before="", flags=(), examples=(),
        markdown_after="\n\n".join(edit.text for edit in found.edits), note=note,
    )  # fmt: skip


def _cases(
    db: sqlite3.Connection, source: RunSource, trial: Trial, pairs: Sequence[tuple[str, float]]
) -> list[Case]:
    cases = []
    for id_, difference in pairs[:CASES]:
        found = talks.conversation_row(db, id_)
        if found is None:
            continue
        row, conversation = found
        said = [r for (r,) in db.execute("SELECT ranking FROM assessments WHERE conversation = ?", (id_,))]
        cases.append(
            Case(
                row=row, difference=difference,
                places=talks.people_places(conversation, said),
                prompt=tuple((message.role, message.content) for message in conversation.messages),
                before=_answer(source, "before", id_, trial.base),
                after=_answer(source, "after", id_, trial.candidate),
            )
        )  # fmt: skip
    return cases


def _answer(source: RunSource, label: str, conversation: str, spec: str) -> talks.RankerAnswer | None:
    found = source.rankings(conversation=conversation, spec=spec)
    return talks.answer(label, found[-1]) if found else None
