"""`python:package.module:factory`: a base model that a function of the user's makes."""

import inspect
from importlib import import_module

from ..errors import ModelError
from .config import Settings
from .protocol import BaseModel


def open_python(rest: str, settings: Settings) -> BaseModel:
    """What `factory()` or `factory(settings)` returns, checked to be a base model. Raises ModelError."""
    module_name, _, name = rest.partition(":")
    if not module_name or not name:
        raise ModelError(f"python:{rest} names no function: write python:package.module:factory")
    try:
        module = import_module(module_name)
    except ImportError as problem:
        raise ModelError(
            f"python:{rest} can't be imported ({problem}): check the name and PYTHONPATH"
        ) from None
    factory = getattr(module, name, None)
    if not callable(factory):
        raise ModelError(f"python:{rest}: {module_name} has no function {name!r}")
    try:
        takes_settings = bool(inspect.signature(factory).parameters)
    except ValueError:
        takes_settings = False
    model = factory(settings) if takes_settings else factory()
    if not isinstance(model, BaseModel):
        raise ModelError(
            f"python:{rest} made a {type(model).__name__}, which is no base model: it needs uri, identity, "
            "profile, submit, collect and close (see concord.models.protocol)"
        )
    return model
