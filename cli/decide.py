"""`concord decide`: answer what a paused run waits on."""

from typing import Annotated

import typer

from ..api.answers import TO_FILE, checked_answer, file_answer
from ..api.storing import found_run
from ..graph.question import ANSWERS
from ..graph.run_records import RunRecords
from ..review.finding import proposal_id
from ..review.printing import show_json
from .console import output
from .storing import Store

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)
ABOUT = "Answer the question that a paused run waits on. The answer is taken when the run is taken up again.\n\n\b\n"


@app.command(help=ABOUT + "\n".join(f"{word:10}  {ANSWERS[word]}" for word in TO_FILE))
def decide(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's folder or id.")],
    proposal: Annotated[str, typer.Argument(metavar="PROPOSAL", help="The proposal's id, or its beginning.")],
    decision: Annotated[str, typer.Argument(metavar="DECISION", help=f"One of {', '.join(TO_FILE)}.")],
    name: Annotated[str, typer.Option("--name", help="Who decides.")],
    note: Annotated[str, typer.Option("--note", help="Why: a sentence that others will read.")],
    store: Store = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    folder = found_run(run, store)
    records = RunRecords.open(folder.path)
    try:
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
