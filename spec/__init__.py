"""The document: sections, edits, examples, redlines and patches. It knows nothing of people or models."""

from .document import Spec, read_spec, write_spec
from .edits import apply, changed_sections, reverse
from .examples import examples, without_examples
from .outline import OutlineRow, outline
from .patch import unified_patch, write_patch
from .records import Authority, Edit, Example, Kind, Operation, Origin, Proposal, Section
from .redline import (
    REDLINE_CSS,
    Hunk,
    SectionRedline,
    Segment,
    redline,
    redline_sections,
    to_html,
    to_plain,
    to_terminal,
)
from .visible import visible

__all__ = [
    "REDLINE_CSS",
    "Authority",
    "Edit",
    "Example",
    "Hunk",
    "Kind",
    "Operation",
    "Origin",
    "OutlineRow",
    "Proposal",
    "Section",
    "SectionRedline",
    "Segment",
    "Spec",
    "apply",
    "changed_sections",
    "examples",
    "outline",
    "read_spec",
    "redline",
    "redline_sections",
    "reverse",
    "to_html",
    "to_plain",
    "to_terminal",
    "unified_patch",
    "visible",
    "without_examples",
    "write_patch",
    "write_spec",
]
