"""Reading a panel: the CA-1 layout from a folder (with its rubrics) or a file, or one plain file of lines or rows."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from ...errors import DataError
from ..records import Panel, Participant
from .ca1 import read_annotators, read_comparison
from .evidence import Reading, first_sentence
from .lines import Fields, Notes, Place, read_lines
from .plain import read_assessment
from .rubrics import FILE, read_rubrics
from .tables import TABLES, read_rows

NOTICE = "This data is synthetic: nothing in it was said by a person."


def load(path: Path | str) -> Panel:
    """Read participant data.

    `path` is a folder with `comparisons.jsonl` (and `annotators.jsonl` for the demographics, `conversation_rubrics.jsonl`
    for criteria with people's scores), such a comparisons file, or a plain JSONL, Parquet or Arrow file, one assessment a
    line or row (see `plain.read_assessment`). What can't be used is left out and listed in `Panel.problems`.

    Raises DataError where there is no such file, it is of neither layout, or nothing in it can be used.
    """
    path, notes, reading = Path(path), Notes(), Reading()
    return _panel(read_into(path, reading, notes), reading, notes)


def read_into(path: Path, reading: Reading, notes: Notes) -> Path:
    """Read `path` in a stream; returns the file that was read. Raises DataError as `load`."""
    if not path.exists():
        raise DataError(f"{path}: no such file or folder")
    if path.is_dir():
        comparisons, annotators = path / "comparisons.jsonl", path / "annotators.jsonl"
        if not comparisons.is_file():
            raise DataError(f"{path}: the folder has no comparisons.jsonl")
        _read(read_lines(comparisons, notes), read_comparison, reading)
        if annotators.is_file():
            read_annotators(read_lines(annotators, notes), reading)
        if (path / FILE).is_file():
            read_rubrics(read_lines(path / FILE, notes), reading)
        return comparisons
    rows = read_rows(path, notes) if path.suffix in TABLES else read_lines(path, notes)
    first = next(rows, None)
    if first is None:
        raise DataError(nothing(path, notes))
    _read(chain([first], rows), _layout(path, *first), reading)
    return path


def _read(
    lines: Iterator[tuple[Place, Fields]],
    read: Callable[[Fields, Reading, Place], None],
    reading: Reading,
) -> None:
    for place, fields in lines:
        metadata = fields.get("metadata")
        for where in (fields, metadata if isinstance(metadata, dict) else {}):
            notice = where.get("notice")
            if isinstance(notice, str) and notice.strip():
                reading.notices[notice.strip()] = None
            elif where.get("synthetic") is True:
                reading.notices[NOTICE] = None
        read(fields, reading, place)


def _layout(path: Path, place: Place, first: Fields) -> Callable[[Fields, Reading, Place], None]:
    if "prompt_id" in first and "responses" in first:
        return read_comparison
    if "prompt" in first and "responses" in first:
        return read_assessment
    raise DataError(
        f"{path}:{place.line}: neither a comparison (prompt_id, prompt, responses, metadata) nor a plain assessment "
        "(prompt, responses, ranking, rationale, participant)"
    )


def _panel(path: Path, reading: Reading, notes: Notes) -> Panel:
    if not reading.assessments:
        raise DataError(nothing(path, notes))
    for name, place in reading.first_seen.items():
        known = reading.participants.setdefault(name, Participant(id=name))
        if not known.demographics:
            place.note("no_demographics", name, "nothing is known of the participant")
    _repeated_rationales(reading)
    used = {one.participant for one in reading.assessments}
    used |= {who for one in reading.rubrics for who in (one.author, *one.scores) if who}
    return Panel(
        conversations=reading.conversations,
        participants={name: one for name, one in reading.participants.items() if name in used},
        assessments=tuple(reading.assessments),
        rubrics=tuple(reading.rubrics),
        problems=tuple(notes.problems),
        notice=" ".join(reading.notices),
    )


def _repeated_rationales(reading: Reading) -> None:
    """Note who wrote one text on several conversations."""
    written: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in reading.assessments:
        for judgement in (one.world, one.personal):
            if judgement and judgement.rationale.strip():
                written[one.participant][judgement.rationale.strip()].add(one.conversation)
    for participant, texts in written.items():
        times = max(map(len, texts.values()))
        if times > 1:
            message = f"one rationale serves {times} conversations"
            reading.first_seen[participant].note("repeated_rationale", participant, message)


def nothing(path: Path, notes: Notes) -> str:
    """Why nothing came of a file, in one sentence."""
    why = first_sentence(notes.problems)
    return f"{path}: nothing in it can be used" + (f"; first, {why}" if why else ": it is empty")
