"""The simulated reader of a planted world as a base model that any process can open: `python:concord.evals.scale_reader:reader`."""

from functools import lru_cache

from ..errors import ModelError
from ..models.config import Settings
from ..models.protocol import BaseModel
from .synthetic.config import Shape, shaped
from .synthetic.model import SimulatedModel
from .synthetic.world import World, make_world

URI = f"python:{__name__}:reader"
_SHAPES: tuple[Shape, ...] = ("small", "ca1", "sixty")


def reader(settings: Settings) -> BaseModel:
    """The reader of the world that `extra_body` names by `shape` and `seed`. Raises ModelError for another."""
    shape, seed = settings.extra_body.get("shape", "small"), settings.extra_body.get("seed", 0)
    known = next((each for each in _SHAPES if each == shape), None)
    if known is None or not isinstance(seed, int):
        raise ModelError(f"{URI}: extra_body names no world by shape ({', '.join(_SHAPES)}) and seed")
    return SimulatedModel(world(known, seed))


@lru_cache(maxsize=1)
def world(shape: Shape, seed: int) -> World:
    return make_world(shaped(shape), seed)
