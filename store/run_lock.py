"""One process at a time works on a run: a lock on its folder that ends with the process."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import RunError

NAME = "lock"


@contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """Hold the run in `folder` for as long as the block lasts.

    Raises RunError where another process holds it. The file stays; the lock on it goes with its process, however
    that one ends.
    """
    handle = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            held = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
            raise RunError(
                f"{folder}: another process{f' ({held})' if held else ''} works on this run; wait until it has ended"
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)
