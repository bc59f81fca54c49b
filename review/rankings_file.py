"""A ranker's rankings out of a file: what somebody else's tool made, or what `concord export` wrote."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import DataError, OptionError
from ..panel.ranking import Ranking
from ..panel.records import Conversation


def read_rankings(path: Path, conversations: Mapping[str, Conversation]) -> dict[str, Ranking]:
    """Conversation to ranking, from JSON lines: `{"conversation": ID, "ranking": "B>C>D=A"}`, or CA-1's comparisons as
    `rankings.jsonl` of an export holds them (there the last assessment of a line counts, the text as it stands).

    Conversations that the data doesn't have are left out. Raises OptionError for a line that is neither.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise OptionError(
            f"{path}: the rankings can't be read ({getattr(problem, 'strerror', None) or problem})"
        ) from None
    found: dict[str, Ranking] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        name, text = _said(line, where)
        if name not in conversations:
            continue
        try:
            ranking = Ranking.parse(text)
        except (ValueError, DataError) as problem:
            raise OptionError(f"{where}: {problem}") from None
        if set(ranking.places) != set(conversations[name].labels):
            raise OptionError(f"{where}: {text!r} doesn't rank {', '.join(conversations[name].labels)}")
        found[name] = ranking
    if not found:
        raise OptionError(f"{path}: no line ranks a conversation of this data")
    return found


def _said(line: str, where: str) -> tuple[str, str]:
    try:
        value: Any = json.loads(line)
        if "prompt_id" in value:
            said = value["metadata"]["assessments"][-1]["ranking_blocks"]
            told = [block["ranking"] for name in ("world", "personal") for block in said.get(name, ())]
            return str(value["prompt_id"]), str(told[-1])
        return str(value["conversation"]), str(value["ranking"])
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        raise OptionError(
            f'{where}: not a ranking; a line is {{"conversation": ID, "ranking": "B>C>D=A"}}, or one of CA-1\'s comparisons'
        ) from None
