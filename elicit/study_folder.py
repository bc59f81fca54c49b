"""A study's folder: files that a person edits, and the store that answers go to.

`study.toml`, `about.toml` and `items.jsonl` say what people are shown. When the study is opened they go into the store as
they then are: what people see doesn't change under them. `answers/` is the store.
"""

import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import DataError, OptionError, RunError
from ..records import Record, content_id, digest
from ..store.protocol import Store
from ..store.runs import write_atomically
from ..store.sqlite import DATABASE, SqliteStore
from .plan import people_needed
from .prepared import ITEMS, PreparedItem, read_items, write_items
from .records import Study
from .study_store import StudyStore

SETTINGS, ABOUT, ANSWERS, CALLS = "study.toml", "about.toml", "answers", "calls"


class PlanNumbers(Record):
    """Numbers of the plan that go into a new study's settings."""

    per_person: int = 10
    raters: int = 5
    shared: int = 2
    seed: int = 0


def new_study_folder(out: Path) -> Path:
    """An empty folder for a study. Raises OptionError."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            raise OptionError(f"{out}: the folder isn't empty; name a new one with --out")
    except OSError as problem:
        raise OptionError(f"{out}: no study can be kept there ({problem.strerror})") from None
    return out


def write_study(folder: Path, items: Sequence[PreparedItem], numbers: PlanNumbers) -> None:
    """The files of a new study: settings and questions to edit, prompts to review."""
    text = files(__package__).joinpath(SETTINGS).read_text(encoding="utf-8")
    standard = PlanNumbers()
    for name, value in numbers:
        was = f"\n{name} = {getattr(standard, name)}"
        if was not in text:
            raise ValueError(f"the template of {SETTINGS} has no {was!r}")
        text = text.replace(was, f"\n{name} = {value}", 1)
    write_atomically(folder / SETTINGS, text)
    write_atomically(folder / ABOUT, files(__package__).joinpath(ABOUT).read_text(encoding="utf-8"))
    write_items(folder, items)


def read_study(folder: Path) -> Study:
    """The study that the folder's files say. Raises DataError: which file, where in it, and what is wrong."""
    if not (folder / ITEMS).is_file():
        raise DataError(f"{folder} is no study: it has no {ITEMS}; make one with `concord elicit prepare`")
    settings = _toml(folder / SETTINGS)
    asked = _toml(folder / ABOUT) if (folder / ABOUT).is_file() else {}
    items = [item.item() for item in read_items(folder) if item.usable]
    if not items:
        raise DataError(f"{folder / ITEMS}: every prompt is dropped; nothing is left to ask about")
    named = {key: value for key, value in asked.items() if key not in ("about", "opinion")}
    if named:
        raise DataError(
            f"{folder / ABOUT}: there is no table {next(iter(named))!r}; questions are [[about]] or [[opinion]]"
        )
    given = {
        **settings, "about": asked.get("about", ()), "opinions": asked.get("opinion", ()),
        "items": [item.model_dump() for item in items],
    }  # fmt: skip
    try:
        study = Study.model_validate({"id": content_id("study", digest(given)), **given})
    except ValidationError as problem:
        first = problem.errors()[0]
        at = [str(step) for step in first["loc"]]
        file = (
            ABOUT if at and at[0] in ("about", "opinions") else ITEMS if at and at[0] == "items" else SETTINGS
        )
        raise DataError(
            f"{folder / file}: {'.'.join(at)}: {first['msg'].removeprefix('Value error, ').lower()}"
        ) from None
    people_needed(study.assignment, len(study.items))
    return study


def study_store(folder: Path, store: Store | None = None) -> StudyStore:
    """The store of an opened study: the folder's own, or `store`. Raises RunError where it wasn't opened yet."""
    if store is None:
        if not (folder / ANSWERS / DATABASE).is_file():
            if not folder.is_dir():
                raise RunError(f"{folder}: there is no such study")
            raise RunError(f"{folder}: nobody is invited yet; do so with `concord elicit links {folder}`")
        store = SqliteStore.open(folder / ANSWERS)
    found = StudyStore(store)
    if not found.opened:
        raise RunError(f"{folder}: nobody is invited yet; do so with `concord elicit links {folder}`")
    return found


def open_study(folder: Path, store: Store | None = None, *, key: bytes | None = None) -> StudyStore:
    """The store of a study, which is opened now where it wasn't: the files as they are go into it.

    Raises DataError for files that can't be used, and RunError for a store that can't.
    """
    if store is None and (folder / ANSWERS / DATABASE).is_file():
        store = SqliteStore.open(folder / ANSWERS)
    if store is not None:
        found = StudyStore(store)
        if found.opened:
            return found
    study = read_study(folder)
    found = StudyStore(store or SqliteStore.create(folder / ANSWERS))
    found.create(study, key=key)
    return found


def edited_since(folder: Path, store: StudyStore) -> str:
    """One sentence where the folder's files say something else than what people are shown; empty where they don't."""
    try:
        now = read_study(folder)
    except DataError:
        now = None
    if now is not None and now.id == store.study.id:
        return ""
    return (
        f"the files in {folder} were edited after the study was opened: people are shown what was there then; for other "
        "prompts make a new study"
    )


def _toml(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise DataError(f"{path}: can't be read ({problem.strerror})") from None
    except UnicodeDecodeError:
        raise DataError(f"{path}: it is not UTF-8") from None
    except tomllib.TOMLDecodeError as problem:
        raise DataError(f"{path}: it is no TOML ({problem})") from None
