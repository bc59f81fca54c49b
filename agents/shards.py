"""Cutting work so that every prompt stays within its bounds."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from ..models.caller import Caller
from ..models.protocol import Request
from ..models.tokens import tokens

FENCED = 30
"""Tokens that the fence and the name around a text take, about."""

T = TypeVar("T")


def prompt_bound(caller: Caller, most: int) -> int:
    """The tokens that a prompt may have: `most`, or three quarters of the model's context where that is less."""
    context = caller.model.profile.context_tokens
    return min(most, context * 3 // 4) if context else most


def prompt_tokens(request: Request) -> int:
    """About how many tokens a request's prompt has."""
    return tokens(request.system) + tokens(request.user)


def packed(items: Sequence[T], cost: Callable[[T], int], *, bound: int, most: int) -> list[list[T]]:
    """`items` in their order, cut into shards of at most `most` items that cost at most `bound` together.

    An item that costs more by itself is a shard of its own.
    """
    shards: list[list[T]] = []
    size = 0
    for item in items:
        price = cost(item)
        if not shards or len(shards[-1]) >= most or size + price > bound:
            shards.append([])
            size = 0
        shards[-1].append(item)
        size += price
    return shards
