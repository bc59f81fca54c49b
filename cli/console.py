"""Where commands print: results to stdout, progress and complaints to stderr."""

from ..review.terminal import Terminal


def output() -> Terminal:
    """Where results go."""
    return Terminal()


def messages() -> Terminal:
    """Where progress and complaints go."""
    return Terminal(stderr=True)
