"""The command line: a thin command for each use."""

from .app import main

__all__ = ["main"]
