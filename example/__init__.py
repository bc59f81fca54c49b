"""The bundled example: a spec, people who part from it in planted places, and the generator that made them."""

from typing import TYPE_CHECKING

from ..faces import lazy

if TYPE_CHECKING:
    from .generate import World, write_world
    from .talks import NOTICE
    from .world import Place, example_spec, planted, true_spec

__all__ = [
    "NOTICE",
    "Place",
    "World",
    "example_spec",
    "planted",
    "true_spec",
    "write_world",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "NOTICE": ".talks",
        "Place": ".world",
        "World": ".generate",
        "example_spec": ".world",
        "planted": ".world",
        "true_spec": ".world",
        "write_world": ".generate",
    },
)
