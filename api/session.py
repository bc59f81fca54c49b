"""Opens what a run needs: spec, data, base models, folder, store, cache and ledger."""

import contextlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from ..errors import OptionError, RunError
from ..graph.checkpoints import Place
from ..graph.context import RunInputs
from ..graph.launching import Finished
from ..graph.policies import Policies
from ..graph.run_records import RunRecords
from ..models.budget import Budget, paid
from ..models.caller import Caller
from ..models.config import ModelConfig
from ..models.executors import HERE, open_executor
from ..models.protocol import BaseModel, Role, Ticketed
from ..models.registry import open_at
from ..review.exports import write_outputs
from ..review.plan import price_known
from ..store.address import POINTER, Address, address_of
from ..store.copies import hand_in, withdraw
from ..store.lock import LOCK, run_lock
from ..store.opening import lease_of, open_cache, open_ledger
from ..store.protocol import CallCache, Uses
from ..store.runs import RunFolder, write_json
from .config import ROLES, Limits, RunConfig
from .home import home
from .progress import Tracker
from .received import check_received, note_launched
from .source import Source
from .storing import found_run, new_folder
from .unasked import profile_alone


@dataclass
class RunSession:
    """Everything open for one run. `close` and `close_models` let go of it."""

    config: RunConfig
    inputs: RunInputs
    folder: RunFolder | None
    """None: nothing is written to disk but the call cache."""
    ledger: Uses
    cache: CallCache
    models: list[BaseModel]
    tracker: Tracker
    resumed: bool = False
    started: float = field(default_factory=time.monotonic)
    held: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    """Cache, records, the lock on the folder, the lease of a run in a shared store: held while this process works on it; and
    where its questions are asked."""
    checkpoint: Place = None
    """Where the machine's checkpoints are kept."""

    @property
    def begun(self) -> bool:
        """Whether the run's loop has taken a step before."""
        return self.inputs.records.measures.count() > 0

    def write(self, ended: Finished) -> None:
        """The run's outputs, with what it cost."""
        if self.folder:
            write_outputs(self.folder, ended, seconds=time.monotonic() - self.started)
            hand_in(self.folder, *self.folder.outputs)

    async def close_models(self) -> None:
        for model in self.models:
            await model.close()

    def close(self) -> None:
        self.held.close()

    def discard(self) -> None:
        """Take back the folder of a run that could not begin: its own files only, nothing that was there."""
        if self.folder is None or self.resumed or self.inputs.records.calls.count():
            return
        self.held.close()
        withdraw(self.folder)
        for file in (
            self.folder.config,
            self.folder.database,
            self.folder.checkpoint,
            self.folder.path / LOCK,
            self.folder.path / POINTER,
        ):
            for beside in ("", "-wal", "-shm"):
                file.with_name(file.name + beside).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.folder.path.rmdir()


def open_run(
    source: Source, config: RunConfig, *, out: Path | None = None, tracker: Tracker, keep: bool = True,
    asking: bool = True, policies: Policies | None = None, store: str | None = None, on: str = HERE,
) -> RunSession:  # fmt: skip
    """A new run in a folder of its own: `out`, or one under the home.

    `store` is the URL of a shared store for records, checkpoints, call cache and ledger; None: $CONCORD_STORE, else files.

    With `keep` False nothing is written to disk. With `asking` False no base model is opened, and no key is
    needed. `policies` stand in place of those that the options name. `on`: where questions are asked
    (`models.executors.open_executor`). Raises InputError.
    """
    Policies.of(config.options)
    with contextlib.ExitStack() as held:
        models = _models(config.models, config.config, asking, on, held)
        for model in models[1].values():
            Budget(**dict(config.limits)).check_prices(model)
        session = _new_session(source, config, out, tracker, keep, policies, models, address_of(store))
        session.held.push(held.pop_all())
    return session


def _new_session(
    source: Source, config: RunConfig, out: Path | None, tracker: Tracker, keep: bool, policies: Policies | None,
    models: "_Models", address: Address | None,
) -> RunSession:  # fmt: skip
    if not keep:
        return _opened(config, source, models, None, tracker, policies, address=address)
    config = config.model_copy(
        update={
            "spec_digest": source.spec.digest, "data_digest": source.panel.digest, "run": secrets.token_hex(8),
            **{name: path and path.resolve() for name, path in (
                ("spec", source.spec_path), ("data", source.data_path), ("config", config.config)
            )},
        }
    )  # fmt: skip
    named = [path.stem if path else "memory" for path in (source.spec_path, source.data_path)]
    folder = new_folder(address, named, config.options.seed, out)
    write_json(folder.config, config.model_dump(mode="json"))
    note_launched(folder, home())
    hand_in(folder, folder.config)
    return _opened(config, source, models, folder, tracker, policies, new=True)


def reopen_run(
    name: str | Path,
    *,
    spec: Path | None,
    data: Path | None,
    approve: bool,
    limits: Limits,
    tracker: Tracker,
    asking: bool = True,
    trust: bool = False,
    store: str | None = None,
    on: str = HERE,
) -> RunSession:
    """A run that was stopped, paused or ended by its budget; `name` is its folder or its id, here or in a shared store.

    `trust`: use the servers, keys, files and code that a run from elsewhere names. Raises RunError, also where
    another process works on the run.
    """
    folder = found_run(name, store)
    config = config_of(folder)
    config = config.model_copy(
        update={
            "spec": spec or config.spec, "data": data or config.data, "limits": config.limits.raised(limits),
            "options": config.options.model_copy(update={"approve": approve or config.options.approve}),
        }
    )  # fmt: skip
    for what, path in (("spec", config.spec), ("data", config.data)):
        if path is None:
            raise RunError(
                f"{folder.id} was launched with a {what} out of memory: name its file with --{what}"
            )
    source = Source.read(str(config.spec), str(config.data), config.people)
    for what, path, now, then in (
        ("spec", config.spec, source.spec.digest, config.spec_digest),
        ("data", config.data, source.panel.digest, config.data_digest),
    ):
        if now != then:
            raise RunError(
                f"{path}: the {what} has changed since the run began; bring the old one back, or start a new run"
            )
    if not trust:
        settings = ModelConfig.read(config.config) if config.config else ModelConfig()
        named = dict.fromkeys(uri or settings.roles.get(role) or "" for role, uri in config.models.items())
        check_received(folder, home(), filter(None, named), settings)
    with contextlib.ExitStack() as held:
        models = _models(config.models, config.config, asking, on, held)
        session = _opened(config, source, models, folder, tracker, None)
        session.held.push(held.pop_all())
    session.resumed = True
    session.inputs.budget.charge(paid(session.inputs.records.calls.spent()))
    return session


def config_of(folder: RunFolder) -> RunConfig:
    """What a run was launched with. Raises RunError."""
    try:
        return RunConfig.model_validate_json(folder.config.read_bytes())
    except OSError as problem:
        raise RunError(
            f"{folder.config}: can't be read ({problem.strerror}); it is part of the run"
        ) from None
    except ValidationError as problem:
        wrong = problem.errors()[0]
        place = ".".join(map(str, wrong["loc"]))
        raise RunError(
            f"{folder.config}: not the configuration of a run of this version ({place}: {wrong['msg'].lower()}); "
            "start a new run"
        ) from None


_Models = tuple[dict[Role, str], dict[str, BaseModel]]


def _models(
    uris: Mapping[Role, str | None], config: Path | None, asking: bool, on: str, held: contextlib.ExitStack
) -> _Models:
    """Each agent's model by name, and the models by that name; agents with the same name share one. Where they are
    asked is `held` open.

    Raises ModelError, and OptionError for an agent that nothing names a model for.
    """
    settings = ModelConfig.read(config) if config else ModelConfig()
    settings.check_roles(ROLES, str(config))
    names: dict[Role, str] = {}
    for role, uri in uris.items():
        name = uri or settings.roles.get(role)
        if name is None:
            raise OptionError(
                f"no base model for the {role.replace('_', ' ')}: give --model URI, such as --model embedded "
                "(`concord models` lists what there is)"
            )
        names[role] = name
    different = dict.fromkeys(names.values())
    if not asking:
        return names, {name: profile_alone(name, settings) for name in different}
    place = held.enter_context(open_executor(on))
    return names, {name: open_at(place, name, settings) for name in different}


def _opened(
    config: RunConfig,
    source: Source,
    models: _Models,
    folder: RunFolder | None,
    tracker: Tracker,
    policies: Policies | None,
    *,
    new: bool = False,
    address: Address | None = None,
) -> RunSession:
    names, opened = models
    with contextlib.ExitStack() as taken:
        records, checkpoint = _records(folder, taken, new=new)
        taken.callback(records.close)
        if folder is not None:
            address = pointer.address if (pointer := folder.pointer) else None
        cache = open_cache(address, home() / "cache")
        taken.callback(cache.close)
        ledger = open_ledger(address, home() / "ledger.jsonl")
        for model in opened.values():
            if isinstance(model, Ticketed):
                model.keep_tickets(records.store)
        budget = Budget(**dict(config.limits))
        tracker.budget = budget
        tracker.priced = all(price_known(model.profile) for model in opened.values())
        callers = {
            name: Caller(
                model,
                cache=cache,
                calls=records.calls,
                budget=budget,
                watcher=tracker,
                seed=config.options.seed,
            )
            for name, model in opened.items()
        }
        inputs = RunInputs(
            spec=source.spec, panel=source.panel, budget=budget, records=records, options=config.options,
            callers={role: callers[names.get(role, names["ranker"])] for role in ROLES}, policies=policies,
        )  # fmt: skip
        return RunSession(
            config, inputs, folder, ledger, cache, list(opened.values()), tracker, held=taken.pop_all(),
            checkpoint=checkpoint,
        )  # fmt: skip


def _records(folder: RunFolder | None, taken: contextlib.ExitStack, *, new: bool) -> tuple[RunRecords, Place]:
    """The records of a run that this process works on from now on, and where its checkpoints are kept.

    What makes it the only one is let go with `taken`. Raises RunError where another process works on the run.
    """
    if folder is None:
        return RunRecords.in_memory(), None
    taken.enter_context(run_lock(folder.path))
    lease = lease_of(folder.path)
    if lease is not None:
        return RunRecords.open(folder.path, taken.enter_context(lease)), lease
    records = RunRecords.create(folder.path) if new else RunRecords.open(folder.path)
    return records, folder.checkpoint
