"""The runs that there are, a row each."""

from datetime import UTC, datetime
from pathlib import Path

from ..errors import RunError
from ..records import Record
from ..store.address import address_of
from ..store.runs import RunFolder, list_runs
from .runs import Run
from .storing import folders_of


class RunRow(Record):
    id: str
    path: str
    launched: str
    """Local time of the launch, to the minute."""
    stands: str
    """finished and why, paused before a proposal, unfinished, or what is wrong with it."""
    rounds: int | None = None
    adopted: int | None = None
    gain: float | None = None
    """On the sealed test, a fraction; None where there was none."""
    calls: int | None = None
    waits: str = ""
    """What it waits for, since when: a decision, answers in queues of batches; empty for nothing."""


def listed(root: Path, store: str | None = None) -> list[RunRow]:
    """Every run under `root` and in a shared store (`store`, else $CONCORD_STORE), the oldest first.

    A run that can't be read is listed with the reason. Raises RunError for a store that can't be used.
    """
    address = address_of(store)
    if address is not None:
        folders_of(address)
    return [_row(folder) for folder in list_runs(root)]


def _row(folder: RunFolder) -> RunRow:
    file = folder.config if folder.config.is_file() else folder.kept
    launched = _local(datetime.fromtimestamp(file.stat().st_mtime, UTC))
    row = RunRow(id=folder.id, path=str(folder.path), launched=launched, stands="unfinished")
    run = Run(folder=folder)
    try:
        summary, question, calls = run.summary, run.question, run.call_count
        waits = _waits(run) if summary is None else ""
    except RunError as problem:
        return row.model_copy(update={"stands": f"can't be read: {problem}"})
    if summary is None:
        stands = f"paused before {question.proposal}" if question else "unfinished"
        return row.model_copy(update={"stands": stands, "calls": calls, "waits": waits})
    return row.model_copy(
        update={
            "stands": f"finished: {summary.stop_reason.replace('_', ' ')}",
            "rounds": summary.rounds,
            "adopted": len(summary.adopted),
            "gain": summary.sealed_test.gain.estimate if summary.sealed_test else None,
            "calls": calls,
        }
    )


def _waits(run: Run) -> str:
    """`a decision since …; 612 of 1,000 answers from openai-batch:MODEL since 2026-11-27 14:02`."""
    told = []
    if run.question is not None:
        asked = run.question_since
        told.append(f"a decision since {_local(asked)}" if asked else "a decision")
    tickets = run.waiting
    for model in dict.fromkeys(ticket.model for ticket in tickets):
        of = [ticket for ticket in tickets if ticket.model == model]
        left, size = sum(ticket.size - ticket.done for ticket in of), sum(ticket.size for ticket in of)
        since = _local(datetime.fromtimestamp(min(ticket.since for ticket in of), UTC))
        told.append(f"{left:,} of {size:,} answers from {model} since {since}")
    return "; ".join(told)


def _local(moment: datetime) -> str:
    """Local time to the minute."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")
