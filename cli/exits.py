"""Exit codes: one for each way in which a command may end."""

DONE, FAILED_OUTSIDE, BAD_INPUT, PAUSED, DOES_NOT_HOLD, INTERRUPTED = 0, 1, 2, 3, 4, 130

TABLE: dict[int, str] = {
    DONE: "done; a run that ended on its budget is done too, and says so",
    FAILED_OUTSIDE: "something outside failed: a server, a disk; what was answered is kept",
    BAD_INPUT: "bad input: one sentence says what, where and what to do",
    PAUSED: "paused: the run waits for a person's decision",
    DOES_NOT_HOLD: "checked, and something does not hold (`concord verify`)",
    INTERRUPTED: "interrupted (Ctrl-C); what was answered is kept",
}
