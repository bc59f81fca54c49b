"""A base model under another profile: prices, rates and limits that a models file states."""

from collections.abc import AsyncIterator, Sequence

from .protocol import BaseModel, Failure, Profile, Reply, Request, Ticket


class Reprofiled:
    """The same model, with a profile of its own. What it answers, and its identity, stay the same."""

    def __init__(self, model: BaseModel, profile: Profile) -> None:
        self._model = model
        self._profile = profile

    @property
    def uri(self) -> str:
        return self._model.uri

    @property
    def identity(self) -> str:
        return self._model.identity

    @property
    def profile(self) -> Profile:
        return self._profile

    async def submit(self, requests: Sequence[Request], /) -> Ticket:
        return await self._model.submit(requests)

    def collect(self, ticket: Ticket, /) -> AsyncIterator[tuple[int, Reply | Failure]]:
        return self._model.collect(ticket)

    async def close(self) -> None:
        await self._model.close()
