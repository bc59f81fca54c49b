"""Where runs, call cache and ledger are kept."""

import contextlib
import os
import secrets
from pathlib import Path

from ..errors import RunError


def home() -> Path:
    """$CONCORD_HOME, or `runs` here."""
    return Path(os.environ.get("CONCORD_HOME") or "runs")


def salt() -> bytes:
    """The salt of this home's pseudonyms; made at the first call, readable by its owner only. Raises RunError."""
    path = home() / "salt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                os.write(handle, secrets.token_bytes(32))
            finally:
                os.close(handle)
        return path.read_bytes()
    except OSError as problem:
        raise RunError(f"{path}: no salt for pseudonyms can be kept there ({problem.strerror})") from None
