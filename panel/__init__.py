"""The people: conversations, rankings, justifications, importers and splits. It knows no model."""

from typing import TYPE_CHECKING

from ..faces import lazy

if TYPE_CHECKING:
    from .importers.load import load
    from .inspect import Inspection, inspect_panel
    from .leaks import Leaks, find_leaks
    from .ranking import Ranking
    from .records import (
        Assessment,
        BlockName,
        Conversation,
        Judgement,
        Lens,
        Message,
        Panel,
        Participant,
        Problem,
        Response,
        RubricItem,
        Unacceptable,
    )
    from .splits import FoldedSplitter, FoldSplitter, prompt_group
    from .unused import unused_items

__all__ = [
    "Assessment",
    "BlockName",
    "Conversation",
    "FoldSplitter",
    "FoldedSplitter",
    "Inspection",
    "Judgement",
    "Leaks",
    "Lens",
    "Message",
    "Panel",
    "Participant",
    "Problem",
    "Ranking",
    "Response",
    "RubricItem",
    "Unacceptable",
    "find_leaks",
    "inspect_panel",
    "load",
    "prompt_group",
    "unused_items",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "Assessment": ".records",
        "BlockName": ".records",
        "Conversation": ".records",
        "FoldSplitter": ".splits",
        "FoldedSplitter": ".splits",
        "Inspection": ".inspect",
        "Judgement": ".records",
        "Leaks": ".leaks",
        "Lens": ".records",
        "Message": ".records",
        "Panel": ".records",
        "Participant": ".records",
        "Problem": ".records",
        "Ranking": ".ranking",
        "Response": ".records",
        "RubricItem": ".records",
        "Unacceptable": ".records",
        "find_leaks": ".leaks",
        "inspect_panel": ".inspect",
        "load": ".importers.load",
        "prompt_group": ".splits",
        "unused_items": ".unused",
    },
)
