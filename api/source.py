"""A spec and its people, given as objects or as paths."""

from dataclasses import dataclass
from pathlib import Path

from ..panel.importers.load import load
from ..panel.records import Panel
from ..spec import Spec, read_spec


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
    def read(cls, spec: Spec | Path | str, panel: Panel | Path | str) -> "Source":
        """Objects as they are, paths read. Raises SpecError and DataError."""
        at = None if isinstance(spec, Spec) else Path(spec)
        data = None if isinstance(panel, Panel) else Path(panel)
        return cls(
            spec=spec if isinstance(spec, Spec) else read_spec(Path(spec)),
            panel=panel if isinstance(panel, Panel) else load(Path(panel)),
            spec_path=at,
            data_path=data,
        )
