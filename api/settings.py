"""Settings by name, as on the command line, sorted into the records that they belong to."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import OptionError
from ..graph.options import Options
from ..models.protocol import Role
from ..panel.records import Panel
from ..records import Record
from ..spec import Spec
from .config import ROLES as ALL
from .config import AgentModels, Limits, RunConfig
from .grouping import grouped

_RECORDS: tuple[type[Record], ...] = (AgentModels, Limits, Options)


def configured(
    spec: Spec | Path | str,
    panel: Panel | Path | str,
    *,
    model: str | None,
    settings: Mapping[str, Any],
    roles: tuple[Role, ...] = ALL,
) -> RunConfig:
    """A run's config. Raises OptionError for a setting that there isn't, or that is out of range."""
    agents, limits, options = sorted_out({"model": model, **settings})
    assert isinstance(agents, AgentModels)
    assert isinstance(limits, Limits)
    assert isinstance(options, Options)
    return RunConfig(
        spec=None if isinstance(spec, Spec) else Path(spec),
        data=None if isinstance(panel, Panel) else Path(panel),
        config=agents.config,
        options=grouped(options),
        models=agents.of(roles),
        limits=limits,
    )


def sorted_out(settings: Mapping[str, Any]) -> list[Record]:
    """The records that the settings belong to. Raises OptionError."""
    known = {name for record in _RECORDS for name in record.model_fields}
    for name in settings:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            raise OptionError(
                f"there is no setting {name!r}" + (f": did you mean {near[0]!r}?" if near else "")
            )
    return [
        checked(record, {name: value for name, value in settings.items() if name in record.model_fields})
        for record in _RECORDS
    ]


def checked(record: type[Record], values: Mapping[str, Any]) -> Record:
    """The record. Raises OptionError that names the setting."""
    try:
        return record.model_validate(dict(values))
    except ValidationError as problem:
        first = problem.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise OptionError(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None
