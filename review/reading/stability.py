"""Several runs of the same: how far they propose and decide alike, over all pairs of them."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TypeVar

from ...graph.records import Figure
from ...records import Record
from .docket import DocketRow
from .proposal import place_of
from .run import RunReading

T = TypeVar("T")


class RunFigures(Record):
    """One of the runs."""

    id: str
    adopted: int
    proposals: int
    agreement: Figure | None
    """Of the text as it stands: on the sealed test where it was opened, else on the open conversations."""
    sealed: bool
    gain: Figure | None
    text: int
    """Number of its final text: runs that ended with the same text have the same."""


class ChangeOver(Record):
    """One change, by the place that it edits, over all runs; None where a run didn't propose it."""

    intent: str
    section: str
    rows: tuple[DocketRow | None, ...]
    adopted: int
    proposed: int
    wordings: int
    """Different texts among its wordings."""


class Stability(Record):
    runs: tuple[RunFigures, ...]
    same_spec: bool
    same_data: bool
    differing: tuple[tuple[str, tuple[str, ...]], ...]
    """(option or model, its value in each run) where the runs were launched differently."""
    changes: tuple[ChangeOver, ...]
    """Those that any run adopted or tried; the most often adopted first."""
    adopted_by_any: int
    adopted_by_all: int
    adopted_alike: float | None
    """Mean over pairs of runs: changes that both adopted among those that either did (Jaccard). None where nothing was
    adopted by any run."""
    decided_alike: float | None
    """Over changes that both runs of a pair tried and decided on: the share on which they decided the same, all pairs
    together."""
    decided_pairs: int
    sections_alike: float | None
    """As `adopted_alike`, of the sections that were changed."""
    texts: int
    """Different final texts."""


def compare_several(readings: Sequence[RunReading]) -> Stability:
    """Two runs or more, decision against decision. A change is the same where it edits the same place."""
    rows = [{row.id: row for row in reading.docket_rows()} for reading in readings]
    by_place: list[dict[object, DocketRow]] = []
    texts: dict[object, set[str]] = {}
    for reading, mine in zip(readings, rows, strict=True):
        here: dict[object, DocketRow] = {}
        for id_, row in mine.items():
            proposal = reading.known.by_id[id_]
            place = place_of(proposal)
            texts.setdefault(place, set()).add("\0".join(edit.text for edit in proposal.edits))
            # Of several wordings in one run the one that got furthest stands for it: the docket's order says which.
            if place not in here or (row.status == "adopted" and here[place].status != "adopted"):
                here[place] = row
        by_place.append(here)
    adopted = [{place for place, row in here.items() if row.status == "adopted"} for here in by_place]
    tried = [
        {place for place, row in here.items() if row.status == "adopted" or row.effect is not None}
        for here in by_place
    ]
    settled = [
        {place for place in mine if here[place].status in ("adopted", "rejected")}
        for here, mine in zip(by_place, tried, strict=True)
    ]
    sections = [{here[place].section for place in mine} for here, mine in zip(by_place, adopted, strict=True)]
    agreed, asked = _decided(adopted, settled)
    finals = list(dict.fromkeys(reading.known.current.digest for reading in readings))
    return Stability(
        runs=tuple(
            _figures(reading, len(mine), finals) for reading, mine in zip(readings, adopted, strict=True)
        ),
        same_spec=len({reading.source.launched.spec_digest for reading in readings}) == 1,
        same_data=len({reading.source.launched.data_digest for reading in readings}) == 1,
        differing=_differing(readings),
        changes=_changes(by_place, set().union(*tried), texts),
        adopted_by_any=len(set().union(*adopted)),
        adopted_by_all=len(set.intersection(*adopted)),
        adopted_alike=_alike(adopted),
        decided_alike=agreed / asked if asked else None,
        decided_pairs=asked,
        sections_alike=_alike(sections),
        texts=len(finals),
    )


def _alike(sets: Sequence[set[T]]) -> float | None:
    """Mean Jaccard index over pairs; two empty sets are alike."""
    if not any(sets):
        return None
    found = [
        len(one & other) / len(one | other) if one | other else 1.0 for one, other in combinations(sets, 2)
    ]
    return sum(found) / len(found)


def _decided(adopted: Sequence[set[object]], settled: Sequence[set[object]]) -> tuple[int, int]:
    """(decided the same, decided by both), over pairs of runs."""
    same = both = 0
    for one, other in combinations(range(len(settled)), 2):
        for place in settled[one] & settled[other]:
            both += 1
            same += (place in adopted[one]) == (place in adopted[other])
    return same, both


def _figures(reading: RunReading, adopted: int, finals: Sequence[str]) -> RunFigures:
    summary = reading.source.summary()
    sealed = summary.sealed_test if summary else None
    measures = reading.source.measures()
    open_ = measures[-1].agreement if measures else None
    return RunFigures(
        id=reading.id,
        adopted=adopted,
        proposals=len(reading.known.by_id),
        agreement=sealed.likely.agreement if sealed else open_,
        sealed=sealed is not None,
        gain=sealed.gain if sealed else None,
        text=finals.index(reading.known.current.digest) + 1,
    )


def _changes(
    by_place: Sequence[Mapping[object, DocketRow]], tried: set[object], texts: Mapping[object, set[str]]
) -> tuple[ChangeOver, ...]:
    found = []
    for place in tried:
        rows = tuple(here.get(place) for here in by_place)
        known = [row for row in rows if row is not None]
        found.append(
            ChangeOver(
                intent=known[0].intent,
                section=known[0].section,
                rows=rows,
                adopted=sum(row.status == "adopted" for row in known),
                proposed=len(known),
                wordings=len(texts[place]),
            )
        )
    return tuple(sorted(found, key=lambda each: (-each.adopted, -each.proposed, each.section, each.intent)))


def _differing(readings: Sequence[RunReading]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    launched = [reading.source.launched for reading in readings]
    settings: list[dict[str, str]] = [
        {
            **{f"model of {role}": str(uri or "") for role, uri in each.models.items()},
            **{name: str(value) for name, value in each.options.model_dump(mode="json").items()},
        }
        for each in launched
    ]
    names = dict.fromkeys(name for each in settings for name in each)
    rows = [(name, tuple(each.get(name, "") for each in settings)) for name in names]
    return tuple((name, values) for name, values in rows if len(set(values)) > 1)
