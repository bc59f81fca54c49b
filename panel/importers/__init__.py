"""Reading participant data: one file a layout."""

from typing import TYPE_CHECKING

from ...faces import lazy

if TYPE_CHECKING:
    from .load import load

__all__ = [
    "load",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "load": ".load",
    },
)
