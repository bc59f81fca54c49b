"""Opens what a run needs: spec, data, base models, folder, store, cache and ledger."""

import contextlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import ValidationError

from ..errors import OptionError, RunError
from ..graph.launch import Finished
from ..graph.options import Options
from ..graph.run_records import RunRecords
from ..graph.workshop import Say, Setup
from ..models.budget import Budget, paid
from ..models.caller import Caller, Watcher
from ..models.config import ModelConfig
from ..models.protocol import BaseModel, Role
from ..models.registry import open_model
from ..panel.importers.load import load
from ..panel.records import Panel
from ..records import Record
from ..review.exports import write_outputs
from ..spec import Spec, read_spec
from ..store.cache import DiskCallCache
from ..store.ledger import Ledger
from ..store.protocol import CallCache
from ..store.runs import RunFolder, create_run, find_run, write_json
from ..trials.rules import rule
from .home import home

ROLES: tuple[Role, ...] = ("ranker", "relevance", "batch_proposer", "conversation_proposer", "validator")
MEASURING: tuple[Role, ...] = ("ranker", "relevance")
"""The agents that measure agreement: no text is proposed, nobody's words are sorted."""
Limits = tuple[int | None, int | None, float | None]
"""Budget in calls, tokens and dollars; None: no limit."""
BUDGET = ("max_calls", "max_tokens", "max_usd")


class Chosen(Record):
    """What a person asked for on the command line; kept in the run's folder so that it can be resumed."""

    spec: Path
    data: Path
    config: Path | None = None
    options: Options
    models: Mapping[Role, str | None]
    """Agent to base model; None: the models file says which."""
    max_calls: int | None = None
    max_tokens: int | None = None
    max_usd: float | None = None
    spec_digest: str = ""
    data_digest: str = ""
    run: str = ""
    """Tells this run from every other, whatever its folder is called."""


@dataclass
class Opened:
    """Everything open for one run. `close` and `close_models` let go of it."""

    chosen: Chosen
    setup: Setup
    folder: RunFolder | None
    """None: nothing is written to disk."""
    ledger: Ledger
    cache: CallCache
    models: list[BaseModel]
    resumed: bool = False
    started: float = field(default_factory=time.monotonic)

    def setup_with(self, say: Say) -> Setup:
        return replace(self.setup, say=say)

    @property
    def openings(self) -> int:
        """How often the sealed test split of this data was opened."""
        return self.ledger.openings(self.setup.panel.digest)

    def write(self, ended: Finished) -> None:
        """The run's outputs, with what it cost."""
        if self.folder:
            seconds = time.monotonic() - self.started
            write_outputs(self.folder, ended, seconds=seconds, openings=self.openings)

    async def close_models(self) -> None:
        for model in self.models:
            await model.close()

    def close(self) -> None:
        self.setup.store.close()
        self.cache.close()

    def discard(self) -> None:
        """Take back the folder of a run that could not begin: its own files only, nothing that was there."""
        if self.folder is None or self.resumed or self.setup.store.calls.count():
            return
        self.setup.store.close()
        for file in (self.folder.config, self.folder.database, self.folder.checkpoint):
            for beside in ("", "-wal", "-shm"):
                file.with_name(file.name + beside).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.folder.path.rmdir()


def open_run(chosen: Chosen, *, out: Path | None, watcher: Watcher, keep: bool = True) -> Opened:
    """A new run in a folder of its own. With `keep` False nothing is written to disk. Raises InputError."""
    rule(chosen.options.rule)
    spec, panel = read_spec(chosen.spec), load(chosen.data)
    models = open_models(chosen.models, chosen.config)
    if not keep:
        return _opened(chosen, spec, panel, models, RunRecords.in_memory(), None, watcher)
    chosen = chosen.model_copy(
        update={
            "spec_digest": spec.digest, "data_digest": panel.digest, "run": secrets.token_hex(8),
            "spec": chosen.spec.resolve(), "data": chosen.data.resolve(),
            "config": chosen.config.resolve() if chosen.config else None,
        }
    )  # fmt: skip
    folder = (
        _new_folder(out)
        if out
        else create_run(home(), [chosen.spec.stem, chosen.data.stem], chosen.options.seed)
    )
    write_json(folder.config, chosen.model_dump(mode="json"))
    return _opened(chosen, spec, panel, models, RunRecords.create(folder.path), folder, watcher)


def reopen_run(
    name: str, *, spec: Path | None, data: Path | None, approve: bool, limits: Limits, watcher: Watcher
) -> Opened:
    """A run that was stopped, paused or ended by its budget; `name` is its folder or its id. Raises RunError."""
    folder = find_run(name, home())
    chosen = chosen_for(folder)
    options = chosen.options.model_copy(update={"approve": approve or chosen.options.approve})
    chosen = chosen.model_copy(
        update={
            "spec": spec or chosen.spec, "data": data or chosen.data, "options": options,
            **{name: limit for name, limit in zip(BUDGET, limits, strict=True) if limit is not None},
        }
    )  # fmt: skip
    found, panel = read_spec(chosen.spec), load(chosen.data)
    for what, path, now, then in (
        ("spec", chosen.spec, found.digest, chosen.spec_digest),
        ("data", chosen.data, panel.digest, chosen.data_digest),
    ):
        if now != then:
            raise RunError(
                f"{path}: the {what} has changed since the run began; bring the old one back, or start a new run"
            )
    models = open_models(chosen.models, chosen.config)
    opened = _opened(chosen, found, panel, models, RunRecords.open(folder.path), folder, watcher)
    opened.resumed = True
    opened.setup.budget.charge(paid(opened.setup.store.calls.spent()))
    return opened


def chosen_for(folder: RunFolder) -> Chosen:
    """What a run was launched with. Raises RunError."""
    try:
        return Chosen.model_validate_json(folder.config.read_bytes())
    except OSError as problem:
        raise RunError(
            f"{folder.config}: can't be read ({problem.strerror}); it is part of the run"
        ) from None
    except ValidationError as problem:
        wrong = problem.errors()[0]["msg"]
        raise RunError(f"{folder.config}: not the configuration of a run ({wrong})") from None


def open_models(
    uris: Mapping[Role, str | None], config: Path | None
) -> tuple[dict[Role, str], dict[str, BaseModel]]:
    """Each agent's model by name, and the models by that name; agents with the same name share one.

    Raises ModelError, and OptionError for an agent that nothing names a model for.
    """
    settings = ModelConfig.read(config) if config else ModelConfig()
    names: dict[Role, str] = {}
    for role, uri in uris.items():
        name = uri or settings.roles.get(role)
        if name is None:
            raise OptionError(
                f"no base model for the {role.replace('_', ' ')}: give --model URI, such as --model embedded "
                "(`concord models` lists what there is)"
            )
        names[role] = name
    return names, {name: open_model(name, settings) for name in dict.fromkeys(names.values())}


def _opened(
    chosen: Chosen,
    spec: Spec,
    panel: Panel,
    models: tuple[dict[Role, str], dict[str, BaseModel]],
    store: RunRecords,
    folder: RunFolder | None,
    watcher: Watcher,
) -> Opened:
    names, opened = models
    cache = DiskCallCache(home() / "cache")
    budget = Budget(chosen.max_calls, chosen.max_tokens, chosen.max_usd)
    callers = {
        name: Caller(
            model, cache=cache, calls=store.calls, budget=budget, watcher=watcher, seed=chosen.options.seed
        )
        for name, model in opened.items()
    }
    setup = Setup(
        spec=spec, panel=panel, callers={role: callers[names.get(role, names["ranker"])] for role in ROLES},
        budget=budget, store=store, options=chosen.options,
    )  # fmt: skip
    return Opened(chosen, setup, folder, Ledger(home() / "ledger.jsonl"), cache, list(opened.values()))


def _new_folder(out: Path) -> RunFolder:
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            raise RunError(
                f"{out}: the folder isn't empty; name another with --out, or go on with --resume {out}"
            )
    except OSError as problem:
        raise RunError(f"{out}: no run can be kept there ({problem.strerror})") from None
    return RunFolder(out)
