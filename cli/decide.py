"""`concord decide`: decide on a proposal of a run that waits, or of one that is at its end."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from ..api.answers import TO_FILE, checked_answer, file_answer
from ..api.config import Limits
from ..api.home import home
from ..api.session import reopen_run
from ..api.storing import found_run
from ..api.wordings import tried
from ..errors import OptionError, RunError
from ..graph.human_records import ProposalReport
from ..graph.question import ANSWERS, Answer
from ..graph.run_records import RunRecords
from ..review.choosing import choose
from ..review.desk import Choice, Entry
from ..review.finding import proposal_id
from ..review.printing import show_json
from ..review.proposed import show_report
from ..review.reading.run import open_reading
from ..review.reading.words import CHOICES
from ..store.runs import RunFolder
from .console import messages, output
from .progress import tracked
from .storing import Store

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)
DESK: tuple[Choice, ...] = ("reword", "insist", "ask")
"""Decisions that any run takes at any time."""
WORDS: dict[str, str] = {
    **{word: ANSWERS[word] for word in TO_FILE},
    **{word: CHOICES[word][1] for word in DESK},
}
ABOUT = (
    "Decide on a proposal: answer the question that a paused run waits on (the answer is taken when the run is taken "
    "up again), or decide on a finished run's proposals, which shapes what is exported.\n\n\b\n"
)


@app.command(help=ABOUT + "\n".join(f"{word:10}  {told}" for word, told in WORDS.items()))
def decide(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's folder or id.")],
    proposal: Annotated[str, typer.Argument(metavar="PROPOSAL", help="The proposal's id, or its beginning.")],
    decision: Annotated[str, typer.Argument(metavar="DECISION", help=f"One of {', '.join(WORDS)}.")],
    name: Annotated[str, typer.Option("--name", help="Who decides.")],
    note: Annotated[str, typer.Option("--note", help="Why: a sentence that others will read.")],
    wording: Annotated[
        Path | None,
        typer.Option("--wording", help="With reword: a file with the changed section as it should read."),
    ] = None,
    colleague: Annotated[str, typer.Option("--colleague", help="With ask: who is to answer.")] = "",
    later: Annotated[
        bool, typer.Option("--later", help="With reword: leave the test to `concord run --resume`.")
    ] = False,
    store: Store = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    folder = found_run(run, store)
    if (wording is not None or later) and decision != "reword":
        raise OptionError("--wording and --later belong to the decision reword")
    if decision in DESK or (decision in WORDS and folder.summary.is_file()):
        _on_the_desk(folder, proposal, decision, name, note, wording, colleague, later=later, as_json=as_json)
        return
    records = RunRecords.open(folder.path)
    try:
        if decision not in WORDS:
            raise OptionError(f"a decision is one of {', '.join(WORDS)}, not {decision!r}")
        answer = checked_answer(proposal_id(records, proposal), decision, name, note)
        file_answer(records, answer)
    finally:
        records.close()
    if as_json:
        show_json(output(), {"run": str(folder.path), **answer.model_dump(mode="json")})
        return
    output().print(
        f"{answer.decision} {answer.proposal}, by {answer.name}: {ANSWERS[answer.decision]}\n"
        f"Until the run goes on another answer replaces this one. Go on: concord run --resume {folder.path} --approve"
    )


def _on_the_desk(
    folder: RunFolder, proposal: str, decision: str, name: str, note: str, wording: Path | None, colleague: str,
    *, later: bool, as_json: bool,
) -> None:  # fmt: skip
    if decision in ("stop", "end_sealed"):
        raise OptionError("the run is at its end already: there is nothing to end")
    store = RunRecords.open(folder.path)
    try:
        id_ = proposal_id(store, proposal)
    finally:
        store.close()
    entry = choose(
        open_reading(folder, home() / "indexes"), id_, decision, name=name, reason=note, wording=_text(wording),
        colleague=colleague,
    )  # fmt: skip
    _put_off(folder, entry)
    if as_json:
        reports = _tested(folder) if decision == "reword" and not later else []
        told = {"reports": [each.model_dump(mode="json") for each in reports]} if reports else {}
        show_json(output(), {"run": str(folder.path), **entry.model_dump(mode="json"), **told})
        return
    output().print(f"{entry.choice} {id_}, by {entry.name}: {CHOICES[entry.choice][1]}")
    if decision == "reword" and not later:
        for report in _tested(folder):
            show_report(output(), report)
    elif decision == "reword":
        output().print(f"It is tested when the run is taken up again: concord run --resume {folder.path}")


def _put_off(folder: RunFolder, entry: Entry) -> None:
    """A paused run that asks about this very proposal hears that it is put off: the wording is one of its own."""
    if entry.choice not in ("reword", "insist"):
        return
    store = RunRecords.open(folder.path)
    try:
        file_answer(
            store, Answer(proposal=entry.proposal, decision="defer", name=entry.name, note=entry.reason)
        )
    except RunError:
        return  # it asks nothing, or about another proposal
    finally:
        store.close()


def _text(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise OptionError(f"{path}: the wording can't be read ({problem})") from None


def _tested(folder: RunFolder) -> list[ProposalReport]:
    display = tracked(messages(), quiet=False)
    session = reopen_run(
        folder.path.resolve(), spec=None, data=None, approve=False, limits=Limits(), tracker=display.tracker
    )
    with display:
        return asyncio.run(tried(session))
