"""The end of a reviewer's round: the choices that answer what a paused run asks."""

from collections.abc import Callable, Mapping

from ..errors import OptionError
from ..records import Record
from ..store.runs import RunFolder
from .desk import Choice
from .reading.run import RunReading


class Handed(Record):
    """What a reviewer says to a paused run's question about one proposal."""

    decision: str
    """adopt, defer, set_aside or end_sealed."""
    name: str
    note: str


GoOn = Callable[[RunFolder, Mapping[str, Handed]], None]
"""Takes a paused run up again with answers by proposal; returns at its end or at the next question."""

TO_THE_LOOP: Mapping[Choice, str] = {
    "adopt": "adopt", "defer": "defer", "set_aside": "set_aside", "reword": "defer", "insist": "defer", "end": "end_sealed",
}  # fmt: skip
"""A choice as the loop hears it. A reviewer's own wording is tested as a proposal of its own: this one is put off."""


def close_round(reading: RunReading, *, asked: str) -> dict[str, Handed]:
    """Answers by proposal, from the choices that stand; they can't be undone from here on.

    `asked` is the proposal that the reviewer was shown: raises OptionError where the run asks another one by now,
    or where nobody decided on it.
    """
    question = reading.known.asked
    if question is None:
        raise OptionError("the run asks nothing: it has come to its end, or is going on")
    if question.proposal != asked:
        raise OptionError("the run asks about another proposal by now: look at it first")
    standing = reading.desk.standing()
    entry = standing.get(asked)
    filed = reading.known.filed
    if filed is not None and filed.proposal == asked:
        if entry is not None and TO_THE_LOOP.get(entry.choice) != filed.decision:
            raise OptionError(
                f"{filed.name} answered this question at a terminal ({filed.decision}): take your choice back, or replace "
                "the answer there"
            )
        return {}
    if entry is None or entry.choice not in TO_THE_LOOP:
        raise OptionError(
            "decide on the proposal that the run asks about first; a question to a colleague waits"
        )
    handed = {id_: each for id_, each in standing.items() if each.choice in TO_THE_LOOP}
    reading.desk.close(handed.values())
    return {
        id_: Handed(decision=TO_THE_LOOP[each.choice], name=each.name, note=each.reason)
        for id_, each in handed.items()
    }
