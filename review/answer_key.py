"""The answer key: a spec's own labelled examples as a test of a ranker.

Where the spec shows a GOOD and a BAD response to one conversation, does the ranker place GOOD over BAD with the
section's rule in view, and without any spec? The examples themselves are hidden from the prompt.
"""

import random
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from pydantic import Field

from ..agents.answer_key import Comparison, comparisons, question
from ..agents.ranker import Ranker
from ..agreement.intervals import Clusters, Estimate, estimate
from ..errors import SpecError
from ..graph.run_records import RunRecords
from ..models.budget import Budget
from ..models.caller import Caller
from ..models.config import ModelConfig
from ..models.records import Where
from ..models.registry import open_model
from ..records import Record
from ..spec import Spec, read_spec, without_examples
from ..store.cache import DiskCallCache
from ..store.memory import MemoryCallCache

NAME = "answer-key"


class Config(Record):
    spec: Path = Field(description="The spec, with labelled examples in it.")
    model: str = Field(default="embedded", description="The ranker's base model.")
    config: Path | None = Field(
        default=None, description="TOML file with what base models need beyond a URI."
    )
    limit: int = Field(default=0, ge=0, description="Comparisons to ask, drawn by seed; 0: all.")
    max_calls: int | None = Field(default=None, ge=0, description="Most replies to pay for.")
    cache: Path | None = Field(default=None, description="Folder that keeps the answers for the next time.")


async def run(
    config: Config, *, seeds: int = 1, seed: int = 0, progress: Callable[[str], None] | None = None
) -> dict[str, float | None]:
    """Figures: `pairs` (of a GOOD and a BAD response), `accuracy` with `accuracy_low` and `accuracy_high` (95 %,
    clustered by section), `accuracy_no_spec`, `gain` over it with its interval, `share_read` (pairs that the
    ranker doesn't tie, rule in view) and `answered` (pairs whose call was answered).

    Accuracy is over the pairs that were answered, a tie counts half. `seeds` is how many orders of the
    responses are asked and averaged. Raises SpecError where the spec holds no such pair, and BudgetEnded.
    """
    spec = read_spec(config.spec)
    hidden = Spec.parse(without_examples(spec.text))
    asked = comparisons(spec)
    if not asked:
        raise SpecError(f"{config.spec} shows no GOOD beside a BAD response: there is no answer key in it")
    if config.limit:
        asked = random.Random(f"answer-key/{seed}").sample(asked, min(config.limit, len(asked)))
    models = ModelConfig.read(config.config) if config.config else None
    model = open_model(config.model, models)
    with ExitStack() as stack:
        cache = DiskCallCache(config.cache) if config.cache else MemoryCallCache()
        stack.callback(cache.close)
        store = RunRecords.in_memory(texts=False)
        ranker = Ranker(Caller(model, cache=cache, calls=store.calls, budget=Budget(config.max_calls)))
        by_rule: list[list[list[float | None]]] = []
        by_none: list[list[list[float | None]]] = []
        try:
            for turn in range(seed, seed + seeds):
                for text, kept in ((hidden, by_rule), (None, by_none)):
                    questions = [question(each, text, f"answer-key/{turn}") for each in asked]
                    ranked = await ranker.rank(questions, Where(node="answer-key"))
                    kept.append([each.scores(one) for each, one in zip(asked, ranked, strict=True)])
                    if progress is not None:
                        lost = sum(one is None for one in ranked)
                        name = "rule in view" if text is not None else "no spec"
                        progress(
                            f"order {turn}, {name}: {len(ranked)} asked"
                            + (f", {lost} failed" if lost else "")
                        )
        finally:
            await model.close()
    return _figures(asked, by_rule, by_none)


def _figures(
    asked: Sequence[Comparison],
    by_rule: list[list[list[float | None]]],
    by_none: list[list[list[float | None]]],
) -> dict[str, float | None]:
    rule, none = _means(by_rule), _means(by_none)
    sections = [each.section for each, scores in zip(asked, by_rule[0], strict=True) for _ in scores]
    drawn = [score for turn in by_rule for scores in turn for score in scores]
    accuracy = _mean(rule, sections)
    gain = _mean(rule - none, sections, bounds=(-1.0, 1.0))
    figures = {
        "pairs": float(len(rule)),
        "accuracy": accuracy.estimate,
        "accuracy_low": accuracy.low,
        "accuracy_high": accuracy.high,
        "accuracy_no_spec": _mean(none, sections).estimate,
        "gain": gain.estimate,
        "gain_low": gain.low,
        "gain_high": gain.high,
        "share_read": sum(score in (0.0, 1.0) for score in drawn) / len(drawn),
        "answered": sum(score is not None for score in drawn) / len(drawn),
    }
    return {name: None if value is None else round(value, 6) + 0.0 for name, value in figures.items()}


def _means(turns: list[list[list[float | None]]]) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Each pair's mean over the orders in which it was answered; nan where it never was."""
    table = np.array([[np.nan if s is None else s for scores in turn for s in scores] for turn in turns])
    known = ~np.isnan(table)
    counts = known.sum(axis=0)
    sums = np.where(known, table, 0.0).sum(axis=0)
    return np.asarray(np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0))


def _mean(
    values: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    sections: Sequence[str],
    bounds: tuple[float, float] = (0.0, 1.0),
) -> Estimate:
    """The mean over pairs, its interval clustered by section."""
    known = ~np.isnan(values)
    index = np.unique(np.array(sections), return_inverse=True)[1][known]
    size = int(known.sum())
    # Nobody judges here: sections are the only clusters.
    clusters = Clusters(index, index, index, np.ones(size))
    return estimate(values[known], np.full(size, 1 / max(1, size)), clusters, bounds=bounds)
