"""The ledger: over all runs, how often some data's test split was opened, and its selection data used.

Every look at a test split makes the next one worth less, whoever took it; and edits that many runs chose on
the same conversations are chosen by all of them together. The file is JSON lines, one a use; it is only ever
added to. A last line that a crash tore off is mended by the next use.
"""

import fcntl
import json
import os
from pathlib import Path

from ..errors import RunError
from ..records import canonical_json
from .protocol import Use, Uses


class Ledger(Uses):
    """The ledger at `path` (made at its first line). Several processes may write to it at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def _record(self, use: Use, run: str) -> int:
        runs = self._runs(use)
        if run not in runs:
            self._append({**use, "run": run})
            runs = self._runs(use)
        return runs.index(run) + 1

    def _append(self, line: Use) -> None:
        """One whole line at the end, or nothing."""
        body = canonical_json(line) + b"\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                end = _mend(handle)
                if os.write(handle, body) < len(body):
                    os.ftruncate(handle, end)
                    raise OSError(None, "the disk is full")
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as problem:
            raise RunError(f"the ledger {self.path} can't be written: {problem.strerror}") from None

    def _runs(self, use: Use) -> list[str]:
        """Runs of this use, in the order of writing."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as problem:
            raise RunError(f"the ledger {self.path} can't be read ({problem.strerror}): restore it") from None
        runs: dict[str, None] = {}
        *lines, last = content.split(b"\n")
        if _entry(last) is not None:  # whole but for its line end
            lines.append(last)
        for number, line in enumerate(lines, 1):
            entry = _entry(line)
            if entry is None:
                raise RunError(
                    f"{self.path}, line {number}: this is no line of a ledger; it is only ever added to, so restore "
                    "it rather than edit it"
                )
            if {name: value for name, value in entry.items() if name != "run"} == use:
                runs[str(entry["run"])] = None
        return list(runs)


def _entry(line: bytes) -> dict[str, object] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    known = isinstance(entry, dict) and "run" in entry and ("data" in entry or "selection" in entry)
    return entry if known else None


def _mend(handle: int) -> int:
    """End a last line that lacks its end, or cut off what a crash left of one. Returns the file's length."""
    size = os.fstat(handle).st_size
    tail = os.pread(handle, 65_536, max(0, size - 65_536))
    last = tail[tail.rfind(b"\n") + 1 :]
    if not last:
        return size
    if _entry(last) is not None:
        os.write(handle, b"\n")
        return size + 1
    os.ftruncate(handle, size - len(last))
    return size - len(last)
