"""`python:package.module:factory`: a base model that a function of the user's makes."""

import inspect
from importlib import import_module

from ..errors import ModelError
from .config import Settings
from .plug_ins import guarded, held
from .protocol import BaseModel


def open_python(rest: str, settings: Settings) -> BaseModel:
    """What `factory()` or `factory(settings)` returns, checked to be a base model. Raises ModelError."""
    label = f"python:{rest}"
    module_name, _, name = rest.partition(":")
    if not module_name or not name:
        raise ModelError(f"{label} names no function: write python:package.module:factory")
    try:
        module = guarded(label, lambda: import_module(module_name))
    except ModelError as problem:
        if isinstance(problem.__cause__, ImportError):
            raise ModelError(
                f"{label} can't be imported ({problem.__cause__}): check the name and PYTHONPATH"
            ) from None
        raise
    factory = getattr(module, name, None)
    if not callable(factory):
        raise ModelError(f"{label}: {module_name} has no function {name!r}")
    try:
        takes_settings = bool(inspect.signature(factory).parameters)
    except ValueError:
        takes_settings = False
    return held(label, guarded(label, lambda: factory(settings) if takes_settings else factory()))
