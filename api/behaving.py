"""What a model answers under an old and a new text: for proposals of a run, or for two specs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..agents.responder import Responder
from ..elicit.behave import MOST, Pair, behaviours, drawn_conversations, pairs_of_run, worth_asking
from ..errors import DataError, InputError, OptionError
from ..graph.context import RunContext
from ..graph.vote_records import Behaviour
from ..models.budget import Budget
from ..models.call_log import StoredCalls
from ..models.caller import Caller
from ..models.config import ModelConfig
from ..models.registry import open_model
from ..panel.records import Conversation, Panel, Participant
from ..records import Record
from ..review.plan import price_known
from ..review.reading.run import RunReading
from ..spec import Spec
from ..store.cache import DiskCallCache
from ..store.memory import MemoryStore
from ..store.runs import RunFolder
from .config import Limits
from .home import home
from .progress import Tracker
from .session import RunSession, config_of
from .source import prepared

PROPOSALS = 10
"""Proposals of a run that are taken unless some are named: as many as one person is asked about."""


class Behaved(Record):
    """What was answered."""

    behaviours: tuple[Behaviour, ...]
    failed: int
    """Conversations that lack an answer since a call failed."""
    notice: str
    """Of the data and the base model."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for."""

    proposals: Sequence[str] = ()
    conversations: Sequence[str] = ()
    most: int = MOST
    seed: int = 0


async def behave_run(session: RunSession, wanted: Wanted, *, model: str | None = None) -> Behaved:
    """Answers for proposals of a run, put on its record with every call. Closes the session's base models.

    `model` answers in place of the run's ranker. Raises InputError and BudgetEnded.
    """
    assert session.folder is not None
    context = RunContext.of(session.inputs, run=session.config.run or "run", meter=session.tracker)
    records, caller = context.records, session.inputs.callers["ranker"]
    try:
        if model is not None:
            caller = _caller(session, model)
        reading = RunReading(session.folder, home() / "indexes")
        ids = list(wanted.proposals) or worth_asking(reading, PROPOSALS)
        if not ids:
            raise OptionError(
                f"the run {session.folder.id} has no proposal that was tried: name one with --proposal"
            )
        named = _named(context.conversations, wanted.conversations, "an open conversation of the run")
        open_ = {each.id: each for each in named} or context.conversations
        pairs = pairs_of_run(reading, records, open_, ids, most=wanted.most, seed=wanted.seed)
        found, failed = await behaviours(Responder(caller), pairs, seed=wanted.seed)
        for each in found:
            records.behaviours.put(each)
        notices = (session.inputs.panel.notice, caller.model.profile.notice)
        return Behaved(behaviours=tuple(found), failed=failed, notice=_told(notices))
    finally:
        records.flush()
        if caller is not session.inputs.callers["ranker"]:
            await caller.model.close()
        await session.close_models()


async def behave_texts(
    old: Spec,
    new: Spec,
    panel: Panel,
    wanted: Wanted,
    *,
    model: str,
    config: Path | None,
    limits: Limits,
    tracker: Tracker,
) -> Behaved:
    """Answers under two texts; nothing is kept but the call cache. Raises InputError and BudgetEnded."""
    if old.text == new.text:
        raise OptionError("the old and the new spec are the same text: there is nothing to compare")
    chosen = _named(panel.conversations, wanted.conversations, "a conversation of the data")
    if not chosen:
        names = drawn_conversations(
            panel.conversations, seed=wanted.seed, subject=new.digest, most=wanted.most
        )
        chosen = [panel.conversations[name] for name in names]
    opened = open_model(model, ModelConfig.read(config) if config else ModelConfig())
    budget = Budget(**dict(limits))
    budget.check_prices(opened)
    tracker.budget, tracker.priced = budget, price_known(opened.profile)
    cache = DiskCallCache(home() / "cache")
    caller = Caller(
        opened,
        cache=cache,
        calls=StoredCalls(MemoryStore()),
        budget=budget,
        watcher=tracker,
        seed=wanted.seed,
    )
    try:
        pairs = [Pair("", each, old, new) for each in chosen]
        found, failed = await behaviours(Responder(caller), pairs, seed=wanted.seed)
        return Behaved(
            behaviours=tuple(found), failed=failed, notice=_told((panel.notice, opened.profile.notice))
        )
    finally:
        await opened.close()
        cache.close()


def participants_of(folder: RunFolder) -> Mapping[str, Participant]:
    """The people of a run's data, under the ids that the run knows them by; nobody where the data isn't there."""
    from ..panel.importers.load import load

    try:
        config = config_of(folder)
        return prepared(load(config.data), config.people).participants if config.data else {}
    except InputError:
        return {}


def _caller(session: RunSession, uri: str) -> Caller:
    settings = ModelConfig.read(session.config.config) if session.config.config else ModelConfig()
    opened = open_model(uri, settings)
    session.tracker.priced = session.tracker.priced and price_known(opened.profile)
    return Caller(
        opened, cache=session.cache, calls=session.inputs.records.calls, budget=session.inputs.budget,
        watcher=session.tracker, seed=session.config.options.seed,
    )  # fmt: skip


def _named(known: Mapping[str, Conversation], names: Sequence[str], what: str) -> list[Conversation]:
    if strange := [name for name in names if name not in known]:
        raise DataError(f"{strange[0]!r} is not {what}; the sealed ones are shown to nobody")
    return [known[name] for name in names]


def _told(notices: Sequence[str]) -> str:
    return " ".join(dict.fromkeys(notice for notice in notices if notice))
