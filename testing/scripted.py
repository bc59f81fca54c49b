"""A base model that answers from a script and keeps what it was asked: for tests and planted experiments."""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from ..models.function_model import Given, as_reply
from ..models.protocol import Failure, Profile, Reply, Request

Scripted: TypeAlias = Given
"""What a script may give: an answer, its fields, the raw text of a reply, or a whole reply or failure."""


class ScriptedModel:
    """Answers each request with what `script(request)` gives, after `latency` seconds.

    `asked` keeps every request in the order of sending, `most_at_once` the most that were in flight
    together.
    """

    def __init__(
        self,
        script: Callable[[Request], Scripted],
        *,
        profile: Profile | None = None,
        uri: str = "scripted",
        identity: str = "",
        latency: float = 0.0,
    ) -> None:
        self.uri = uri
        self.identity = identity or uri
        self.profile = profile or Profile(answers="native")
        self.asked: list[Request] = []
        self.most_at_once = 0
        self._script = script
        self._latency = latency
        self._now = 0

    async def complete(self, request: Request, /) -> Reply | Failure:
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            self.asked.append(request)
            if self._latency:
                await asyncio.sleep(self._latency)
            return as_reply(self._script(request))
        finally:
            self._now -= 1

    async def close(self) -> None:
        pass
