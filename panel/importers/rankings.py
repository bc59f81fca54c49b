"""A ranker's rankings out of a file: what `concord export` writes, or one conversation a line or row."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...errors import DataError
from ..ranking import Ranking
from ..records import BlockName
from .lines import Fields, Notes, Place, objects_of, read_lines
from .tables import TABLES, read_rows

_NAMES = ("conversation", "prompt_id", "id")


@dataclass(frozen=True, slots=True)
class StoredRankings:
    """Conversation id to ranking, as text."""

    rankings: Mapping[str, str]
    before: Mapping[str, str]
    """Under the text that a run began with, where the file tells."""


def read_rankings(path: Path, block: BlockName = "world") -> StoredRankings:
    """Read `path`: the `rankings.jsonl` of `concord export`, or JSON lines, Parquet or Arrow with `conversation`
    and `ranking`, once for each conversation.

    Raises DataError for a file that can't be read, a line without either, and a conversation that comes twice.
    """
    notes = Notes()
    found: dict[str, dict[str, str]] = {"after": {}, "before": {}}
    rows = read_rows(path, notes) if path.suffix in TABLES else read_lines(path, notes)
    known: dict[str, str] = {}
    for place, fields in rows:
        for arm, name, text in _told(fields, block, place):
            if (ranking := known.get(text)) is None:
                try:
                    ranking = known[text] = str(Ranking.parse(text))
                except DataError as problem:
                    raise DataError(f"{path}:{place.line}: {problem}") from None
            if found[arm].setdefault(name, ranking) != ranking:
                raise DataError(f"{path}:{place.line}: conversation {name} has a second, other ranking")
    if notes.problems:
        first = notes.problems[0]
        raise DataError(f"{path}:{first.line}: {first.message}")
    after = found["after"] or found["before"]
    if not after:
        raise DataError(f"{path}: no ranking is in it")
    return StoredRankings(after, found["before"] if found["after"] else {})


def _told(fields: Fields, block: BlockName, place: Place) -> Iterator[tuple[str, str, str]]:
    """(arm, conversation, ranking) of a line."""
    name = next((fields[key] for key in _NAMES if isinstance(fields.get(key), str)), "")
    metadata = fields.get("metadata")
    if isinstance(metadata, dict):
        for each in objects_of(metadata.get("assessments"), place, name):
            who, blocks = str(each.get("annotator_id", "")), each.get("ranking_blocks")
            said = objects_of(blocks.get(block) if isinstance(blocks, dict) else None, place, name)
            if who.startswith("ranker:") and said:
                arm = "before" if who == "ranker:before" else "after"
                yield arm, name, str(said[0].get("ranking", ""))
        return
    if not name or not isinstance(fields.get("ranking"), str):
        raise DataError(
            f"{place.file}:{place.line}: a line needs `conversation`, an id, and `ranking`, such as B>A=C"
        )
    yield "after", name, fields["ranking"]
