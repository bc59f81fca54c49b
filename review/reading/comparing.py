"""Two runs side by side: agreement, decisions and texts."""

from ...graph.records import Figure
from ...records import Record
from ...spec import Edit, Proposal
from ..redlining import SectionRedline, section_redlines
from .docket import DocketRow
from .overview import Overview
from .proposal import place_of
from .run import RunReading


class Pair(Record):
    """The same change in both runs, or one that only one of them has."""

    how: str
    """same edit, same place, only one."""
    a: DocketRow | None
    b: DocketRow | None


class SectionPair(Record):
    title: str
    a: Figure | None
    b: Figure | None


class Compared(Record):
    a: Overview
    b: Overview
    same_spec: bool
    same_data: bool
    differing: tuple[tuple[str, str, str], ...]
    """(option or model, in a, in b) where the two were launched differently."""
    adopted_by_both: int
    adopted_by_one: int
    pairs: tuple[Pair, ...]
    sections: tuple[SectionPair, ...]
    redlines: tuple[SectionRedline, ...]
    """From the final text of a to that of b."""


def compare_readings(a: RunReading, b: RunReading) -> Compared:
    """Decision against decision, agreement against agreement, text against text."""
    one, two = a.overview(), b.overview()
    pairs = _pairs(a, b)
    both = sum(
        pair.a is not None and pair.b is not None and pair.a.status == pair.b.status == "adopted"
        for pair in pairs
    )
    adopted = sum(
        any(row is not None and row.status == "adopted" for row in (pair.a, pair.b)) for pair in pairs
    )
    settings = [
        *((f"model of {role}", one.models.get(role, ""), two.models.get(role, "")) for role in sorted({*one.models, *two.models})),
        *((name, str(one.options.get(name)), str(two.options.get(name))) for name in sorted({*one.options, *two.options})),
    ]  # fmt: skip
    return Compared(
        a=one, b=two,
        same_spec=a.source.launched.spec_digest == b.source.launched.spec_digest,
        same_data=a.source.launched.data_digest == b.source.launched.data_digest,
        differing=tuple(row for row in settings if row[1] != row[2]),
        adopted_by_both=both, adopted_by_one=adopted - both,
        pairs=tuple(pairs), sections=tuple(_sections(a, b)),
        redlines=section_redlines(a.known.current, b.known.current, 1),
    )  # fmt: skip


def _pairs(a: RunReading, b: RunReading) -> list[Pair]:
    """Proposals that made it to a trial in either run, joined by their edits, else by their place."""
    ours, theirs = ({row.id: row for row in each.docket_rows()} for each in (a, b))
    proposals = {**b.known.by_id, **a.known.by_id}
    left = dict(theirs)
    matches: dict[str, tuple[str, DocketRow]] = {}
    for how, same in (("same edit", _edits), ("same place", place_of)):
        where: dict[object, list[DocketRow]] = {}
        for row in left.values():
            where.setdefault(same(proposals[row.id]), []).append(row)
        for id_ in ours:
            near = where.get(same(proposals[id_]), [])
            if id_ not in matches and near:
                matches[id_] = (how, near.pop(0))
                del left[matches[id_][1].id]
    pairs = [
        Pair(how=matches[id_][0], a=row, b=matches[id_][1])
        if id_ in matches
        else Pair(how="only one", a=row, b=None)
        for id_, row in ours.items()
    ]
    pairs += [Pair(how="only one", a=None, b=row) for row in left.values()]
    told = [
        pair
        for pair in pairs
        if any(row and (row.status == "adopted" or row.effect is not None) for row in (pair.a, pair.b))
    ]
    return sorted(
        told,
        key=lambda pair: (
            not any(row and row.status == "adopted" for row in (pair.a, pair.b)),
            pair.how != "same edit",
        ),
    )


def _edits(proposal: Proposal) -> tuple[Edit, ...]:
    return proposal.edits


def _sections(a: RunReading, b: RunReading) -> list[SectionPair]:
    if not (a.progress().has("people") and b.progress().has("people")):
        return []
    one, two = ({row.id: row for row in each.sections().rows} for each in (a, b))
    return [
        SectionPair(
            title=(one.get(id_) or two[id_]).title,
            a=one[id_].after if id_ in one else None,
            b=two[id_].after if id_ in two else None,
        )
        for id_ in {**one, **two}
    ]  # fmt: skip
