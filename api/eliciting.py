"""Prepares a study: base models, the call cache and a log of calls around `elicit.preparing`."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..elicit.preparing import ROLES, Prepared, Wish, prepare
from ..elicit.study_folder import CALLS, PlanNumbers, new_study_folder, write_study
from ..errors import OptionError
from ..models.budget import Budget
from ..models.call_log import StoredCalls
from ..models.caller import Caller
from ..models.config import ModelConfig
from ..models.protocol import Role
from ..models.records import Spent
from ..models.registry import open_model
from ..records import Record
from ..review.plan import price_known
from ..spec import Spec
from ..store.cache import DiskCallCache
from ..store.sqlite import SqliteStore
from .config import Limits
from .home import home
from .progress import Tracker


class WriterModels(Record):
    """Which base models write a study."""

    model: str | None = None
    """Base model that writes scenarios and responses, such as openai:MODEL, openai:MODEL@http://host:port/v1 or embedded."""
    plain_model: str | None = None
    """Base model whose plain answer stands beside the others; the same one unless named."""
    ranker_model: str | None = None
    """Base model that tells how far a section decides between responses; the same one unless named."""
    config: Path | None = None
    """TOML file with what base models need beyond a URI."""

    def of(self) -> dict[Role, str | None]:
        return {
            "scenario_writer": self.model,
            "plain_answer": self.plain_model or self.model,
            "ranker": self.ranker_model or self.model,
        }


@dataclass(frozen=True)
class PreparedStudy:
    """What was written, and what it took."""

    folder: Path
    prepared: Prepared
    notices: tuple[str, ...]
    calls: int
    usd: float | None
    seconds: float


async def prepare_study(
    spec: Spec, wish: Wish, models: WriterModels, *, out: Path, numbers: PlanNumbers, limits: Limits, tracker: Tracker
) -> PreparedStudy:  # fmt: skip
    """Write a study's folder. Every call is kept in its `calls/`. Raises InputError, CallFailed and BudgetEnded."""
    for section in wish.sections:
        spec.section(section)
    settings = ModelConfig.read(models.config) if models.config else ModelConfig()
    names = _named(models, settings)
    opened = {name: open_model(name, settings) for name in dict.fromkeys(names.values())}
    budget = Budget(**dict(limits))
    for model in opened.values():
        budget.check_prices(model)
    tracker.budget = budget
    tracker.priced = all(price_known(model.profile) for model in opened.values())
    folder = new_study_folder(out)
    store = SqliteStore.create(folder / CALLS)
    calls = StoredCalls(store)
    cache = DiskCallCache(home() / "cache")
    callers = {
        name: Caller(model, cache=cache, calls=calls, budget=budget, watcher=tracker, seed=wish.seed)
        for name, model in opened.items()
    }
    began = time.monotonic()
    try:
        found = await prepare(spec, {role: callers[names[role]] for role in ROLES}, wish)
        spent = calls.spent()
    finally:
        for model in opened.values():
            await model.close()
        store.close()
        cache.close()
    if not found.items:
        raise OptionError(
            "the base model wrote no prompt that could be used: see its calls, or name another --model"
        )
    write_study(folder, found.items, numbers)
    return PreparedStudy(
        folder=folder, prepared=found, calls=sum(each.calls for each in spent.values()),
        notices=tuple(dict.fromkeys(model.profile.notice for model in opened.values() if model.profile.notice)),
        usd=_dollars(spent), seconds=time.monotonic() - began,
    )  # fmt: skip


def _named(models: WriterModels, settings: ModelConfig) -> Mapping[Role, str]:
    names: dict[Role, str] = {}
    for role, uri in models.of().items():
        name = uri or settings.roles.get(role)
        if name is None:
            raise OptionError(
                f"no base model for the {role.replace('_', ' ')}: give --model URI, or bring prompts and responses with "
                "--responses FILE"
            )
        names[role] = name
    return names


def _dollars(spent: Mapping[Role, Spent]) -> float | None:
    """None where the price of any call is unknown."""
    known = [each.usd for each in spent.values()]
    return None if None in known else sum(usd for usd in known if usd is not None)
