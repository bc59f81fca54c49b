"""Figures as plain shapes: what a template draws as SVG, without a plotting library and without inline styles."""

from collections.abc import Callable, Sequence

from ..graph.records import Figure
from ..records import Record
from .reading.conversations import Places
from .reading.overview import Reference, RoundPoint

POINTS = 100.0
Scale = Callable[[float], float]


class Tick(Record):
    at: float
    label: str


class Mark(Record):
    """An estimate with its interval, in the figure's own units."""

    at: float
    low: float
    high: float
    has_interval: bool


class Band(Record):
    """A reference line with its interval."""

    name: str
    at: float
    low: float
    high: float
    label_at: float
    """Where its name stands, moved so that names don't overlap."""


class RoundMark(Record):
    x: float
    mark: Mark
    label: str
    adopted: int


class RoundPlot(Record):
    """Agreement by round between the references."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    ticks: tuple[Tick, ...]
    bands: tuple[Band, ...]
    marks: tuple[RoundMark, ...]
    path: str
    label: str
    """The figure in a sentence, for those who don't see it."""


class Dumbbell(Record):
    """Before and after on one line."""

    before: Mark | None
    after: Mark | None


class Dot(Record):
    x: float
    y: float
    kind: str
    """towards, away or same."""
    conversation: str
    title: str


class DotPlot(Record):
    """One dot a conversation, by how far the ranking moved towards people."""

    width: float
    height: float
    zero: float
    ticks: tuple[Tick, ...]
    dots: tuple[Dot, ...]
    label: str


class Bar(Record):
    x: float
    width: float
    place: int
    percent: int


def round_plot(rounds: Sequence[RoundPoint], references: Sequence[Reference]) -> RoundPlot | None:
    """None where no round was measured."""
    if not rounds:
        return None
    values = [point.figure.estimate or 0.0 for point in rounds]
    lows = [point.figure.low for point in rounds if point.figure.low is not None]
    beside = [each for each in references if each.figure.estimate is not None]
    lowest = min([*values, *lows, *(each.figure.estimate or 0.0 for each in beside)])
    floor = max(0.0, (int(lowest * 10) / 10) - 0.02)
    width, height, left, right, top, bottom = 1000.0, 300.0, 44.0, 790.0, 14.0, 262.0

    def y(value: float) -> float:
        return round(bottom - (value - floor) / (1 - floor) * (bottom - top), 1)

    step = (right - left) / (len(rounds) + 0.4)
    marks = []
    for number, point in enumerate(rounds):
        marks.append(
            RoundMark(
                x=round(left + step * (number + 0.7), 1),
                mark=_mark(point.figure, y) or Mark(at=y(0), low=y(0), high=y(0), has_interval=False),
                label=f"{point.round}",
                adopted=point.adopted,
            )
        )
    bands = []
    for each in sorted(beside, key=lambda each: -(each.figure.estimate or 0.0)):
        mark = _mark(each.figure, y)
        if mark is not None:
            bands.append(Band(name=each.name, at=mark.at, low=mark.low, high=mark.high, label_at=mark.at))
    ticks = tuple(
        Tick(at=y(tenth / 10), label=f"{tenth * 10}")
        for tenth in range(10 + 1)
        if tenth / 10 >= floor and y(tenth / 10) >= top - 1
    )
    path = "M" + " L".join(f"{each.x} {each.mark.at}" for each in marks)
    told = ", ".join(f"round {point.round}: {_percent(point.figure)}" for point in rounds)
    refs = ", ".join(f"{each.name.lower()}: {_percent(each.figure)}" for each in beside)
    return RoundPlot(
        width=width, height=height, left=left, right=right, top=top, bottom=bottom, ticks=ticks,
        bands=_apart(bands, 15.0, top, bottom), marks=tuple(marks), path=path,
        label=f"Agreement by round, in percent. {told}. References: {refs}.",
    )  # fmt: skip


def dumbbell(before: Figure, after: Figure, width: float = 300.0, floor: float = 0.3) -> Dumbbell:
    """On a line from `floor` (0 to 1) to 1; what lies below the floor is drawn at it."""

    def x(value: float) -> float:
        return round(6 + (max(value, floor) - floor) / (1 - floor) * (width - 12), 1)

    return Dumbbell(before=_mark(before, x), after=_mark(after, x))


def axis(width: float = 300.0, floor: float = 0.3) -> tuple[Tick, ...]:
    """The ticks of a dumbbell's line."""
    values = [tenth for tenth in range(int(floor * 10), 11, 1) if tenth % 2 == 0 or tenth == 10]
    return tuple(
        Tick(at=round(6 + (tenth / 10 - floor) / (1 - floor) * (width - 12), 1), label=f"{tenth * 10}")
        for tenth in values
    )


def floor_of(figures: Sequence[Figure]) -> float:
    """The tenth below the lowest end of these figures' intervals."""
    ends = [value for each in figures for value in (each.low, each.estimate) if value is not None]
    return max(0.0, int(min(ends, default=0.5) * 10) / 10)


def dot_plot(dots: Sequence[tuple[str, float]], titles: dict[str, str]) -> DotPlot | None:
    """Dots of near differences stand on each other. None where there is none."""
    if not dots:
        return None
    width, radius, middle = 720.0, 6.0, 22.0
    reach = max(0.1, *(abs(value) for _, value in dots)) * 1.05

    def x(value: float) -> float:
        return round(width / 2 + value / reach * (width / 2 - middle), 1)

    placed: list[tuple[float, int]] = []
    found: list[Dot] = []
    for id_, value in sorted(dots, key=lambda pair: abs(pair[1])):
        at = x(value)
        taken = {row for other, row in placed if abs(other - at) < 2 * radius}
        row = next(number for number in range(len(placed) + 1) if number not in taken)
        placed.append((at, row))
        kind = "towards" if value > 1e-9 else "away" if value < -1e-9 else "same"
        found.append(
            Dot(x=at, y=row * (2 * radius + 1), kind=kind, conversation=id_,
                title=f"{POINTS * value:+.0f} points: {titles.get(id_, id_)}")
        )  # fmt: skip
    tall = max(dot.y for dot in found)
    height = tall + 2 * radius + 34
    raised = tuple(dot.model_copy(update={"y": tall + radius + 2 - dot.y}) for dot in found)
    size = _nice(reach)
    steps = range(-int(reach / size), int(reach / size) + 1)
    ticks = tuple(
        Tick(at=x(step * size), label=f"{POINTS * step * size:+.0f}" if step else "0") for step in steps
    )
    counts = {kind: sum(dot.kind == kind for dot in found) for kind in ("towards", "away", "same")}
    return DotPlot(
        width=width, height=height, zero=x(0.0), ticks=ticks, dots=raised,
        label=f"One dot a conversation, by change in agreement: {counts['towards']} towards people, "
        f"{counts['away']} away, {counts['same']} unchanged.",
    )  # fmt: skip


def bars(places: Places, width: float = 240.0) -> tuple[Bar, ...]:
    """The shares of people by place, side by side."""
    found, at = [], 0.0
    for number, share in enumerate(places.shares):
        if share > 0:
            found.append(
                Bar(
                    x=round(at, 1),
                    width=round(share * width, 1),
                    place=number + 1,
                    percent=round(100 * share),
                )
            )
        at += share * width
    return tuple(found)


def _nice(reach: float) -> float:
    return next((size for size in (0.02, 0.05, 0.1, 0.2, 0.25, 0.5) if reach / size <= 4), 0.5)


def _percent(figure: Figure) -> str:
    return "unknown" if figure.estimate is None else f"{POINTS * figure.estimate:.1f}"


def _mark(figure: Figure, scale: Scale) -> Mark | None:
    if figure.estimate is None:
        return None
    at = scale(figure.estimate)
    if figure.low is None or figure.high is None:
        return Mark(at=at, low=at, high=at, has_interval=False)
    return Mark(at=at, low=scale(figure.low), high=scale(figure.high), has_interval=figure.high > figure.low)


def _apart(bands: Sequence[Band], gap: float, top: float, bottom: float) -> tuple[Band, ...]:
    """Labels pushed down until none covers another, then up from the bottom."""
    at, found = top - gap, []
    for band in bands:
        at = max(band.at, at + gap)
        found.append(band.model_copy(update={"label_at": at}))
    limit = bottom + gap
    for number in reversed(range(len(found))):
        limit = min(found[number].label_at, limit - gap)
        found[number] = found[number].model_copy(update={"label_at": limit})
    return tuple(found)
