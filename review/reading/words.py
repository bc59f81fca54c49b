"""What the records' words mean to a reader, in sentences."""

from typing import Literal

from ..words import REASONS, STOPPED

__all__ = ["CHOICES", "KINDS", "NODES", "ORIGINS", "REASONS", "STAGES", "STAGE_NOTES", "STOPPED", "Status"]

Status = Literal["waiting", "open", "adopted", "rejected"]


ORIGINS = {
    "batch": "the batch proposer",
    "conversation": "the single-conversation proposer",
    "human": "a person",
}
KINDS = {"clarification": "clarification", "change_of_principle": "change of principle"}
STAGES = {
    "screen": "Screen",
    "trial": "Trial",
    "interaction": "Interaction test",
    "regression": "Regression check",
}
NODES = {"screen": "screen", "trial": "trial", "interaction": "decide", "regression": "decide"}
"""Test to the node of the loop under which its calls are filed."""
STAGE_NOTES = {
    "screen": "a cheap look on conversations that the proposer may see",
    "trial": "both texts, asked afresh, on conversations that the proposer never saw",
    "interaction": "beside the other edits adopted in the round",
    "regression": "a search for harm on conversations that it was not meant for",
}
CHOICES = {
    "adopt": ("Adopt", "The edit goes into the text."),
    "reword": (
        "Adopt in my wording",
        "Your text replaces the proposal's. It is tested again before it goes in.",
    ),
    "insist": (
        "Adopt my wording all the same",
        "It goes into the text as your decision, without evidence, and is labelled so.",
    ),
    "defer": ("Not now", "It stays on the docket, and may come back in a later run."),
    "set_aside": ("Never", "It is set aside, in these words or in others: proposers are told so."),
    "ask": ("Ask a colleague", "A note that waits for another name. Nothing is decided."),
    "end": (
        "End without opening the sealed test",
        "The loop ends here. What waits is put off, and the sealed test stays shut for a later run.",
    ),
}
"""A reviewer's choices: the name of each and what it does."""
