"""A run's folder: where everything of one launch lies, and how it is found again.

A run in a shared store has a folder too: it says where the records are (`store.json`), and holds the run's configuration
and outputs.
"""

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pydantic import JsonValue

from ..errors import RunError
from ..records import canonical_json
from .address import POINTER, Pointer, pointer_of
from .sqlite import DATABASE

_LONGEST_PART = 32
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9_.]+")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one run. Its name is the run's id."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def database(self) -> Path:
        return self.path / DATABASE

    @property
    def kept(self) -> Path:
        """The file that makes the folder a run: its database, or what says which store holds the run."""
        pointer = self.path / POINTER
        return pointer if pointer.is_file() else self.database

    @property
    def pointer(self) -> Pointer | None:
        """Where the run is kept; None: here. Raises RunError."""
        return pointer_of(self.path)

    @property
    def outputs(self) -> tuple[Path, ...]:
        """What a finished run leaves."""
        texts = (self.spec, self.proven_spec)
        return (*texts, *(text.with_suffix(".patch") for text in texts), self.summary, self.cost)

    @property
    def checkpoint(self) -> Path:
        """LangGraph's."""
        return self.path / "checkpoint.db"

    @property
    def spec(self) -> Path:
        """The revised spec."""
        return self.path / "spec.md"

    @property
    def proven_spec(self) -> Path:
        """The text with the proven edits alone."""
        return self.path / "spec.proven.md"

    @property
    def overlays(self) -> Path:
        """Folder of the groups' overlays, where the run has several defaults."""
        return self.path / "overlays"

    @property
    def summary(self) -> Path:
        """The same bytes for the same inputs."""
        return self.path / "summary.json"

    @property
    def cost(self) -> Path:
        """What differs from one launch to the next: times, cache counts, money, openings of the test split."""
        return self.path / "cost.json"

    @property
    def config(self) -> Path:
        """What the run was launched with; a resumed run reads it."""
        return self.path / "config.json"


def create_run(
    root: Path, parts: Sequence[str], seed: int, *, free: Callable[[str], bool] = lambda _: True
) -> RunFolder:
    """A new folder under `root` with a name that says what it is: `spec-data-model-s0`, then `…-2`, `…-3`.

    `parts` may be any text: what has no place in a file name is left out. `free` says whether a name may be taken
    elsewhere too, and takes it. Raises RunError.
    """
    named = "-".join(filter(None, (_plain(part) for part in parts))) or "run"
    return _made(root, f"{named}-s{seed}", free)


def named_run(root: Path, name: str) -> RunFolder:
    """A new folder under `root` for a run that has its name already, as far as a folder may be called so.

    Raises RunError.
    """
    return _made(root, _plain(name, most=120) or "run", lambda _: True)


def _made(root: Path, name: str, free: Callable[[str], bool]) -> RunFolder:
    try:
        root.mkdir(parents=True, exist_ok=True)
        number = 1
        while True:
            path = root / (name if number == 1 else f"{name}-{number}")
            number += 1
            if path.exists() or not free(path.name):
                continue
            try:
                path.mkdir(mode=0o700)
                return RunFolder(path)
            except FileExistsError:
                continue
    except OSError as problem:
        raise RunError(f"no run can be kept in {root}: {problem.strerror}") from None


def find_run(name: str | Path, root: Path) -> RunFolder:
    """The run at a path, or with this id under `root`. Raises RunError with the nearest ids."""
    for path in (Path(name), root / name):
        if RunFolder(path).kept.is_file():
            return RunFolder(path)
    known = [run.id for run in list_runs(root)]
    close = get_close_matches(Path(name).name, known, n=3, cutoff=0.4)
    if close:
        hint = f": did you mean {' or '.join(close)}?"
    elif known:
        hint = f": the latest in {root} is {known[-1]}"
    else:
        hint = f", and {root} holds none: start one with `concord run`"
    if Path(name).is_dir():
        raise RunError(f"{name} is a folder but not a run (it has no {DATABASE}){hint}")
    raise RunError(f"there is no run {str(name)!r}{hint}")


def list_runs(root: Path) -> list[RunFolder]:
    """Every run under `root`, the oldest first."""
    if not root.is_dir():
        return []
    found = [RunFolder(path) for path in root.iterdir() if RunFolder(path).kept.is_file()]
    return sorted(found, key=_launched)


def _launched(run: RunFolder) -> tuple[int, str]:
    """The config is written once, at launch; the other files move on."""
    file = run.config if run.config.is_file() else run.kept
    return file.stat().st_mtime_ns, run.id


def write_atomically(path: Path, content: str | bytes) -> None:
    """All of `content` or what was there before: a reader never sees half a file. Text is written as UTF-8."""
    body = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)  # it was made for its owner only
        temporary.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()


def write_json(path: Path, value: JsonValue) -> None:
    """Canonical JSON (sorted keys), indented, with a final newline: equal values give equal files."""
    plain = json.loads(canonical_json(value))
    write_atomically(path, json.dumps(plain, indent=2, ensure_ascii=False, sort_keys=True) + "\n")


def _plain(part: str, most: int = _LONGEST_PART) -> str:
    return _NOT_IN_A_NAME.sub("-", part.lower()).strip("-._")[:most].strip("-._")
