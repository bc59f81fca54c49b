"""authority: what evidence the loop needs before it changes a section, by the section's authority."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Protocol, get_args

from pydantic import ValidationError

from ...errors import EditError, OptionError
from ...records import Record
from ...spec import Proposal, Spec, apply
from ...spec.records import Authority

Needs = Literal["likely", "proven", "a person"]
"""likely or proven: the label that an edit must have. `a person`: the loop proposes, and never adopts."""
LEVELS: tuple[str, ...] = (*get_args(Authority), "none")


class AuthorityPolicy(Protocol):
    def needs(self, spec: Spec, proposal: Proposal) -> Needs:
        """What a proposal needs; of several edits the strictest."""
        ...


class Levels(Record):
    """What an edit needs by level, where it needs more for its kind; None: no more."""

    root: Needs | None = None
    platform: Needs | None = None
    system: Needs | None = None
    developer: Needs | None = None
    user: Needs | None = None
    guideline: Needs | None = None
    none: Needs | None = None


class AuthorityTable(Record):
    """A table by authority level. `none`: sections without one."""

    root: Needs = "a person"
    platform: Needs = "a person"
    """The older releases' word for what root and system are now."""
    system: Needs = "a person"
    developer: Needs = "likely"
    user: Needs = "likely"
    guideline: Needs = "likely"
    none: Needs = "likely"
    change_of_principle: Levels = Levels()
    """A table of its own, for what changes a principle: the stricter of the two counts."""

    @classmethod
    def read(cls, path: Path) -> "AuthorityTable":
        """A TOML file with a line a level, such as `developer = "proven"`. Raises OptionError."""
        try:
            found = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
            told = (problem.strerror or str(problem)).lower() if isinstance(problem, OSError) else problem
            raise OptionError(f"{path}: the table of authority levels can't be read ({told})") from None
        return cls.of(found, str(path))

    @classmethod
    def of(cls, table: Mapping[str, object], source: str) -> "AuthorityTable":
        """Raises OptionError, saying what a table may hold."""
        try:
            return cls.model_validate(table)
        except ValidationError as problem:
            wrong = ".".join(map(str, problem.errors()[0]["loc"]))
            raise OptionError(
                f"{source}: {wrong!r} isn't right: a line names a level ({', '.join(LEVELS)}) and what an edit "
                f"there needs ({', '.join(map(repr, get_args(Needs)))}); a table [change_of_principle] may ask for more"
            ) from None

    def needs(self, spec: Spec, proposal: Proposal) -> Needs:
        order = get_args(Needs)
        levels: list[str] = [_authority(spec, edit.section) or "none" for edit in proposal.edits]
        levels += _given(spec, proposal)
        wanted: list[Needs] = [getattr(self, level) for level in levels]
        if proposal.kind == "change_of_principle":
            more = (getattr(self.change_of_principle, level) for level in levels)
            wanted += [each for each in more if each]
        return max(wanted, key=order.index)


def _given(spec: Spec, proposal: Proposal) -> list[str]:
    """Levels that the edits themselves give: to a new section, or to one that had another."""
    try:
        after = apply(spec, proposal.edits)
    except EditError:
        return []
    return [
        level
        for section in after.sections
        if (level := section.authority)
        and (section.id not in spec or spec.section(section.id).authority != level)
    ]


def _authority(spec: Spec, section: str) -> Authority | None:
    """A section's own authority, else that of the nearest section above it."""
    if section not in spec:
        return None
    for id_ in (section, *reversed(spec.ancestors(section))):
        if (found := spec.section(id_).authority) is not None:
            return found
    return None
