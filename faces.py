"""The face of a room whose parts are heavy: names that are imported when somebody first asks for one."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any


def lazy(room: str, parts: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` for the package `room`. `parts`: name to the module that holds it.

    A name that is also a module's (`spec.redline`) means what the module holds, whatever was imported before.
    """

    def get(name: str) -> Any:
        if name not in parts:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        found = getattr(import_module(parts[name], room), name)
        setattr(sys.modules[room], name, found)
        return found

    def names() -> list[str]:
        return sorted({*vars(sys.modules[room]), *parts})

    class Face(ModuleType):
        def __setattr__(self, name: str, value: Any) -> None:
            # Importing a module binds it in its package: here it would hide the function of that name.
            if name not in parts or not isinstance(value, ModuleType):
                super().__setattr__(name, value)

    sys.modules[room].__class__ = Face
    return get, names
