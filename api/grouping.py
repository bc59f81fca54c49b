"""A group's file is read once, when a run is launched: the ids are kept with the run's options."""

from pathlib import Path

from ..graph.options import Options
from ..panel.groups import lens_for, read_members
from ..panel.pseudonyms import pseudonym
from .config import Preparation
from .home import salt


def grouped(options: Options, people: Preparation | None = None) -> Options:
    """The options with `@FILE` in place of its ids. Raises OptionError for a group that is none.

    Where participants' ids are replaced by pseudonyms, so are those of the file.
    """
    files = [entry for entry in options.group if entry.startswith("@")]
    conditions = tuple(entry for entry in options.group if entry not in files)
    lens_for(conditions)
    ids = [name for entry in files for name in read_members(Path(entry[1:]))]
    if people is not None and people.pseudonymise:
        ids = [pseudonym(name, salt()) for name in ids]
    if not files:
        return options
    return options.model_copy(
        update={"group": conditions, "members": tuple(dict.fromkeys((*options.members, *ids)))}
    )
