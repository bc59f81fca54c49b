"""What a run was launched with, as far as a reader cares."""

import json
from collections.abc import Mapping
from pathlib import Path

from ...errors import RunError
from ...graph.options import Options
from ...records import Record
from ...store.runs import RunFolder


class Launched(Record):
    """What a run was launched with, as far as a reader cares."""

    spec: Path | None
    """Where the spec file lay; None: the spec was given out of memory. Likewise `data`."""
    data: Path | None
    options: Options
    models: Mapping[str, str | None]
    spec_digest: str
    data_digest: str
    run: str
    """Tells this run from every other, whatever its folder is called."""

    @property
    def spec_name(self) -> str:
        """The old file's name."""
        return self.spec.name if self.spec else "spec.md"

    @property
    def data_name(self) -> str:
        return self.data.name if self.data else "data out of memory"


def launched(folder: RunFolder) -> Launched:
    """Raises RunError where the run's configuration can't be read."""
    try:
        value = json.loads(folder.config.read_bytes())
        return Launched.model_validate({name: value[name] for name in Launched.model_fields})
    except OSError as problem:
        raise RunError(
            f"{folder.config}: can't be read ({problem.strerror}); it is part of the run"
        ) from None
    except (ValueError, KeyError, TypeError):
        raise RunError(f"{folder.config}: not the configuration of a run") from None
