"""Faults on the wire: does a ranking table survive a server of which 30 % of the requests go wrong?

The same questions go to a sound server and to a faulty one. The two tables must be equal, no answer may be
lost, and no question may be answered, and so paid for, twice.
"""

from collections.abc import Callable, Sequence

from pydantic import Field

from ..agents.ranker import Question, Ranker
from ..graph.run_records import RunRecords
from ..models.budget import Budget
from ..models.caller import Caller, RetryPolicy
from ..models.config import Settings
from ..models.openai_wire import open_openai
from ..models.records import Where
from ..records import Record
from ..store.memory import MemoryCallCache
from ..testing.behaviour import FAULTS, Behaviour, Fault
from ..testing.fake_server import ChatServer
from ..testing.wire_questions import questions

NAME = "faults"
Progress = Callable[[str], None]


class Config(Record):
    questions: int = Field(default=300, ge=1)
    share: float = Field(default=0.3, ge=0.0, le=0.5)
    """Of the requests, those that go wrong."""
    kinds: tuple[Fault, ...] = FAULTS
    at_once: int = Field(default=32, ge=1)
    retry_after: float = 0.02
    """Seconds that the server asks to wait when it refuses for speed."""
    slow: float = 0.2
    first_delay: float = 0.02
    """Seconds before the first retry."""


async def run(
    config: Config, *, seeds: int = 1, seed: int = 0, progress: Progress | None = None
) -> dict[str, float | None]:
    """Figures over all seeds: `questions`, `requests`, `faulty_share`, `lost`, `differing` (rankings unlike the
    sound server's), `answered_twice`, `beyond_retries` (requests that neither a question nor a fault explains).
    """
    counted = ("questions", "requests", "faults", "slow", "lost", "differing", "answered_twice")
    totals = dict.fromkeys(counted, 0)
    for number in range(seed, seed + seeds):
        asked = list(questions(config.questions, seed=number))
        with ChatServer() as sound:
            wanted = await _table(sound, asked, config)
        behaviour = Behaviour(
            fault_share=config.share,
            fault_seed=number,
            faults=config.kinds,
            retry_after=config.retry_after,
            slow=config.slow,
        )
        with ChatServer(behaviour=behaviour) as faulty:
            found = await _table(faulty, asked, config)
        totals["questions"] += len(asked)
        totals["requests"] += faulty.requests.total()
        totals["faults"] += faulty.faults.total()
        totals["slow"] += faulty.faults["slow"]
        totals["lost"] += sum(ranking is None for ranking in found)
        totals["differing"] += sum(one != other for one, other in zip(wanted, found, strict=True))
        totals["answered_twice"] += sum(count > 1 for count in faulty.answered.values())
        if progress is not None:
            progress(f"seed {number}: {dict(faulty.faults)}")
    faults, slow = totals.pop("faults"), totals.pop("slow")
    figures: dict[str, float | None] = {name: float(value) for name, value in totals.items()}
    figures["faulty_share"] = faults / totals["requests"]
    # A slow answer is late, but an answer: it calls for no retry.
    figures["beyond_retries"] = float(totals["requests"] - totals["questions"] - (faults - slow))
    return figures


async def _table(server: ChatServer, asked: Sequence[Question], config: Config) -> list[str | None]:
    model = open_openai(f"fake@{server.url}", Settings(concurrency=config.at_once))
    store = RunRecords.in_memory(texts=False)
    retry = RetryPolicy(first_delay=config.first_delay, attempts=8)
    caller = Caller(model, cache=MemoryCallCache(), calls=store.calls, budget=Budget(), retry=retry)
    try:
        ranked = await Ranker(caller).rank(asked, Where(node="faults"))
    finally:
        await model.close()
    return [None if each is None else str(each.ranking) for each in ranked]
