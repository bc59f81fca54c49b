"""A base model under another profile: prices, rates and limits that a models file states."""

from ..store.protocol import Store
from .protocol import BaseModel, Failure, Profile, Reply, Request, Ticketed


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

    async def complete(self, request: Request, /) -> Reply | Failure:
        return await self._model.complete(request)

    def keep_tickets(self, store: Store, /) -> None:
        if isinstance(self._model, Ticketed):
            self._model.keep_tickets(store)

    async def close(self) -> None:
        await self._model.close()
