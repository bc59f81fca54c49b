"""One process at a time works on a run's folder."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ..errors import RunError

LOCK = ".lock"


@contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """Hold `folder` for this process. Raises RunError, naming the other one, where it is held already.

    The system lets go of the lock when its process ends, however it ends: a lock file that was left behind
    by a killed process is taken over without a word.
    """
    path = folder / LOCK
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as problem:
        raise RunError(f"{folder}: the run can't be locked for this process ({problem.strerror})") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError(_held(folder, _read(handle))) from None
        except OSError:  # a network file system without locks: the file's own words must do
            if _alive(_read(handle)):
                raise RunError(_held(folder, _read(handle))) from None
        _write(handle, {"pid": os.getpid(), "host": socket.gethostname(), "since": _now()})
        yield
        _write(handle, {})
    finally:
        os.close(handle)


def _held(folder: Path, holder: dict[str, object]) -> str:
    who = f"process {holder.get('pid', '?')} on {holder.get('host', 'this machine')}"
    return (
        f"{folder} is in use by {who} since {holder.get('since', 'an unknown time')}: wait for it, or end that "
        "process first"
    )


def _alive(holder: dict[str, object]) -> bool:
    """Whether the holder may still run: one on another host may, for all that can be told from here."""
    process = holder.get("pid")
    if not isinstance(process, int):
        return False
    if holder.get("host") != socket.gethostname():
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process != os.getpid()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _read(handle: int) -> dict[str, object]:
    try:
        found = json.loads(os.pread(handle, 4096, 0) or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _write(handle: int, holder: dict[str, object]) -> None:
    os.ftruncate(handle, 0)
    if holder:
        os.pwrite(handle, json.dumps(holder).encode(), 0)
