"""Words for a reader: why a run stopped, why a proposal was rejected, what a step is called."""

STOPPED = {
    "no_improvement": "agreement had stopped improving",
    "rounds": "the rounds asked for were done",
    "max_trials": "the trials that alpha was split over were used up (alpha spent)",
    "nothing_to_try": "nothing was left to try",
    "budget": "the budget was used up",
    "failing": "too many calls failed",
    "stopped_by_reviewer": "the reviewer stopped it",
    "ended_unopened": "the reviewer ended it and left the test split sealed",
    "person": "it tested a person's proposals, and no loop ran",
}
REASONS = {
    "anchor": "the edit did not apply",
    "empty": "it changed nothing",
    "leak": "it copied words out of the data",
    "duplicate": "it repeated another",
    "superseded": "another wording of the change was adopted",
    "other_wording": "another wording of the change had its last trial",
    "retries_exhausted": "its own trials were used up",
    "screened": "no promise on the conversations that it came from",
    "not_asked_for": "nobody in those conversations asked for it",
    "no_evidence": "the trial did not bear it out",
    "harmful": "it did harm",
    "refuted": "people's own words spoke against it",
    "silent": "people's own words took no side",
    "not_bridged": "most people's words support it, but not those of every group",
    "divided": "some groups gain by it and others do not",
    "conflict": "it did not fit, or added nothing, beside another",
    "protected": "the loop may not change that section",
    "set_aside": "a reviewer set it aside",
    "budget": "there was no budget left to try it",
    "alpha_spent": "no alpha was left to try it",
}
STAGES = {
    "screen": "screen",
    "trial": "trial",
    "interaction": "beside the others",
    "regression": "outside its set",
}
ORIGINS = {
    "batch": "batch proposer",
    "conversation": "single-conversation proposer",
    "human": "person who wrote it",
}
LABELS = {"proven": "proven", "likely": "likely", "": ""}
