"""A base model that answers from a function: for tests, demonstrations and planted experiments."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import TypeAlias

from pydantic import JsonValue

from ..models.protocol import Answer, Failure, Profile, Reply, Request, Ticket

Scripted: TypeAlias = Answer | Mapping[str, JsonValue] | str | Reply | Failure
"""What a script may give: an answer, its fields, the raw text of a reply, or a whole reply or failure."""


class ScriptedModel:
    """Answers each request with what `script(request)` gives, after `latency` seconds.

    `asked` keeps every request in the order of sending, `most_at_once` the most that were on their way
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
        self.tickets = 0
        self.most_at_once = 0
        self._script = script
        self._latency = latency
        self._now = 0
        self._submitted: dict[str, list[Request]] = {}

    async def submit(self, requests: Sequence[Request], /) -> Ticket:
        self.tickets += 1
        ticket = Ticket(id=f"{self.uri}/{self.tickets}", size=len(requests))
        self._submitted[ticket.id] = list(requests)
        return ticket

    async def collect(self, ticket: Ticket, /) -> AsyncIterator[tuple[int, Reply | Failure]]:
        requests = self._submitted.pop(ticket.id)
        self._now += len(requests)
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            for place, request in enumerate(requests):
                self.asked.append(request)
                if self._latency:
                    await asyncio.sleep(self._latency)
                yield place, as_reply(self._script(request))
        finally:
            self._now -= len(requests)

    async def close(self) -> None:
        pass


def as_reply(scripted: Scripted) -> Reply | Failure:
    """What a script gave, as a reply or failure."""
    if isinstance(scripted, (Reply, Failure)):
        return scripted
    if isinstance(scripted, str):
        return Reply(text=scripted)
    if isinstance(scripted, Answer):
        return Reply(text=scripted.model_dump_json())
    return Reply(text=json.dumps(dict(scripted), ensure_ascii=False))
