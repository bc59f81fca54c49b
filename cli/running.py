"""Runs the loop at a terminal: signs of life while it works, a report at its end, questions in between."""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

import typer

from ..api.config import AgentModels, Limits, Preparation, RunConfig
from ..api.grouping import grouped
from ..api.revise import driven
from ..api.session import RunSession, open_run, reopen_run
from ..api.source import Source
from ..errors import CallFailed, InputError
from ..graph.launching import Finished
from ..graph.options import Options
from ..graph.question import Question
from ..models.executors import HERE
from ..panel.unused import unused_items
from ..review.estimate import show_plan
from ..review.measured_reader import MeasuredReader
from ..review.plan import plan
from ..review.printing import show_json
from ..review.report import left_out, report
from .console import messages, output
from .exits import FAILED_OUTSIDE, PAUSED
from .progress import Display, tracked
from .question import Reviewer


@dataclass(frozen=True)
class Manner:
    """How a run is carried out and shown."""

    dry_run: bool = False
    quiet: bool = False
    as_json: bool = False
    on: str = HERE
    """Where questions are asked."""
    reader: Path | None = None
    """A measured reader's file, for the plan."""


def start(
    spec: Path, data: Path, *, models: AgentModels, options: Options, limits: Limits, people: Preparation, out: Path | None, manner: Manner,
    store: str | None = None,
) -> None:  # fmt: skip
    """A new run, or only what it would take. Raises InputError."""
    source = Source.read(spec, data, people)
    options = grouped(options, people)
    config = RunConfig(
        spec=spec,
        data=data,
        config=models.config,
        options=options,
        models=models.of(),
        limits=limits,
        people=people,
    )
    display = tracked(messages(), quiet=manner.quiet)
    asking = not manner.dry_run
    session = open_run(
        source,
        config,
        out=out,
        tracker=display.tracker,
        keep=asking,
        asking=asking,
        store=store,
        on=manner.on,
    )
    _turn(session, display, manner)


def go_on(
    run: str, *, spec: Path | None, data: Path | None, approve: bool, limits: Limits, manner: Manner,
    trust: bool = False, store: str | None = None,
) -> None:  # fmt: skip
    """A run that was stopped, paused or ended by its budget. Raises InputError."""
    display = tracked(messages(), quiet=manner.quiet)
    session = reopen_run(
        run, spec=spec, data=data, approve=approve, limits=limits, tracker=display.tracker, asking=not manner.dry_run,
        trust=trust, store=store, on=manner.on,
    )  # fmt: skip
    _turn(session, display, manner)


def _turn(session: RunSession, display: Display, manner: Manner) -> None:
    try:
        if manner.dry_run:
            reader = MeasuredReader.read(manner.reader) if manner.reader else None
            show_plan(output(), plan(session.inputs, reader=reader), as_json=manner.as_json)
            return
        ended = asyncio.run(_run(session, display, manner))
        if not isinstance(ended, Finished):
            _paused(session, ended, as_json=manner.as_json)
            raise typer.Exit(PAUSED)
        session.write(ended)
        if manner.as_json:
            show_json(output(), ended.summary.model_dump(mode="json"))
        else:
            report(output(), session.folder, ended)
        if ended.summary.stop_reason == "failing":
            messages().print(f"concord: too many calls failed; {_later(session)}")
            raise typer.Exit(FAILED_OUTSIDE)
    except InputError:
        session.discard()
        raise
    except CallFailed as problem:
        raise CallFailed(f"{problem}; {_later(session)}") from None
    except KeyboardInterrupt:
        messages().print(f"concord: {_later(session)}")
        raise
    finally:
        session.close()


async def _run(session: RunSession, display: Display, manner: Manner) -> Finished | Question:
    somebody = sys.stdin.isatty() and messages().is_terminal and not manner.as_json
    person = Reviewer(display) if somebody else None
    if not manner.quiet and (lost := unused_items(session.inputs.panel)):
        messages().print(left_out(lost))
    with display:
        return await driven(session, person)


def _later(session: RunSession) -> str:
    where = f", go on with: concord run --resume {session.folder.path}" if session.folder else ""
    return f"what was answered is kept{where}"


def _paused(session: RunSession, question: Question, *, as_json: bool) -> None:
    run = str(session.folder.path) if session.folder else "RUN"
    messages().print(
        f"Paused before an adoption ({question.proposal}): {question.intent}\n"
        f"Decide:  concord decide {run} {question.proposal} adopt|defer|set_aside|stop --name NAME --note WHY\n"
        f"Go on:   concord run --resume {run} --approve"
    )
    if as_json:
        show_json(output(), {"paused": question.model_dump(mode="json"), "run": run})
