"""Which people count: by what they said of themselves, or by a list of their ids."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from ..errors import DataError, OptionError
from .records import BlockName, Lens, Panel

MIN_GROUP = 5
"""People under which a group is neither shown nor used: fewer could be told apart."""


def lens_for(group: Iterable[str], *, block: BlockName = "world", members: Sequence[str] = ()) -> Lens:
    """The lens of a group: `ATTRIBUTE=VALUE` conditions, and ids of participants; none of either: everybody.

    Values of one attribute widen the group, further attributes narrow it. `@FILE` names a file with one id a line.
    Raises OptionError for a condition that is none, and for a file that can't be read.
    """
    told: dict[str, list[str]] = {}
    ids = list(members)
    for entry in group:
        if entry.startswith("@"):
            ids += read_members(Path(entry[1:]))
            continue
        key, given, value = entry.partition("=")
        if not given or not key.strip() or not value.strip():
            raise OptionError(
                f"{entry!r} names no group: give ATTRIBUTE=VALUE, such as country_of_residence=Kenya, or @FILE with a "
                "person's id a line"
            )
        told.setdefault(key.strip(), []).append(value.strip())
    return Lens(
        block=block,
        group={key: tuple(dict.fromkeys(values)) for key, values in told.items()},
        participants=tuple(dict.fromkeys(ids)) or None,
    )


def read_members(path: Path) -> tuple[str, ...]:
    """The ids in a file, one a line; blank lines don't count. Raises OptionError."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        reason = getattr(problem, "strerror", None) or "it isn't text in UTF-8"
        raise OptionError(
            f"{path}: the group's file can't be read ({reason}); give a person's id a line"
        ) from None
    found = tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))
    if not found:
        raise OptionError(f"{path}: the group's file names nobody; give a person's id a line")
    return found


def is_narrow(lens: Lens) -> bool:
    """Whether it leaves anybody out by group."""
    return bool(lens.group) or lens.participants is not None


def members_of(panel: Panel, lens: Lens) -> frozenset[str]:
    """The participants that a lens's group holds, whether they ranked anything or not."""
    listed = None if lens.participants is None else set(lens.participants)
    return frozenset(
        name
        for name, one in panel.participants.items()
        if (listed is None or name in listed)
        and all(one.demographics.get(key) in values for key, values in lens.group.items())
    )


def check_group(panel: Panel, lens: Lens, *, least: int = MIN_GROUP) -> frozenset[str]:
    """The members of a lens's group. Raises DataError for a group that is too small to be used, or that nobody is in.

    Those count who have a ranking of the lens's block.
    """
    members = members_of(panel, lens)
    if not is_narrow(lens):
        return members
    for key, values in lens.group.items():
        known = sorted(
            {one.demographics[key] for one in panel.participants.values() if key in one.demographics}
        )
        if missing := [value for value in values if value not in known]:
            has = f"values: {', '.join(known[:20])}" if known else "nobody has that attribute"
            raise DataError(f"no participant has {key} = {missing[0]} ({has})")
    if lens.participants is not None and not set(lens.participants) & set(panel.participants):
        raise DataError(
            f"none of the {len(lens.participants)} ids of the group is a participant's in this data"
        )
    voices = {one.participant for one in panel.assessments if one.judgement(lens.block)} & members
    if len(voices) < least:
        raise DataError(
            f"the group {told(lens)} has {len(voices)} people with a {lens.block!r} ranking, fewer than {least}: so few "
            "could be told apart, and nothing could be shown for them; choose a larger group"
        )
    return members


def told(lens: Lens) -> str:
    """The group in words: `country_of_residence = Kenya`."""
    parts = [f"{key} = {' or '.join(values)}" for key, values in lens.group.items()]
    if lens.participants is not None:
        parts.append(f"{len(lens.participants)} listed people")
    return " and ".join(parts) or "everybody"
