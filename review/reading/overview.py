"""A run in two minutes: agreement by round between the references, what changed, why it stopped, what it took."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from ...graph.records import Figure, MeasureRecord
from ...graph.rubric_records import RubricRecord
from ...graph.sealed_records import SealedTest
from ...records import Record
from .docket import DocketRow
from .trace import Totals
from .waiting import Asked


class RunRow(Record):
    """One line in the list of runs."""

    id: str
    state: str
    model: str
    adopted: int | None
    gain: Figure | None
    changed: float
    """When anything of it last changed, seconds since 1970."""


class RoundPoint(Record):
    """Where the text stood at a round's beginning, on the open conversations."""

    round: int
    figure: Figure
    conversations: int
    adopted: int
    """Edits adopted in this round."""


class Reference(Record):
    name: str
    figure: Figure
    about: str


class TextRow(Record):
    """A text that the run leaves."""

    name: str
    """original, likely, proven."""
    digest: str
    words: int
    sections: int


class Overview(Record):
    id: str
    state: str
    """finished, paused, running or stopped."""
    stopped: str
    """Why, in a sentence; empty while it goes on."""
    notice: str
    asked: Asked | None
    rounds: tuple[RoundPoint, ...]
    references: tuple[Reference, ...]
    rubrics: RubricRecord | None
    """Both evaluators at the end; None before it, and without scored criteria."""
    sealed: SealedTest | None
    sealed_note: str
    """Why there is no sealed test, where there is none."""
    openings: int
    adopted: tuple[DocketRow, ...]
    by_status: Mapping[str, int]
    reasons: Mapping[str, int]
    totals: Totals | None
    """None until the index is there."""
    by_role: Mapping[str, Totals]
    seconds: float | None
    model_of: Mapping[str, str]
    """Agent that made calls to the base model that it thought with."""
    models: Mapping[str, str | None]
    options: Mapping[str, JsonValue]
    texts: tuple[TextRow, ...]
    spec_name: str
    data_name: str
    problem: str
    """Why the participants' data can't be shown; empty when it can."""


REFERENCES = (
    ("best_single", "Best single ranking", "an upper bound, fitted to the people it is measured on"),
    ("leave_one_out", "Leave-one-out consensus", "what the other people agree on"),
    ("one_person", "One person against another", "how far two people agree"),
    ("longest", "Longest response", "always the longest first"),
    ("random", "Random", "a coin"),
)


def figure_of(value: JsonValue) -> Figure | None:
    """A figure out of a stored estimate; None where it has no value."""
    if not isinstance(value, dict) or value.get("estimate") is None:
        return None
    return Figure.model_validate({name: value.get(name) for name in ("estimate", "low", "high")})


def round_points(measures: Sequence[MeasureRecord], adopted: Mapping[int, int]) -> tuple[RoundPoint, ...]:
    return tuple(
        RoundPoint(
            round=each.round,
            figure=each.agreement,
            conversations=len(each.scores),
            adopted=adopted.get(each.round, 0),
        )
        for each in measures
        if each.agreement.estimate is not None
    )


def reference_rows(value: JsonValue) -> tuple[Reference, ...]:
    rows = []
    for key, name, about in REFERENCES:
        figure = figure_of(value.get(key)) if isinstance(value, dict) else None
        if figure is not None:
            rows.append(Reference(name=name, figure=figure, about=about))
    return tuple(rows)
