"""Every error Concord raises on purpose.

ConcordError
├── InputError              bad input: one clear sentence (what, where, what to do); exit code 2
│   ├── SpecError           a spec that can't be read, a section that isn't there
│   │   └── EditError       an edit that doesn't apply: anchor missing or ambiguous
│   ├── DataError           participant data that can't be used
│   ├── ModelError          an unknown or badly configured base model
│   ├── OptionError         an option out of range, or options that exclude each other
│   └── RunError            a run folder that isn't one, or is of another version
├── CallFailed              a base model's external failure: recorded, retried or carried on from
├── RunFailing              too many of an agent's calls fail: nothing found would mean anything
├── BudgetEnded             the budget for calls, tokens or money is used up
└── SplitReopened              a second opening of the sealed test split within one run (a bug: traceback)
"""


class ConcordError(Exception):
    """The root of the tree."""


class InputError(ConcordError):
    """Bad input. The message is one sentence: what was wrong, where, and what to do. Exit code 2."""


class SpecError(InputError):
    """A spec that can't be read, or a section that isn't there."""


class EditError(SpecError):
    """An edit that doesn't apply to the text it names."""


class DataError(InputError):
    """Participant data that can't be used."""


class ModelError(InputError):
    """A base model that is unknown or badly configured."""


class OptionError(InputError):
    """An option out of range, or options that exclude each other."""


class RunError(InputError):
    """A run folder that isn't one, or was written by another schema version."""


class CallFailed(ConcordError):
    """An external failure of one call to a base model.

    `retryable` tells whether the same request may succeed later; `after` is the wait in seconds that the
    server asked for, or None.
    """

    def __init__(self, message: str, *, retryable: bool = False, after: float | None = None) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.after = after


class RunFailing(ConcordError):
    """Too many calls of an agent fail. What was answered is kept; the run goes on from there when resumed."""


class BudgetEnded(ConcordError):
    """The budget is used up. What was already answered is recorded."""


class SplitReopened(ConcordError):
    """The sealed test split was asked for a second time within one run."""
