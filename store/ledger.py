"""The ledger of data: how often, over all runs, it was searched for edits and its test split was looked at.

Every look makes the next one worth less, whoever took it. The file is JSON lines, one a run that began or an
opening; it is only ever added to.
"""

import json
import os
from pathlib import Path

from ..errors import RunError
from ..records import canonical_json

_OPENED, _BEGAN = "opened", "began"


class Ledger:
    """The ledger at `path` (made at the first entry). Several processes may write to it at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def record(self, data_digest: str, run: str) -> int:
        """Write down that `run` opened the test split of this data; returns the openings so far, with this.

        A run that was resumed while it concluded has looked once, not twice. Raises RunError for a ledger
        that can't be read or written.
        """
        runs = self._runs(data_digest)
        if run not in runs:
            self._append({"data": data_digest, "run": run})
            runs = self._runs(data_digest)
        return runs.index(run) + 1

    def began(self, data_digest: str, run: str) -> int:
        """Write down that `run` searches the open part of this data; returns the runs so far, with this.

        A run that was resumed is one run. Raises RunError for a ledger that can't be read or written.
        """
        if run not in self._runs(data_digest, _BEGAN):
            self._append({"data": data_digest, "run": run, "event": _BEGAN})
        return self.uses(data_digest)

    def uses(self, data_digest: str) -> int:
        """How many runs searched the open part of this data."""
        return len(self._runs(data_digest, _BEGAN))

    def openings(self, data_digest: str) -> int:
        """How many runs opened the test split of this data."""
        return len(self._runs(data_digest))

    def _append(self, line: dict[str, str]) -> None:
        """One write at the end of the file, so that lines of two processes never mix."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                os.write(handle, canonical_json(line) + b"\n")
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as problem:
            raise RunError(f"the ledger {self.path} can't be written: {problem.strerror}") from None

    def _runs(self, data_digest: str, event: str = _OPENED) -> list[str]:
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as problem:
            raise RunError(f"the ledger {self.path} can't be read ({problem}): restore it") from None
        runs: dict[str, None] = {}
        for number, line in enumerate(lines, 1):
            try:
                entry = json.loads(line)
                if entry["data"] == data_digest and entry.get("event", _OPENED) == event:
                    runs[str(entry["run"])] = None
            except (ValueError, TypeError, KeyError, AttributeError):
                raise RunError(
                    f"{self.path}, line {number}: this is no entry; the ledger is only ever added to, "
                    "so restore it rather than edit it"
                ) from None
        return list(runs)
