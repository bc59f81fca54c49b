"""What a review leaves: the revised spec, its patch and changelog, the docket, the rankings, and the report."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pydantic import JsonValue

from ..agents.records import Ranked
from ..errors import RunError
from ..panel.records import Conversation
from ..spec import unified_patch
from ..store.runs import write_atomically
from .changelog import changelog
from .csv_safety import inert
from .decided import Decided, decided
from .reading.docket import DocketRow
from .reading.run import RunReading

ABOUT = {
    "patch": "turns the old file into the revised one: `git apply` or `patch -p1`",
    "CHANGELOG.md": "what changed, why, of what kind, on what evidence and with how much support",
    "docket.json": "every proposal with its edits, tests, people's words and decisions",
    "docket.csv": "the same, one line a proposal",
    "rankings.jsonl": "the ranker's rankings before and after, in the layout of CA-1's comparisons",
}
_COLUMNS = (
    "id", "status", "reason", "intent", "section", "kind", "origin", "author", "round", "effect", "conversations",
    "support", "refute", "silent", "conflicts", "refuted", "chosen", "by", "note", "overlay",
)  # fmt: skip
Files = dict[str, Callable[[], bytes]]


def export_files(reading: RunReading) -> Files:
    """File name to what makes its content; nothing is made before it is asked for."""
    name = reading.source.launched.spec_name
    outcome = decided(reading)
    old = reading.known.original.text
    return {
        name: lambda: outcome.text.text.encode("utf-8"),
        f"{name}.patch": lambda: unified_patch(old, outcome.text.text, name).encode("utf-8"),
        "CHANGELOG.md": lambda: changelog(reading, outcome).encode("utf-8", "replace"),
        "docket.json": lambda: docket_json(reading, outcome),
        "docket.csv": lambda: docket_csv(reading.docket_rows()),
        "rankings.jsonl": lambda: b"".join(rankings_lines(reading)),
        **{f"overlay-{path.name}": path.read_bytes for path in _overlays(reading)},
    }


def _overlays(reading: RunReading) -> list[Path]:
    """What a run with several defaults left for each group: its overlay, and the patch that joins it."""
    return sorted(path for path in reading.folder.overlays.glob("*") if path.suffix in (".md", ".patch"))


def export_run(reading: RunReading, folder: Path) -> list[Path]:
    """Write all files into `folder`, which is made if need be. Raises RunError where that can't be done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for name, content in export_files(reading).items():
            write_atomically(folder / name, content())
            written.append(folder / name)
    except OSError as problem:
        raise RunError(f"{folder}: nothing can be exported there ({problem.strerror})") from None
    return written


def docket_json(reading: RunReading, outcome: Decided) -> bytes:
    """The docket for programs; fractions as fractions."""
    known = reading.known
    applied = {each.proposal: each for each in outcome.applied}
    left = {each.proposal: each.why for each in outcome.left}
    entries = reading.desk.entries()
    rows: list[JsonValue] = []
    for row in reading.docket_rows():
        proposal = known.by_id[row.id]
        rows.append(
            {
                **row.model_dump(mode="json"),
                "edits": [edit.model_dump(mode="json") for edit in proposal.edits],
                "rests_on": list(proposal.conversations),
                "trials": [
                    trial.model_dump(mode="json") for trial in known.trials if trial.proposal == row.id
                ],
                "decisions": [
                    each.model_dump(mode="json") for each in known.decisions if each.proposal == row.id
                ],
                "reviews": [entry.model_dump(mode="json") for entry in entries if entry.proposal == row.id],
                "in_text": row.id in applied,
                "evidence": applied[row.id].evidence if row.id in applied else "",
                "contradicts": record.model_dump(mode="json")
                if (record := known.conflicts.get(row.id))
                else None,
                "left_out": left.get(row.id, ""),
            }
        )
    value = {
        "run": reading.id,
        "spec": known.original.digest,
        "revised": outcome.text.digest,
        "notice": reading.notice,
        "proposals": rows,
    }
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")


def docket_csv(rows: list[DocketRow]) -> bytes:
    """The docket for spreadsheets; no cell can be taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for row in rows:
        told = {
            **row.model_dump(), "refuted": "; ".join(row.refuted), "overlay": " and ".join(row.overlays),
        }  # fmt: skip
        writer.writerow([inert(told[name]) for name in _COLUMNS])
    return out.getvalue().encode("utf-8", "replace")


def rankings_lines(reading: RunReading) -> Iterator[bytes]:
    """One line a conversation, as CA-1's comparisons are written; the ranker stands where an annotator would.

    Conversations of the sealed test part are left out.
    """
    block = reading.source.launched.options.block
    with reading.index.open() as db:
        for id_, body in db.execute("SELECT id, body FROM conversations ORDER BY id"):
            answers = db.execute(
                "SELECT arm, body FROM answers WHERE conversation = ? ORDER BY arm DESC", (id_,)
            ).fetchall()
            ranked = [(arm, Ranked.model_validate_json(answer)) for arm, answer in answers]
            assessments: list[JsonValue] = [
                _assessment(f"ranker:{arm}", block, str(each.ranking), each.explanation)
                for arm, each in ranked
            ]
            if assessments:
                line = _comparison(Conversation.model_validate_json(body), assessments)
                yield (json.dumps(line, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def _comparison(conversation: Conversation, assessments: list[JsonValue]) -> dict[str, JsonValue]:
    return {
        "prompt_id": conversation.id,
        "prompt": {"messages": [{"role": m.role, "content": m.content} for m in conversation.messages]},
        "responses": [
            {
                "response_index": response.label,
                "messages": [{"role": m.role, "content": m.content} for m in response.messages],
            }
            for response in conversation.responses
        ],
        "metadata": {"assessments": assessments},
    }


def _assessment(who: str, block: str, ranking: str, reason: str) -> JsonValue:
    blocks: Mapping[str, JsonValue] = {"unacceptable": [], "personal": [], "world": []}
    return {
        "annotator_id": who,
        "importance": "",
        "representativeness": "",
        "subjectivity": "",
        "ranking_blocks": {**blocks, block: [{"ranking": ranking, "rationale": reason}]},
    }
