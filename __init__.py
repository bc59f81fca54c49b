"""Concord revises a behaviour spec until it agrees with people."""

__version__ = "0.1.0"
