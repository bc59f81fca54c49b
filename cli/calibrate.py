"""`concord calibrate`: how a base model reads, as figures that plan a run and a simulated reader."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import messages, output

if TYPE_CHECKING:
    from ..review.calibrate import MeasuredReader, Plan
    from .progress import Display

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)


@app.command()
def calibrate_command(
    spec: Annotated[Path, typer.Option("--spec", help="The behaviour spec.")],
    data: Annotated[Path, typer.Option("--data", help="Participant data.")],
    model: Annotated[str | None, typer.Option("--model", metavar="URI", help="The base model.")] = None,
    out: Annotated[Path, typer.Option("--out", help="Where the figures go.")] = Path("reader.json"),
    export: Annotated[
        Path | None, typer.Option("--export", help="Write the literal prompts as JSON lines, and ask nobody.")
    ] = None,
    answers: Annotated[
        Path | None, typer.Option("--answers", help="Answers to the exported prompts, in place of a model.")
    ] = None,
    conversations: Annotated[int, typer.Option(min=2, help="Conversations to rank: 12 calls each.")] = 24,
    relevance_conversations: Annotated[
        int, typer.Option(min=1, help="Conversations to grade against every section, twice.")
    ] = 24,
    justifications: Annotated[int, typer.Option(min=1, help="Justifications to class, twice.")] = 60,
    config: Annotated[
        Path | None, typer.Option("--config", help="TOML file with what base models need beyond a URI.")
    ] = None,
    max_calls: Annotated[int | None, typer.Option(min=1, help="Budget in calls.")] = None,
    max_usd: Annotated[float | None, typer.Option(min=0.0, help="Budget in dollars.")] = None,
    seed: Annotated[int, typer.Option(help="Draws conversations, justifications and orders.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure how often a base model contradicts itself, and what moves it that should not.

    It is asked to rank the same conversations twice, in two orders, under the spec, a rewording and an edit of it; to
    grade relevance twice; to class justifications twice. `concord run --dry-run` and `concord eval worlds` take the
    file.
    """
    from ..api.home import home
    from ..errors import OptionError
    from ..models.budget import Budget
    from ..models.call_log import StoredCalls
    from ..models.caller import Caller
    from ..models.config import ModelConfig
    from ..models.registry import open_model
    from ..panel.importers.load import load
    from ..review.calibrate import Design, Plan, import_answers, unasked
    from ..review.calibrate import export as export_prompts
    from ..review.printing import show_json
    from ..spec import read_spec
    from ..store.cache import DiskCallCache
    from ..store.memory import MemoryStore
    from .progress import tracked

    if sum(each is not None for each in (model, export, answers)) != 1:
        raise OptionError("give one of --model URI, --export FILE and --answers FILE")
    design = Design(
        conversations=conversations, relevance_conversations=relevance_conversations,
        justifications=justifications, seed=seed,
    )  # fmt: skip
    read, panel = read_spec(spec), load(data)
    display = tracked(messages(), quiet=as_json)
    cache = DiskCallCache(home() / "cache")

    def plan(uri: str | None) -> Plan:
        opened = unasked() if uri is None else open_model(uri, ModelConfig.read(config) if config else None)
        budget = Budget(max_calls=max_calls, max_usd=max_usd)
        caller = Caller(
            opened,
            cache=cache,
            calls=StoredCalls(MemoryStore(texts=False)),
            budget=budget,
            watcher=display.tracker,
        )
        return Plan(panel, read, design, caller)

    try:
        if export is not None:
            count = export_prompts(plan(None).requests, export)
            output().print(f"{count} prompts in {export}; answer each with one line: id and answer")
            return
        if answers is not None:
            recording = out.with_suffix(".answers.jsonl")
            import_answers(plan(None).requests, answers, recording, name=answers.name)
            model = f"replay:{recording}"
        with display:
            found = asyncio.run(_measured(plan(model), display))
    finally:
        cache.close()
    out.write_text(found.model_dump_json(indent=1) + "\n", encoding="utf-8")
    if as_json:
        show_json(output(), found.model_dump(mode="json"))
        return
    for name, value in found.model_dump().items():
        shown = "–" if value is None else f"{value:.3f}" if isinstance(value, float) else value
        output().print(f"{name:20} {shown}")
    output().print(f"written to {out}")


async def _measured(plan: "Plan", display: "Display") -> "MeasuredReader":
    from ..review.calibrate import calibrate

    try:
        return await calibrate(plan, say=display.tracker.note)
    finally:
        await plan.caller.model.close()
