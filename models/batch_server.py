"""`openai-batch:MODEL[@http://host:port/v1]`: a server with the Files and Batches endpoints, at half the price.

https://platform.openai.com/docs/api-reference/batch
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import httpx2
from pydantic import JsonValue
from pydantic_core import from_json

from ..errors import CallFailed
from .batch_lines import PATH, LineFailure, read_line
from .batch_queue import BatchQueue, Standing
from .batches import Batched
from .config import Settings
from .endpoints import Endpoint
from .openai_failures import failure_from, failure_of
from .openai_wire import OpenAIWire, authorised, open_openai
from .protocol import Failure, Profile, Reply, Request, one_line

MOST_AT_ONCE = 50_000
"""Questions that gather for a batch."""
GATHER = 2.0
"""Seconds without another question after which a batch is full."""
HALF = 0.5
_NAME = "concord"
"""The field of a batch's metadata that holds its ticket."""
_ENDED = ("completed", "expired", "cancelled")
_TIMEOUT = httpx2.Timeout(600.0, connect=15.0, pool=None)
"""Of one request to the queue, such as an upload; a question itself is waited for as long as it takes."""


class BatchServer:
    """A BatchService (models.batch_queue) over HTTP."""

    def __init__(
        self,
        endpoint: Endpoint,
        model: str,
        *,
        window: str = "24h",
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._model = model
        self._window = window
        self._client = httpx2.AsyncClient(
            headers=authorised(endpoint), timeout=_TIMEOUT, follow_redirects=False, transport=transport
        )

    async def find(self, ticket: str, /) -> str | None:
        after = ""
        while True:
            page = await self._asked("GET", f"/batches?limit=100{after}")
            batches = [each for each in page.get("data") or [] if isinstance(each, dict)]
            for batch in batches:
                if (batch.get("metadata") or {}).get(_NAME) == ticket:
                    return str(batch["id"])
            if not page.get("has_more") or not batches:
                return None
            after = f"&after={batches[-1]['id']}"

    async def send(self, ticket: str, lines: Sequence[bytes], /) -> str:
        name = f"concord-{ticket}.jsonl"
        file = await self._asked(
            "POST",
            "/files",
            data={"purpose": "batch"},
            files={"file": (name, b"".join(lines), "application/jsonl")},
        )
        batch = await self._asked(
            "POST",
            "/batches",
            json={
                "input_file_id": file["id"], "endpoint": PATH, "completion_window": self._window,
                "metadata": {_NAME: ticket},
            },
        )  # fmt: skip
        return str(batch["id"])

    async def look(self, batch: str, /) -> Standing:
        try:
            found = await self._asked("GET", f"/batches/{batch}")
        except _Unknown:
            return Standing(state="gone")
        state = found.get("status")
        if state == "failed":
            first: dict[str, Any] = next(iter((found.get("errors") or {}).get("data") or []), {})
            return Standing(
                state="failed", code=str(first.get("code") or ""),
                message=self._endpoint.clean(one_line(str(first.get("message") or ""))[:240]),
            )  # fmt: skip
        done = (found.get("request_counts") or {}).get("completed")
        files = tuple(str(found[name]) for name in ("output_file_id", "error_file_id") if found.get(name))
        ended = state in _ENDED
        return Standing(
            state="ended" if ended else "waiting",
            done=done if isinstance(done, int) else 0,
            files=files if ended else (),
        )

    async def read(self, file: str, /) -> AsyncIterator[tuple[str, Reply | LineFailure]]:
        try:
            async with self._client.stream("GET", f"{self._endpoint.url}/files/{file}/content") as response:
                if not response.is_success:
                    await response.aread()
                    raise _failed(failure_from(response, self._endpoint, self._model))
                async for line in response.aiter_lines():
                    if (found := read_line(line.encode(), self._endpoint, self._model)) is not None:
                        yield found
        except httpx2.HTTPError as problem:
            raise _failed(failure_of(problem, self._endpoint)) from None

    async def cancel(self, batch: str, /) -> None:
        try:
            await self._asked("POST", f"/batches/{batch}/cancel")
        except CallFailed as problem:
            if problem.retryable:
                raise  # one that has ended meanwhile can't be cancelled, and needn't be

    async def close(self) -> None:
        await self._client.aclose()

    async def _asked(self, method: str, path: str, **sent: Any) -> dict[str, Any]:
        """The object that the server answers with. Raises CallFailed."""
        try:
            response = await self._client.request(method, f"{self._endpoint.url}{path}", **sent)
        except (httpx2.HTTPError, httpx2.InvalidURL) as problem:
            raise _failed(failure_of(problem, self._endpoint)) from None
        if response.status_code == 404 and method == "GET":
            raise _Unknown(
                f"{self._endpoint.url} has no {path.partition('?')[0]} (404): is it a server with batches?"
            )
        if not response.is_success:
            raise _failed(failure_from(response, self._endpoint, self._model))
        try:
            value = from_json(response.content)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise CallFailed(f"{self._endpoint.url} sent a broken response body", retryable=True)
        return value


class _Unknown(CallFailed):
    """The server knows no such thing."""


class BatchWire:
    """How a question is written (models.batch_queue.Asked), at half the live price."""

    def __init__(self, wire: OpenAIWire, uri: str, profile: Profile) -> None:
        self._wire = wire
        self.uri = uri
        self.profile = profile

    @property
    def identity(self) -> str:
        """The live model's: an answer is the same whichever way it was asked for."""
        return self._wire.identity

    def body(self, request: Request, /) -> Mapping[str, JsonValue]:
        return self._wire.body(request, self._wire.format)

    def downgrade(self) -> bool:
        return self._wire.downgrade()

    async def live(self, request: Request, /) -> Reply | Failure:
        result = await self._wire.complete(request)
        return result.model_copy(update={"price_factor": 1 / HALF}) if isinstance(result, Reply) else result

    async def close(self) -> None:
        await self._wire.close()


def open_batch(rest: str, settings: Settings | None = None) -> Batched:
    """The model that `openai-batch:` followed by `rest` names. Raises ModelError."""
    stated = settings or Settings()
    wire = open_openai(rest, stated)
    asked = BatchWire(wire, f"openai-batch:{rest}", halved(wire.profile, stated.profile))
    queue = BatchQueue(
        asked, BatchServer(wire.endpoint, wire.name), poll=stated.poll or 60.0,
        live_after=None if stated.live_after_hours is None else stated.live_after_hours * 3600,
    )  # fmt: skip
    return Batched(queue, most=MOST_AT_ONCE, gather=stated.gather or GATHER)


def halved(profile: Profile, stated: Mapping[str, JsonValue]) -> Profile:
    """The profile at the queue's prices: half of those that are known; what a models file states holds as it stands."""
    half = {
        name: price * HALF
        for name in ("usd_per_million_input", "usd_per_million_cached", "usd_per_million_output")
        if (price := getattr(profile, name)) is not None and name not in stated
    }
    return profile.model_copy(update={**half, "timeout": None})


def _failed(failure: Failure) -> CallFailed:
    return CallFailed(failure.message, retryable=failure.retryable, after=failure.after)
