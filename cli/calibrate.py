"""`concord calibrate`: how a base model reads, as figures that plan a run and a simulated reader."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from ..api.config import Limits
from ..api.home import home
from ..errors import OptionError
from ..models.budget import Budget
from ..models.call_log import StoredCalls
from ..models.caller import Caller
from ..models.config import ModelConfig
from ..models.registry import open_model
from ..panel.importers.load import load
from ..review.calibrate import calibrate
from ..review.calibration_design import Design, Plan, unasked
from ..review.calibration_exchange import export as export_prompts
from ..review.calibration_exchange import import_answers
from ..review.measured_reader import MeasuredReader
from ..review.printing import show_json
from ..spec import read_spec
from ..store.cache import DiskCallCache
from ..store.memory import MemoryStore
from .console import messages, output
from .options import with_options
from .progress import Display, tracked

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)


def calibrate_command(
    spec: Annotated[Path, typer.Option("--spec", help="The behaviour spec.")],
    data: Annotated[Path, typer.Option("--data", help="Participant data.")],
    model: Annotated[str | None, typer.Option("--model", metavar="URI", help="The base model.")] = None,
    *,
    design: Design,
    limits: Limits,
    out: Annotated[Path, typer.Option("--out", help="Where the figures go.")] = Path("reader.json"),
    export: Annotated[
        Path | None, typer.Option("--export", help="Write the literal prompts as JSON lines, and ask nobody.")
    ] = None,
    answers: Annotated[
        Path | None, typer.Option("--answers", help="Answers to the exported prompts, in place of a model.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="TOML file with what base models need beyond a URI.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing while it works.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure how often a base model contradicts itself, and what moves it that should not.

    It is asked to rank the same conversations twice, in two orders, under the spec, a rewording and an edit of it; to
    grade relevance twice; to class justifications twice. `concord run --dry-run` and `concord eval worlds` take the
    file by `--reader`.
    """
    if sum(each is not None for each in (model, export, answers)) != 1:
        raise OptionError("give one of --model URI, --export FILE and --answers FILE")
    read, panel = read_spec(spec), load(data)
    display = tracked(messages(), quiet=quiet)
    cache = DiskCallCache(home() / "cache")

    def plan(uri: str | None) -> Plan:
        opened = unasked() if uri is None else open_model(uri, ModelConfig.read(config) if config else None)
        caller = Caller(
            opened, cache=cache, calls=StoredCalls(MemoryStore(texts=False)), budget=Budget(**limits.model_dump()),
            watcher=display.tracker,
        )  # fmt: skip
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
        found = asyncio.run(_measured(plan(model), display))
    finally:
        cache.close()
    from ..store.runs import write_atomically

    write_atomically(out, found.model_dump_json(indent=1) + "\n")
    if as_json:
        show_json(output(), found.model_dump(mode="json"))
        return
    for name, value in found.model_dump().items():
        shown = "–" if value is None else f"{value:.3f}" if isinstance(value, float) else value
        output().print(f"{name:20} {shown}")
    output().print(f"written to {out}")


async def _measured(plan: Plan, display: Display) -> MeasuredReader:
    try:
        with display:
            return await calibrate(plan, say=display.tracker.note)
    finally:
        await plan.caller.model.close()


app.command()(with_options(calibrate_command))
