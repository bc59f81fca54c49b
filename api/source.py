"""A spec and its people, given as objects or as paths."""

from dataclasses import dataclass
from pathlib import Path

from ..agreement.carefulness import careless, without
from ..panel.importers.load import load
from ..panel.pseudonyms import pseudonymised
from ..panel.records import Panel
from ..spec import Spec, read_spec
from .config import Preparation
from .home import salt


def load_panel(path: Path | str) -> Panel:
    """Participant data: a CA-1 folder, or a JSON-lines file. Raises DataError."""
    return load(Path(path))


@dataclass(frozen=True)
class Source:
    """A spec and its people, with the files that they came from."""

    spec: Spec
    panel: Panel
    spec_path: Path | None
    data_path: Path | None

    @classmethod
    def read(
        cls, spec: Spec | Path | str, panel: Panel | Path | str, people: Preparation | None = None
    ) -> "Source":
        """Objects as they are, paths read; the people prepared as `people` says. Raises SpecError and DataError."""
        at = None if isinstance(spec, Spec) else Path(spec)
        data = None if isinstance(panel, Panel) else Path(panel)
        return cls(
            spec=spec if isinstance(spec, Spec) else read_spec(Path(spec)),
            panel=prepared(panel if isinstance(panel, Panel) else load(Path(panel)), people),
            spec_path=at,
            data_path=data,
        )


def prepared(panel: Panel, people: Preparation | None) -> Panel:
    """The panel as it is worked with. Raises RunError where no salt can be kept."""
    if people is None:
        return panel
    if people.exclude_careless:
        panel = without(panel, [each.participant for each in careless(panel)])
    return pseudonymised(panel, salt()) if people.pseudonymise else panel
