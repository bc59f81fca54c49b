"""k-anonymity of demographics: no combination of values that fewer than k people share leaves the house.

Sweeney (2002), "k-anonymity: a model for protecting privacy". First values that fewer than k people gave are merged,
attribute by attribute. Then attributes are shown top down, as in Mondrian (LeFevre et al. 2006), as long as everybody
stays among k people who look alike; what can't be shown is withheld. It protects from being found by demographics,
not from being known by one's words, nor from learning what all k have in common (see l-diversity).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from ..records import Record

OTHER, WITHHELD, ABSENT = "other", "withheld", "not given"
People = Mapping[str, Mapping[str, str]]
"""Participant id to attribute to value."""


class Merged(Record):
    """Values of one attribute that were put together."""

    attribute: str
    values: tuple[str, ...]
    people: int
    into: str
    """OTHER, or WITHHELD where even together they are too few."""


class Anonymised(Record):
    """Demographics that may be shown."""

    people: Mapping[str, Mapping[str, str]]
    merged: tuple[Merged, ...]
    withheld: Mapping[str, int]
    """Attribute to the people whose value is withheld though it was not rare by itself."""
    smallest: int
    """People in the smallest group that looks alike; 0 without people."""


def anonymised(people: People, k: int, attributes: Sequence[str], prefer: Sequence[str] = ()) -> Anonymised:
    """`people` with `attributes` made k-anonymous; other attributes are left as they are.

    A person without a value counts as having given ABSENT. Attributes in `prefer` are shown before others, in that
    order; else whatever can be told of most people.
    Raises ValueError for k < 1.
    """
    if k < 1:
        raise ValueError("k must be at least 1")
    table = {id_: {name: told.get(name, ABSENT) for name in attributes} for id_, told in people.items()}
    notes = [note for name in attributes for note in _merge(table, name, k)]
    shown: dict[str, dict[str, str]] = {}
    for group, values in _groups(table, sorted(table), tuple(attributes), {}, k, prefer):
        for id_ in group:
            shown[id_] = {name: values.get(name, WITHHELD) for name in attributes}
    lost = Counter(
        name
        for id_, values in shown.items()
        for name, value in values.items()
        if value == WITHHELD != table[id_][name]
    )
    looks = Counter(tuple(sorted(values.items())) for values in shown.values())
    return Anonymised(
        people={
            id_: {
                **{name: value for name, value in told.items() if name not in attributes},
                **{name: value for name, value in shown[id_].items() if value != ABSENT},
            }
            for id_, told in people.items()
        },
        merged=tuple(notes),
        withheld={name: lost[name] for name in attributes if lost[name]},
        smallest=min(looks.values(), default=0),
    )


def _merge(table: dict[str, dict[str, str]], name: str, k: int) -> Iterator[Merged]:
    """Put rare values of one attribute together; where even together they are too few, withhold them."""
    counts = Counter(values[name] for values in table.values())
    rare = [value for value, people in counts.items() if people < k]
    if not rare:
        return
    number = sum(counts[each] for each in rare)
    into = OTHER if number >= k else WITHHELD
    for values in table.values():
        if values[name] in rare:
            values[name] = into
    yield Merged(attribute=name, values=tuple(sorted(rare)), people=number, into=into)


def _groups(
    table: Mapping[str, Mapping[str, str]],
    ids: Sequence[str],
    attributes: tuple[str, ...],
    values: Mapping[str, str],
    k: int,
    prefer: Sequence[str],
) -> Iterator[tuple[Sequence[str], Mapping[str, str]]]:
    """Groups of at least k people with the values that may be shown of all of them; a smaller whole shows nothing."""
    best: tuple[tuple[int, int], str, dict[str, list[str]], list[str]] | None = None
    for name in attributes if len(ids) >= k else ():
        kept, rest = _split(table, ids, name, k)
        first = len(prefer) - prefer.index(name) if name in prefer else 0
        told = (first, sum(map(len, kept.values())))
        if kept and (best is None or told > best[0]):
            best = (told, name, kept, rest)
    if best is None:
        yield ids, values
        return
    _, name, kept, rest = best
    others = tuple(each for each in attributes if each != name)
    for value, group in kept.items():
        yield from _groups(table, group, others, {**values, name: value}, k, prefer)
    if rest:
        yield from _groups(table, rest, others, values, k, prefer)


def _split(
    table: Mapping[str, Mapping[str, str]], ids: Sequence[str], name: str, k: int
) -> tuple[dict[str, list[str]], list[str]]:
    """People by their value of an attribute, and those whose value can't be shown: none, or at least k."""
    by: dict[str, list[str]] = defaultdict(list)
    for id_ in ids:
        by[table[id_][name]].append(id_)
    kept = {value: group for value, group in sorted(by.items()) if len(group) >= k and value != WITHHELD}
    rest = [id_ for id_ in ids if table[id_][name] not in kept]
    lacking = k - len(rest)
    if rest and lacking > 0 and kept:
        donor = max(kept, key=lambda value: (len(kept[value]), value))
        if len(kept[donor]) >= k + lacking:
            # The first of them: ids say nothing of a person.
            rest += kept[donor][:lacking]
            kept[donor] = kept[donor][lacking:]
    while 0 < len(rest) < k and kept:
        smallest = min(kept, key=lambda value: (len(kept[value]), value))
        rest += kept.pop(smallest)
    return kept, rest
