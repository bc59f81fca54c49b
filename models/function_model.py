"""A base model that answers from a function: the shortest way to plug in one of your own."""

import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from .protocol import Answer, Failure, Profile, Reply, Request

Given: TypeAlias = Answer | Mapping[str, Any] | str | Reply | Failure
"""What a function may give: an answer, its fields, the raw text of a reply, or a whole reply or failure."""


class FunctionModel:
    """Answers each request with what `function(request)` gives; the function may be async.

    `name` names the model; `identity` tells its answers apart in the cache, so change it when the function
    answers otherwise than before.
    """

    def __init__(
        self,
        name: str,
        function: Callable[[Request], Given | Awaitable[Given]],
        *,
        identity: str = "",
        profile: Profile | None = None,
    ) -> None:
        self.uri = name
        self.identity = identity or name
        self.profile = profile or Profile(answers="native")
        self._function = function

    async def complete(self, request: Request, /) -> Reply | Failure:
        given = self._function(request)
        return as_reply(await given if inspect.isawaitable(given) else given)

    async def close(self) -> None:
        pass


def as_reply(given: Given) -> Reply | Failure:
    """What a function gave, as a reply or failure."""
    if isinstance(given, (Reply, Failure)):
        return given
    if isinstance(given, str):
        return Reply(text=given)
    if isinstance(given, Answer):
        return Reply(text=given.model_dump_json())
    return Reply(text=json.dumps(dict(given), ensure_ascii=False))
