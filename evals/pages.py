"""How fast the review's pages are on a large run: a real server, a real run folder, the time to the first byte."""

import asyncio
import re
import time
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from pydantic import Field

from ..errors import RunError
from ..graph.run_records import RunRecords
from ..panel.importers.load import load
from ..panel.splits import FoldSplitter
from ..records import Record, content_id
from ..store.runs import RunFolder
from .pages_data import DIRECTORY, TOPICS
from .pages_run import make_run
from .pages_server import PagesServer
from .registry import Figures, Progress

_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/")


class Config(Record):
    calls: int = Field(200_000, ge=200)
    """Calls of the run."""
    assessments: int = Field(18_384, ge=400)
    """Assessments of the people's data."""
    prompts: int = Field(1_078, ge=20)
    """Conversations of the people's data."""
    proposals: int = Field(160, ge=12)
    """Proposals on the docket."""
    repeats: int = Field(12, ge=1)
    """Requests of each kind of page."""


async def run(config: Config, *, seeds: int = 1, seed: int = 0, progress: Progress | None = None) -> Figures:
    """The figures; `seeds` runs are measured one after the other."""
    say = progress or (lambda _: None)
    found: list[Figures] = []
    for number in range(seeds):
        with PagesServer() as server:
            found.append(await asyncio.to_thread(_measure, server, config, seed + number, say))
    return {name: median(float(each[name] or 0) for each in found) for name in found[0]}


def _measure(server: PagesServer, config: Config, seed: int, say: Progress) -> Figures:
    started = time.perf_counter()
    folder = make_run(
        server.home, calls=config.calls, assessments=config.assessments, prompts=config.prompts,
        proposals=config.proposals, seed=seed,
    )  # fmt: skip
    say(f"made a run of {config.calls:,} calls in {time.perf_counter() - started:.0f} s")
    pid, port = _served(server)
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        opened = _first_byte(connection, f"/runs/{folder.id}/")
        seconds = _wait_for_index(connection, folder)
        say(f"opened in {opened:.0f} ms; every word indexed after {seconds:.0f} s")
        times: list[float] = []
        worst = ("", 0.0)
        pages = _pages(folder, config)
        for kind, addresses in pages.items():
            here = [_first_byte(connection, address) for address in addresses]
            times += here
            worst = max(worst, (kind, max(here)), key=lambda pair: pair[1])
            say(f"{kind:14} median {median(here):6.1f} ms, worst {max(here):6.1f} ms")
        peak = _peak_mb(pid)
        say(f"worst: {worst[0]} {worst[1]:.0f} ms")
    finally:
        connection.close()
    times.sort()
    return {
        "first_byte_ms_median": median(times),
        "first_byte_ms_p99": times[min(len(times) - 1, int(0.99 * len(times)))],
        "peak_mb": peak,
        "pages": float(len(pages)),
        "requests": float(len(times)),
        "open_ms": opened,
        "index_seconds": seconds,
    }


def _pages(folder: RunFolder, config: Config) -> dict[str, list[str]]:
    """Addresses by kind of page; arguments differ from request to request."""
    base = f"/runs/{folder.id}"
    n = config.repeats

    def get(path: str, **values: object) -> str:
        return f"{base}{path}?{urlencode(values)}"

    last = config.calls // 50 - 1
    proposals = _proposals(folder, n)
    call_ids = [content_id("call", number * config.calls // n) for number in range(n)]
    splitter = FoldSplitter()
    conversations = load(folder.path.parent / DIRECTORY).conversations
    talks = [id_ for id_, each in conversations.items() if splitter.place_of(each) != "test"]
    talks = [talks[number * len(talks) // n] for number in range(n)]
    words = (
        "honest",
        "balanced reason",
        "people want",
        '"clear short"',
        "warning cost",
        "rank*",
        "500",
        "absentword",
    )
    return {
        "runs": ["/?all=1"] * n,
        "overview": [f"{base}/"] * n,
        "sections": [get("/sections", group=("age", "gender", "")[number % 3]) for number in range(n)],
        "docket": [get("/docket", page=number % 3) for number in range(n)],
        "proposal": [f"{base}/proposals/{id_}" for id_ in proposals],
        "decide": [f"{base}/decide"] * n,
        "conversations": [get("/conversations", section=TOPICS[number], order=("gap", "moved", "people")[number % 3]) for number in range(n)],
        "conversation": [get("/conversation", id=id_) for id_ in talks],
        "trace": [get("/trace", page=number * last // n) for number in range(n)],
        "trace, filtered": [get("/trace", role="ranker", node="trial", round=1 + number % 8, page=number) for number in range(n)],
        "trace, failed": [get("/trace", failed_first=1, page=number) for number in range(n)],
        "trace, search": [get("/trace", q=words[number % len(words)], page=number // len(words)) for number in range(n)],
        "call": [f"{base}/calls/{id_}" for id_ in call_ids],
        "changes": [f"{base}/texts/likely/changes"] * n,
        "export": [f"{base}/export"] * n,
        "preview": [f"{base}/preview?only=1&with={id_}" for id_ in proposals],
        "compare": [f"/compare?a={folder.id}&b={folder.id}"] * n,
        "keys": ["/keys"] * n,
    }  # fmt: skip


def _proposals(folder: RunFolder, n: int) -> list[str]:
    records = RunRecords.open(folder.path)
    try:
        ids = [proposal.id for proposal in records.proposals.find()]
    finally:
        records.close()
    return [ids[number * len(ids) // n] for number in range(n)]


def _served(server: PagesServer) -> tuple[int, int]:
    """Process id and port, once it answers. Raises RunError where it doesn't."""
    pid, line = server.serve()
    found = _ADDRESS.search(line)
    if found is None:
        raise RunError(f"the review didn't start: {line}")
    port = int(found.group(1))
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        asking = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            _first_byte(asking, "/keys")
            return pid, port
        except OSError:
            time.sleep(0.05)
        finally:
            asking.close()
    raise RunError("the review didn't answer within 30 seconds")


def _first_byte(connection: HTTPConnection, address: str) -> float:
    """Milliseconds to the first byte of the answer. Raises RunError for a page that isn't there."""
    started = time.perf_counter()
    connection.request("GET", address)
    answer = connection.getresponse()
    took = 1000 * (time.perf_counter() - started)
    answer.read()
    if answer.status != 200:
        raise RunError(f"{address} answered {answer.status}")
    return took


def _wait_for_index(connection: HTTPConnection, folder: RunFolder) -> float:
    """Seconds until the search says nothing of words that are still missing."""
    started = time.perf_counter()
    while True:
        connection.request("GET", f"/runs/{folder.id}/trace?q=absentword")
        body = connection.getresponse().read()
        if b"No call here" in body and b"still being indexed" not in body:
            return time.perf_counter() - started
        if time.perf_counter() - started > 600:
            raise RunError("the index wasn't there after ten minutes")
        time.sleep(0.5)


def _peak_mb(pid: int) -> float:
    """The most memory that the server took, in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found.group(1)) / 1024 if found else 0.0
