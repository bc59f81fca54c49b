"""The document: sections, edits, examples, redlines and patches. It knows nothing of people or models."""

from .changes import Comparison, Passage, SectionChange
from .comparison import compare
from .derive import SectionEdits, derive_edits, edited_copy
from .document import Spec, read_spec, write_spec
from .edits import apply, changed_sections
from .examples import examples, without_examples
from .flags import Flag, flags, flags_between
from .modality import modal_words
from .outline import OutlineRow, outline
from .pairing import moved_sections, pair_sections
from .patch import unified_patch, write_patch
from .placement import PlacementProblem, allowed_authority, lowered, placement_problems
from .problems import SpecProblem, problems
from .records import Authority, Edit, Example, Kind, Operation, Origin, Proposal, Section
from .redline import REDLINE_CSS, Hunk, Redline, redline, to_html, to_plain, to_terminal
from .rendering import COMPARISON_CSS, comparison_html, comparison_plain, comparison_terminal
from .reversal import reverse
from .unified import read_unified_diff
from .visible import visible, write_text
from .wording import Segment

__all__ = [
    "COMPARISON_CSS",
    "REDLINE_CSS",
    "Authority",
    "Comparison",
    "Edit",
    "Example",
    "Flag",
    "Hunk",
    "Kind",
    "Operation",
    "Origin",
    "OutlineRow",
    "Passage",
    "PlacementProblem",
    "Proposal",
    "Redline",
    "Section",
    "SectionChange",
    "SectionEdits",
    "Segment",
    "Spec",
    "SpecProblem",
    "allowed_authority",
    "apply",
    "changed_sections",
    "compare",
    "comparison_html",
    "comparison_plain",
    "comparison_terminal",
    "derive_edits",
    "edited_copy",
    "examples",
    "flags",
    "flags_between",
    "lowered",
    "modal_words",
    "moved_sections",
    "outline",
    "pair_sections",
    "placement_problems",
    "problems",
    "read_spec",
    "read_unified_diff",
    "redline",
    "reverse",
    "to_html",
    "to_plain",
    "to_terminal",
    "unified_patch",
    "visible",
    "without_examples",
    "write_patch",
    "write_spec",
    "write_text",
]
