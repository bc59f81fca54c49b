"""The face of a room whose parts are heavy: names that are imported when somebody first asks for one."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy(room: str, parts: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` for the package `room`. `parts`: name to the module that holds it."""

    def get(name: str) -> Any:
        if name not in parts:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        found = getattr(import_module(parts[name], room), name)
        setattr(sys.modules[room], name, found)
        return found

    def names() -> list[str]:
        return sorted({*vars(sys.modules[room]), *parts})

    return get, names
