"""Asking people, and releasing what they said."""

from typing import TYPE_CHECKING

from ..faces import lazy

if TYPE_CHECKING:
    from .release import release
    from .release_records import Released, Terms

__all__ = ["Released", "Terms", "release"]

__getattr__, __dir__ = lazy(
    __name__,
    {"Released": ".release_records", "Terms": ".release_records", "release": ".release"},
)
