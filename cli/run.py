"""`concord run`: launch a revision loop, or take one up again."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ..errors import OptionError
from .app import app

Block = Literal["world", "personal"]
Context = Literal["scoped", "full"]
MODEL = "Base model of the {}, such as openai:MODEL, openai:MODEL@http://host:port/v1, gguf:FILE or embedded."
ALSO_ON_RESUME = frozenset(
    {"resume", "spec", "data", "approve", "max_calls", "max_tokens", "max_usd", "dry_run", "as_json"}
)


@app.command(short_help="Revise a spec until it agrees with the people.")
def run(
    context_of_call: typer.Context,
    spec: Annotated[Path | None, typer.Option("--spec", help="The behaviour spec, a Markdown file.")] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Participant data: a CA-1 folder, or a JSON-lines file.")
    ] = None,
    model: Annotated[str | None, typer.Option("--model", help=MODEL.format("agents"))] = None,
    ranker_model: Annotated[str | None, typer.Option(help="Another one for the ranker.")] = None,
    proposer_model: Annotated[str | None, typer.Option(help="Another one for the two proposers.")] = None,
    validator_model: Annotated[str | None, typer.Option(help="Another one for the validator.")] = None,
    relevance_model: Annotated[str | None, typer.Option(help="Another one for the relevance grader.")] = None,
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
    rule: Annotated[
        str | None, typer.Option(help="Trial rule: betting, gaffke or signflip.", show_default=False)
    ] = None,
    max_calls: Annotated[int | None, typer.Option(min=1, help="Budget in calls.")] = None,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Budget in tokens.")] = None,
    max_usd: Annotated[float | None, typer.Option(min=0.0, help="Budget in dollars.")] = None,
    seed: Annotated[int, typer.Option(help="Draws response orders, samples and trial sets.")] = 0,
    split_seed: Annotated[int, typer.Option(help="Draws the splits and the participants' reserve.")] = 0,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder of the run (default: under runs/).")
    ] = None,
    resume: Annotated[
        str | None, typer.Option("--resume", metavar="RUN", help="Go on with this run.")
    ] = None,
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
    from ..graph.options import Options
    from ..trials.rules import DEFAULT_RULE
    from .opening import Chosen
    from .running import go_on, start

    limits = (max_calls, max_tokens, max_usd)
    if resume is not None:
        _nothing_else(context_of_call)
        go_on(resume, spec=spec, data=data, approve=approve, limits=limits, dry_run=dry_run, as_json=as_json)
        return
    if spec is None or data is None:
        raise OptionError("a run needs --spec FILE, --data PATH and --model URI")
    options = Options(
        rounds=rounds, patience=patience, alpha=alpha, max_trials=max_trials, seed=seed, rule=rule or DEFAULT_RULE,
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
    start(chosen, out=out, dry_run=dry_run, as_json=as_json)


def _nothing_else(context: typer.Context) -> None:
    """A resumed run keeps what it was launched with. Raises OptionError for an option that it would ignore."""
    for name in context.params:
        source = context.get_parameter_source(name)
        if name not in ALSO_ON_RESUME and source is not None and source.name == "COMMANDLINE":
            option = "--" + name.replace("_", "-")
            raise OptionError(
                f"{option} can't be given with --resume: a run keeps what it was launched with, only --approve "
                "and the budget (--max-calls, --max-tokens, --max-usd) may change"
            )
