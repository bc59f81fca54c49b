"""Participant data written down in a layout that the importers read back."""

from .ca1 import write_ca1

__all__ = ["write_ca1"]
