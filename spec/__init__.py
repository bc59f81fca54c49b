"""The document: sections, edits, examples, redlines and patches. It knows nothing of people or models."""

from typing import TYPE_CHECKING

from ..faces import lazy

if TYPE_CHECKING:
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

__getattr__, __dir__ = lazy(
    __name__,
    {
        "Authority": ".records",
        "COMPARISON_CSS": ".rendering",
        "Comparison": ".changes",
        "Edit": ".records",
        "Example": ".records",
        "Flag": ".flags",
        "Hunk": ".redline",
        "Kind": ".records",
        "Operation": ".records",
        "Origin": ".records",
        "OutlineRow": ".outline",
        "Passage": ".changes",
        "PlacementProblem": ".placement",
        "Proposal": ".records",
        "REDLINE_CSS": ".redline",
        "Redline": ".redline",
        "Section": ".records",
        "SectionChange": ".changes",
        "SectionEdits": ".derive",
        "Segment": ".wording",
        "Spec": ".document",
        "SpecProblem": ".problems",
        "allowed_authority": ".placement",
        "apply": ".edits",
        "changed_sections": ".edits",
        "compare": ".comparison",
        "comparison_html": ".rendering",
        "comparison_plain": ".rendering",
        "comparison_terminal": ".rendering",
        "derive_edits": ".derive",
        "edited_copy": ".derive",
        "examples": ".examples",
        "flags": ".flags",
        "flags_between": ".flags",
        "lowered": ".placement",
        "modal_words": ".modality",
        "moved_sections": ".pairing",
        "outline": ".outline",
        "pair_sections": ".pairing",
        "placement_problems": ".placement",
        "problems": ".problems",
        "read_spec": ".document",
        "read_unified_diff": ".unified",
        "redline": ".redline",
        "reverse": ".reversal",
        "to_html": ".redline",
        "to_plain": ".redline",
        "to_terminal": ".redline",
        "unified_patch": ".patch",
        "visible": ".visible",
        "without_examples": ".examples",
        "write_patch": ".patch",
        "write_spec": ".document",
        "write_text": ".visible",
    },
)
