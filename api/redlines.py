"""The difference between two specs."""

from pathlib import Path

from ..spec import Redline, Spec, read_spec


def redline(before: Spec | Path | str, after: Spec | Path | str) -> Redline:
    """What changed between two specs: objects, or paths of files. Raises SpecError.

    `print` shows it plainly, a notebook in colour; `comparison` holds it section by section.
    """
    old, new = (one if isinstance(one, Spec) else read_spec(one) for one in (before, after))
    return Redline.of(old, new)
