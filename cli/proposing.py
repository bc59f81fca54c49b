"""Tests a person's proposals at a terminal: asks for intents that are missing, works, and prints what was found."""

import sys
from pathlib import Path

import typer

from ..api.config import TRYING, AgentModels, Limits, RunConfig
from ..api.label_sheets import read_sheet, write_sheet
from ..api.progress import Tracker
from ..api.proposing import open_into, open_own, tried_in
from ..api.session import RunSession
from ..api.source import Source
from ..errors import OptionError
from ..graph.options import Options
from ..records import Record
from ..review.origins import show_origins
from ..review.printing import show_json
from ..review.proposed import show_result
from ..spec import Spec, visible
from ..spec.proposal_file import changed_groups
from .console import messages, output
from .options import flag
from .progress import tracked


class Task(Record):
    """What was asked for."""

    file: Path
    spec: Path | None = None
    data: Path | None = None
    intents: tuple[str, ...] = ()
    author: str = ""
    into: str | None = None
    out: Path | None = None
    validate_only: bool = False
    labels: Path | None = None
    label_sheet: Path | None = None


async def carry_out(
    task: Task, models: AgentModels, options: Options, limits: Limits, *, quiet: bool, as_json: bool
) -> None:
    """Raises InputError, CallFailed and BudgetEnded."""
    labels = read_sheet(task.labels, task.author) if task.labels else ()
    display = tracked(messages(), quiet=quiet)
    session, intents = _opened(task, models, options, limits, display.tracker)
    try:
        with display:
            result, finished = await tried_in(
                session, task.file, intents, task.author, labels=labels, validate_only=task.validate_only
            )
        folder = session.folder
        origins = finished.summary.origins if not task.validate_only else None
        sheet = write_sheet(task.label_sheet, result, session.inputs.panel) if task.label_sheet else None
        if as_json:
            told = {
                "run": str(folder.path) if folder else None,
                **result.model_dump(mode="json"),
                "origins": origins.model_dump(mode="json") if origins else None,
            }
            show_json(output(), told)
            return
        show_result(output(), result, validate_only=task.validate_only)
        if task.into and origins:
            show_origins(output(), origins)
        if sheet is not None:
            output().print(
                f"{sheet} justifications to label stand in {task.label_sheet}; give it back with --labels.",
                soft_wrap=True, markup=False,
            )  # fmt: skip
        if folder:
            output().print(f"Every call: concord trace {folder.path}", soft_wrap=True)
    finally:
        session.close()


def _opened(
    task: Task, models: AgentModels, options: Options, limits: Limits, tracker: Tracker
) -> tuple[RunSession, tuple[str, ...]]:
    if task.into is not None:
        _nothing_else(task, models, options)
        return open_into(task.into, spec=task.spec, data=task.data, tracker=tracker), task.intents
    if task.spec is None or task.data is None:
        raise OptionError("proposals need --spec FILE, --data PATH and --model URI, or --into RUN")
    source = Source.read(task.spec, task.data)
    intents = _asked_for(task, source.spec)
    config = RunConfig(
        spec=task.spec, data=task.data, config=models.config, options=options, models=models.of(TRYING), limits=limits
    )  # fmt: skip
    return open_own(source, config, task.file, intents, task.author, out=task.out, tracker=tracker), intents


def _asked_for(task: Task, spec: Spec) -> tuple[str, ...]:
    """The intents given, or those that a person types for each changed section."""
    if task.intents or not sys.stdin.isatty():
        return task.intents
    return tuple(
        f"{group.section}={typer.prompt(f'What is the change of {visible(group.title)!r} to bring about')}"
        for group in changed_groups(task.file, spec)
    )


def _nothing_else(task: Task, *records: Record) -> None:
    """A run keeps what it was launched with. Raises OptionError for an option that would be ignored."""
    given = [name for record in records for name in sorted(record.model_fields_set)]
    if task.out is not None:
        given.append("out")
    if given:
        raise OptionError(
            f"{flag(given[0])} can't be given with --into: a run keeps what it was launched with"
        )
