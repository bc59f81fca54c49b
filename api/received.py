"""Whether a run's folder was launched from here, or came from somebody else.

Its configuration names base models: servers, variables and files with keys, code to run, files to write. In a folder
that somebody else made, or changed, these are their words, and nothing is opened for them unasked.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from ..errors import ModelError, RunError
from ..models.config import ModelConfig
from ..models.trust import refuse_unasked
from ..store.runs import RunFolder

LAUNCHED = "launched.jsonl"
"""Under the home: one line a run that was launched from here, with the digest of its configuration."""


def note_launched(folder: RunFolder, home: Path) -> None:
    """Write down that this run, as it is configured, was launched from here. Raises RunError."""
    line = json.dumps({"config": _digest(folder), "run": folder.id}) + "\n"
    try:
        home.mkdir(parents=True, exist_ok=True)
        with (home / LAUNCHED).open("a", encoding="utf-8") as file:
            file.write(line)
    except OSError as problem:
        raise RunError(f"{home / LAUNCHED} can't be written: {problem.strerror}") from None


def launched_here(folder: RunFolder, home: Path) -> bool:
    """Whether the run was launched from this home, and its configuration is as it was then."""
    try:
        lines = (home / LAUNCHED).read_text(encoding="utf-8").splitlines()
        wanted = _digest(folder)
    except (OSError, UnicodeDecodeError):
        return False
    for line in lines:
        try:
            if json.loads(line)["config"] == wanted:
                return True
        except (ValueError, TypeError, KeyError):
            continue  # a torn line proves nothing
    return False


def check_received(folder: RunFolder, home: Path, names: Iterable[str], settings: ModelConfig) -> None:
    """Raises RunError where a run that wasn't launched from here reaches for a server, a key, a file or code."""
    if launched_here(folder, home):
        return
    try:
        refuse_unasked(names, settings, source=str(folder.config))
    except ModelError as problem:
        what = str(problem).partition(": name the base models yourself")[0]
        raise RunError(
            f"{what}, and this run wasn't launched from here (or its configuration was changed since): look at "
            "that file, then give --trust if you want it"
        ) from None


def _digest(folder: RunFolder) -> str:
    return hashlib.sha256(folder.config.read_bytes()).hexdigest()
