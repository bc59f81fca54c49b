"""`embedded`: a small rule-based reader, there so that everything runs with no key.

It knows the behaviours of one TOML table: by which phrases responses show them, and by which words rules and
justifications name them. `embedded:PATH.toml` reads with another table.
"""

from pathlib import Path

from ..protocol import BaseModel
from .model import NOTICE, EmbeddedModel
from .table import load_table, shipped_table

__all__ = ["NOTICE", "EmbeddedModel", "open_embedded"]


def open_embedded(rest: str, settings: object = None) -> BaseModel:  # noqa: ARG001 - it has no settings
    """The base model behind `embedded` (`rest` empty) or `embedded:PATH.toml` (`rest` the path).

    Raises ModelError for a table that can't be read.
    """
    if not rest:
        return EmbeddedModel("embedded", shipped_table())
    return EmbeddedModel(f"embedded:{rest}", load_table(Path(rest).expanduser()))
