"""`concord run`: launch a revision loop, or take one up again."""

import asyncio
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.prompt import Prompt

from ..errors import OptionError
from ..graph.estimate import estimate
from ..graph.launch import Finished, Paused, launch
from ..graph.options import Options
from ..review.estimate import show_estimate
from ..review.report import report, resume_hint
from ..trials.rules import DEFAULT_RULE
from .app import app, messages, output
from .opening import Chosen, Opened, open_run, reopen_run
from .progress import Bars

Block = Literal["world", "personal"]
Context = Literal["scoped", "full"]
MODEL = "Base model of the {}, such as openai:MODEL, openai:MODEL@http://host:port/v1, gguf:FILE or embedded."


@app.command()
def run(
    spec: Annotated[Path | None, typer.Option("--spec", help="The behaviour spec, a Markdown file.")] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Participant data: a CA-1 folder, or a JSON-lines file.")
    ] = None,
    model: Annotated[str | None, typer.Option("--model", help=MODEL.format("agents"))] = None,
    ranker_model: Annotated[str | None, typer.Option(help=MODEL.format("ranker"))] = None,
    proposer_model: Annotated[str | None, typer.Option(help=MODEL.format("two proposers"))] = None,
    validator_model: Annotated[str | None, typer.Option(help=MODEL.format("validator"))] = None,
    relevance_model: Annotated[str | None, typer.Option(help=MODEL.format("relevance grader"))] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="TOML file with what base models need beyond a URI.")
    ] = None,
    block: Annotated[Block, typer.Option(help="Which ranking block counts.")] = "world",
    context: Annotated[
        Context, typer.Option(help="Sections in a ranker prompt: those in scope, or the whole spec.")
    ] = "scoped",
    rounds: Annotated[int, typer.Option(min=1, max=200, help="Rounds at the most.")] = 8,
    patience: Annotated[int, typer.Option(min=1, help="Rounds without an adoption before it stops.")] = 2,
    alpha: Annotated[
        float, typer.Option(min=0.0001, max=0.5, help="Chance, over the run, of adopting a null edit.")
    ] = 0.05,
    max_trials: Annotated[int, typer.Option(min=1, help="Trials that alpha is split over.")] = 40,
    rule: Annotated[str, typer.Option(help="Trial rule.")] = DEFAULT_RULE,
    max_calls: Annotated[int | None, typer.Option(min=1, help="Budget in calls.")] = None,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Budget in tokens.")] = None,
    max_usd: Annotated[float | None, typer.Option(min=0.0, help="Budget in dollars.")] = None,
    seed: Annotated[int, typer.Option(help="Draws response orders, samples and trial sets.")] = 0,
    split_seed: Annotated[int, typer.Option(help="Draws the splits and the participants' reserve.")] = 0,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder of the run (default: under runs/).")
    ] = None,
    resume: Annotated[str | None, typer.Option("--resume", help="Go on with this run.")] = None,
    approve: Annotated[bool, typer.Option("--approve", help="Ask a person before each adoption.")] = False,
    adopt_silent: Annotated[
        bool, typer.Option("--adopt-silent", help="Adopt also where people's words take no side.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how many calls it would make.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Revise a spec until it agrees with the people: rank, propose, screen, try, validate, adopt."""
    bars = Bars(messages(), quiet=as_json)
    if resume is not None:
        limits = (max_calls, max_tokens, max_usd)
        opened = reopen_run(resume, spec=spec, data=data, approve=approve, limits=limits, watcher=bars)
    else:
        if spec is None or data is None:
            raise OptionError("a run needs --spec FILE, --data PATH and --model URI")
        options = Options(
            rounds=rounds, patience=patience, alpha=alpha, max_trials=max_trials, seed=seed, rule=rule,
            split_seed=split_seed, block=block, context=context, approve=approve, adopt_silent=adopt_silent,
        )  # fmt: skip
        chosen = Chosen(
            spec=spec, data=data, config=config, options=options,
            models={
                "ranker": ranker_model or model, "relevance": relevance_model or model,
                "batch_proposer": proposer_model or model, "conversation_proposer": proposer_model or model,
                "validator": validator_model or model,
            },
            max_calls=max_calls, max_tokens=max_tokens, max_usd=max_usd,
        )  # fmt: skip
        opened = open_run(chosen, out=out, watcher=bars, keep=not dry_run)
    try:
        if dry_run:
            show_estimate(output(), estimate(opened.setup), as_json=as_json)
        else:
            asyncio.run(_run(opened, bars, as_json))
    finally:
        opened.close()


async def _run(opened: Opened, bars: Bars, as_json: bool) -> None:
    try:
        with bars:
            ended = await launch(
                opened.setup_with(bars.say),
                run=opened.chosen.run,
                checkpoint=opened.folder.checkpoint if opened.folder else None,
                ledger=opened.ledger,
                approver=_Reviewer(bars) if messages().is_terminal and not as_json else None,
            )
    finally:
        await opened.close_models()
    if isinstance(ended, Paused):
        messages().print(
            f"paused before an adoption: {ended.question.get('intent')}\n{resume_hint(opened.folder)}"
        )
        return
    assert isinstance(ended, Finished)
    opened.write(ended)
    if as_json:
        output().print(ended.summary.model_dump_json(indent=2), soft_wrap=True)
    else:
        report(output(), opened.folder, ended, openings=opened.openings)


class _Reviewer:
    """Asks the person at the terminal (graph.launch.Approver)."""

    def __init__(self, bars: Bars) -> None:
        self.bars = bars

    async def __call__(self, question: object) -> dict[str, str]:
        self.bars.pause()
        console = messages()
        if isinstance(question, dict):
            console.print(f"\nProposal {question['proposal']}: {question['intent']}\n{question['reason']}")
        decision = Prompt.ask(
            "Decision", choices=["adopt", "defer", "set_aside", "stop"], default="adopt", console=console
        )
        note = Prompt.ask("Note", default="", console=console)
        name = Prompt.ask("Your name", default="reviewer", console=console)
        self.bars.go_on()
        return {"decision": decision, "note": note, "name": name}
