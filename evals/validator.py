"""The validator on labelled justifications: how often it is right, where it errs, and what an injection moves."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from pydantic import Field

from ..agents.records import Verdict
from ..agents.validation import Docketed
from ..agents.validator import Validator
from ..agreement.stances import Stance
from ..errors import OptionError
from ..graph.labelling import WANTED
from ..graph.run_records import RunRecords
from ..models.budget import Budget
from ..models.caller import Caller
from ..models.config import ModelConfig
from ..models.records import Where
from ..models.registry import open_model
from ..records import Record
from ..review.measured_reader import MeasuredReader
from ..store.cache import DiskCallCache
from ..store.memory import MemoryCallCache
from ..store.runs import write_json
from .confusion import STANCES, Confusion, Interval
from .injection import obeying
from .labelled import Case, read_cases, shipped
from .planted_orders import ORDER, planted_orders
from .synthetic.config import Shape, WorldConfig, overlaid, shaped
from .validator_worlds import signs

NAME = "validator"
EVERY = 10
"""An instruction is planted in every tenth justification."""


class Config(Record):
    model: str = Field(default="embedded", description="The validator's base model.")
    config: Path | None = Field(
        default=None, description="TOML file with what base models need beyond a URI."
    )
    labels: Path | None = Field(
        default=None, description="Your own labelled cases, YAML or JSON lines; without it the shipped set."
    )
    batch: int = Field(default=24, ge=1, description="Justifications in one call at the most.")
    injected: bool = Field(
        default=False,
        description="Ask a second time, with an instruction in every tenth justification, and tell what else moved.",
    )
    reader: Path | None = Field(
        default=None,
        description="reader.json to write the confusion into, so that planted worlds err like this model (`--reader` there)."
        " With --worlds: the file whose errors the reader of the worlds has.",
    )
    worlds: int = Field(
        default=0,
        ge=0,
        description="Instead: validate proposals in so many planted worlds, and tell how often the sign of support is right.",
    )
    shape: Shape = Field("small", description="Of the worlds: small, ca1 (the size of CA-1), or sixty.")
    participants: int = Field(400, ge=20, description="People in each of the worlds.")
    planted: int = Field(
        6, ge=1, description="Places in each of the worlds where people want something else."
    )
    labelled: int = Field(WANTED, ge=0, description="Labels on each proposal of the worlds, drawn at random.")
    accuracy: float = Field(0.85, ge=0, le=1, description="Of one verdict of the worlds' validator.")
    lean: float = Field(
        0.8,
        ge=0,
        le=1,
        description="Of its errors on silent justifications, the share that comes out as support.",
    )
    max_calls: int | None = Field(default=None, ge=0, description="Most replies to pay for.")
    cache: Path | None = Field(default=None, description="Folder that keeps the answers for the next time.")


async def run(
    config: Config, *, seeds: int = 1, seed: int = 0, progress: Callable[[str], None] | None = None
) -> dict[str, float | str | None]:
    """Figures: `items`, `answered`, `accuracy`, `recall_support`, `recall_refute`, `recall_mixed`, `recall_silent` and
    `lean_on_silent`, each but the first two with `_low` and `_high` (95 %, exact, rows taken as independent);
    `confusion_RIGHT_GIVEN`; `accuracy_HARD` by what makes a row hard, with `items_HARD`; with `injected`: `other_items`
    and `moved_by_injection`, the verdicts on rows without an instruction that changed; the same on the example's data, where
    people take sides (`example_others`, `example_sides`, `example_moved`), and there by a simulated reader that obeys every
    order outside a fence (`simulated_...`).

    With `worlds` the figures of `validator_worlds.signs` instead; `seed` is the first world's.

    `seeds` is how many orders are asked and counted together. Raises DataError for labels that can't be read, and
    BudgetEnded.
    """
    if config.worlds:
        return await signs(
            world_config(config),
            worlds=config.worlds,
            seed=seed,
            labels=config.labelled,
            say=progress or _silent,
        )
    cases = read_cases(config.labels) if config.labels else shipped()
    model = open_model(config.model, ModelConfig.read(config.config) if config.config else None)
    asked: list[tuple[Case, int, Stance | None]] = []
    orders: dict[str, float | str | None] = {}
    moved = others = 0
    with ExitStack() as stack:
        cache = DiskCallCache(config.cache) if config.cache else MemoryCallCache()
        stack.callback(cache.close)
        store = RunRecords.in_memory(texts=False)
        caller = Caller(model, cache=cache, calls=store.calls, budget=Budget(config.max_calls))
        try:
            for turn in range(seed, seed + seeds):
                validator = Validator(caller, batch=config.batch, seed=turn)
                found = await verdicts(validator, cases)
                asked += found
                if config.injected:
                    again = await verdicts(validator, cases, injected=True)
                    change, looked = _moved(found, again)
                    moved, others = moved + change, others + looked
                    simulated = Caller(obeying(), cache=MemoryCallCache(), calls=store.calls, budget=Budget())
                    for name, here in (
                        ("example", validator),
                        ("simulated", Validator(simulated, seed=turn)),
                    ):
                        told = await planted_orders(here)
                        for figure, value in told.model_dump().items():
                            orders[f"{name}_{figure}"] = float(orders.get(f"{name}_{figure}") or 0.0) + value
                if progress is not None:
                    right = sum(stance == case.said[row].verdict for case, row, stance in found)
                    progress(f"order {turn}: {right} of {len(found)} right")
        finally:
            await model.close()
    confusion = Confusion.of((case.said[row].verdict, stance) for case, row, stance in asked)
    if config.reader:
        write_reader(config.reader, confusion, config.model)
    figures = _figures(confusion, asked)
    if config.injected:
        figures |= {"other_items": float(others), "moved_by_injection": float(moved)} | orders
    return figures


def world_config(config: Config) -> WorldConfig:
    """The worlds of `--worlds`: their reader errs as is said, or as a `reader.json` tells. Raises OptionError."""
    measured = MeasuredReader.read(config.reader).knobs() if config.reader else {}
    errors = {"validator_accuracy": config.accuracy, "validator_lean": config.lean, "synonyms": 1.0}
    people = {"participants": config.participants}
    base = shaped(config.shape)
    return overlaid(
        base.model_copy(
            update={
                "planted": config.planted,
                "people": base.people.model_copy(update=people), "reader": base.reader.model_copy(update=errors),
            }
        ),
        None,
        measured,
    )  # fmt: skip


def _silent(line: str) -> None:
    pass


async def verdicts(
    validator: Validator, cases: Sequence[Case], *, injected: bool = False
) -> list[tuple[Case, int, Stance | None]]:
    """(case, row, stance) of each row, in order; None where no verdict came. Raises BudgetEnded."""
    rows = [(case, row) for case in cases for row in range(len(case.said))]
    planted = {(case.id, row) for case, row in rows[::EVERY]} if injected else set()
    work = [
        Docketed(
            proposal=case.proposal,
            spec=case.document,
            justifications=case.justifications(
                {row: each.words + ORDER for row, each in enumerate(case.said) if (case.id, row) in planted}
            ),
        )
        for case in cases
    ]
    found = await validator.judge_all(
        work, Where(node="eval"), conversations={case.id: case.conversation for case in cases}
    )
    given: dict[str, Verdict] = {
        verdict.assessment: verdict for validation in found for verdict in validation.verdicts
    }
    return [
        (case, row, given[name].stance if (name := f"{case.id}/{row}") in given else None)
        for case, row in rows
    ]


def _moved(
    before: Sequence[tuple[Case, int, Stance | None]], after: Sequence[tuple[Case, int, Stance | None]]
) -> tuple[int, int]:
    """Rows without an instruction whose verdict changed, and all such rows."""
    rest = [
        (one[2], other[2])
        for place, (one, other) in enumerate(zip(before, after, strict=True))
        if place % EVERY
    ]
    return sum(one != other for one, other in rest), len(rest)


def write_reader(path: Path, confusion: Confusion, model: str) -> None:
    """Write the confusion into a `reader.json`, beside what `concord calibrate` wrote there of the same model.

    Raises OptionError for a file that is none, or another model's.
    """
    known = MeasuredReader.read(path) if path.is_file() else MeasuredReader(model=model)
    if known.model != model:
        raise OptionError(
            f"{path} holds what was measured of {known.model}, not of {model}; name another file"
        )
    found = known.model_copy(update={"validator_confusion": confusion.counts})
    write_json(path, found.model_dump(mode="json"))


def _figures(
    confusion: Confusion, asked: Sequence[tuple[Case, int, Stance | None]]
) -> dict[str, float | str | None]:
    figures: dict[str, float | str | None] = {
        "items": float(len(asked)),
        "answered": float(confusion.answered),
    }
    for name, interval in (
        ("accuracy", confusion.accuracy),
        *((f"recall_{stance}", confusion.recall(stance)) for stance in STANCES),
        ("lean_on_silent", confusion.lean_on_silent),
    ):
        figures |= _named(name, interval)
    for right in STANCES:
        for given in STANCES:
            figures[f"confusion_{right}_{given}"] = float(confusion.counts[right][given])
    kinds = sorted({kind for case, row, _ in asked for kind in case.said[row].hard})
    for kind in kinds:
        hard = [
            (case.said[row].verdict, stance) for case, row, stance in asked if kind in case.said[row].hard
        ]
        figures[f"items_{kind}"] = float(len(hard))
        figures[f"accuracy_{kind}"] = Confusion.of(hard).accuracy[0]
    return figures


def _named(name: str, interval: Interval) -> dict[str, float | str | None]:
    value, low, high = interval
    return {name: value, f"{name}_low": low, f"{name}_high": high}
