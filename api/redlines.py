"""The difference between two texts, as an object that a notebook shows."""

from dataclasses import dataclass
from pathlib import Path

from ..spec import REDLINE_CSS, Hunk, Spec, read_spec, to_html, to_plain
from ..spec import redline as hunks_of


@dataclass(frozen=True)
class Redline:
    """What changed from one text to another. `str()` marks it `[-out-]{+in+}`; a notebook shows it in colour."""

    hunks: tuple[Hunk, ...]

    def __bool__(self) -> bool:
        return bool(self.hunks)

    def __str__(self) -> str:
        return to_plain(self.hunks)

    def _repr_html_(self) -> str:
        if not self.hunks:
            return "<p>The two texts are the same.</p>"
        return f"<style>{REDLINE_CSS}</style>{to_html(self.hunks)}"


def redline(before: Spec | Path | str, after: Spec | Path | str) -> Redline:
    """Word-level differences between two specs: objects, or paths of files. Raises SpecError."""
    old, new = (one if isinstance(one, Spec) else read_spec(Path(one)) for one in (before, after))
    return Redline(hunks_of(old.text, new.text))
