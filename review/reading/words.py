"""What the records' words mean to a reader, in sentences."""

from typing import Literal

Status = Literal["waiting", "open", "adopted", "rejected"]

STOPPED = {
    "no_improvement": "agreement had stopped improving",
    "rounds": "the rounds asked for were done",
    "max_trials": "the trials that alpha was split over were used up",
    "nothing_to_try": "nothing was left to try",
    "budget": "the budget was used up",
    "stopped_by_reviewer": "the reviewer stopped it",
}
REASONS = {
    "anchor": "the edit did not apply",
    "empty": "it changed nothing",
    "duplicate": "it repeated another",
    "leak": "it copied words out of the data",
    "screened": "it showed no promise in the screen",
    "no_evidence": "the trial did not bear it out",
    "harmful": "it did harm",
    "refuted": "people's own words spoke against it",
    "silent": "people's own words took no side",
    "conflict": "it added nothing beside another",
    "budget": "there was no budget left to try it",
}
ORIGINS = {
    "batch": "the batch proposer",
    "conversation": "the single-conversation proposer",
    "human": "a person",
}
KINDS = {"clarification": "clarification", "change_of_principle": "change of principle"}
STAGES = {
    "screen": "Screen",
    "trial": "Trial",
    "retest": "Interaction test",
    "outside": "Regression check",
}
STAGE_NOTES = {
    "screen": "a cheap look on conversations that the proposer may see",
    "trial": "both texts, asked afresh, on conversations that the proposer never saw",
    "retest": "beside the other edits adopted in the round",
    "outside": "a search for harm on conversations that it was not meant for",
}
CHOICES = {
    "adopt": ("Adopt", "The edit goes into the text."),
    "reword": (
        "Adopt in my wording",
        "Your text replaces the proposal's. It is tested again before it goes in.",
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
