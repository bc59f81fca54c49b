"""Runs the loop at a terminal: bars while it works, a report at its end, questions in between."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue
from rich.prompt import Prompt

from ..errors import CallFailed, InputError
from ..graph.estimate import estimate
from ..graph.launch import Finished, Paused, launch
from ..graph.run_records import RunRecords
from ..review.estimate import show_estimate
from ..review.printing import show_json
from ..review.question import show_question
from ..review.report import report, resume_hint
from ..spec import visible
from .app import messages, output
from .opening import Chosen, Limits, Opened, open_run, reopen_run
from .progress import Bars


def start(chosen: Chosen, *, out: Path | None, dry_run: bool, as_json: bool) -> None:
    """A new run, or only what it would take. Raises InputError."""
    bars = Bars(messages(), quiet=as_json)
    opened = open_run(chosen, out=out, watcher=bars, keep=not dry_run)
    _turn(opened, bars, dry_run=dry_run, as_json=as_json)


def go_on(
    run: str,
    *,
    spec: Path | None,
    data: Path | None,
    approve: bool,
    limits: Limits,
    dry_run: bool,
    as_json: bool,
) -> None:
    """A run that was stopped, paused or ended by its budget. Raises InputError."""
    bars = Bars(messages(), quiet=as_json)
    opened = reopen_run(run, spec=spec, data=data, approve=approve, limits=limits, watcher=bars)
    _turn(opened, bars, dry_run=dry_run, as_json=as_json)


def _turn(opened: Opened, bars: Bars, *, dry_run: bool, as_json: bool) -> None:
    try:
        if dry_run:
            show_estimate(output(), estimate(opened.setup), as_json=as_json)
            return
        ended = asyncio.run(_run(opened, bars, as_json))
        if isinstance(ended, Paused):
            _paused(opened, ended, as_json=as_json)
            return
        opened.write(ended)
        if as_json:
            show_json(output(), ended.summary.model_dump(mode="json"))
        else:
            report(output(), opened.folder, ended, openings=opened.openings)
    except InputError:
        opened.discard()
        raise
    except CallFailed as problem:
        raise CallFailed(f"{problem}; {_later(opened)}") from None
    except KeyboardInterrupt:
        messages().print(f"concord: {_later(opened)}")
        raise
    finally:
        opened.close()


async def _run(opened: Opened, bars: Bars, as_json: bool) -> Finished | Paused:
    try:
        with bars:
            return await launch(
                opened.setup_with(bars.say),
                run=opened.chosen.run,
                checkpoint=opened.folder.checkpoint if opened.folder else None,
                ledger=opened.ledger,
                approver=None if as_json or not _somebody_there() else _Reviewer(bars, opened.setup.store),
            )
    finally:
        await opened.close_models()


def _later(opened: Opened) -> str:
    where = f", go on with: concord run --resume {opened.folder.path}" if opened.folder else ""
    return f"what was answered is kept{where}"


def _somebody_there() -> bool:
    return sys.stdin.isatty() and messages().is_terminal


def _paused(opened: Opened, ended: Paused, *, as_json: bool) -> None:
    messages().print(
        f"Paused before an adoption: {visible(str(ended.question.get('intent')))}\n{resume_hint(opened.folder)}"
    )
    if as_json:
        run = str(opened.folder.path) if opened.folder else None
        show_json(output(), {"paused": dict(ended.question), "run": run})


class _Reviewer:
    """Asks the person at the terminal (graph.launch.Approver)."""

    def __init__(self, bars: Bars, store: RunRecords) -> None:
        self.bars = bars
        self.store = store
        self.name = "reviewer"

    async def __call__(self, question: Mapping[str, JsonValue]) -> dict[str, str]:
        self.bars.pause()
        console = messages()
        show_question(console, self.store, str(question["proposal"]))
        # No default: a decision is typed, never slipped into.
        decision = Prompt.ask("Decision", choices=["adopt", "defer", "set_aside", "stop"], console=console)
        note = Prompt.ask("Note", default="", show_default=False, console=console)
        self.name = Prompt.ask("Your name", default=self.name, console=console)
        self.bars.go_on()
        return {"decision": decision, "note": note, "name": self.name}
