"""Which people a reviewer is asked to label, and which labels may correct the support share: a draw by chance.

Labels correct a validator's lean only where chance chose who gets one. People stand in an order that is drawn for each
proposal, each with one of their justifications, drawn too. A reviewer's labels count down to the first of these that has
none; who labels the verdicts that look wrong sets those right, and moves no share by it. A participant asked directly counts
wherever they stand.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from ..agents.justifications import one_each
from ..agents.records import Verdict
from ..agreement.stances import Stance
from ..errors import OptionError
from ..records import Record


class Label(Record):
    """What a person says that one justification says to a proposal's intent."""

    proposal: str
    assessment: str
    stance: Stance
    by: str
    """Whose label it is."""


WANTED = 60
"""Labelled people that are asked for: with them the sign of support is right for 98 % of proposals (`concord eval
validator --worlds`)."""


def as_verdicts(
    labels: Iterable[Label], writers: Mapping[str, str], proposals: Iterable[str]
) -> list[Verdict]:
    """Labels as a reviewer's verdicts. `writers`: assessment to participant, of all that may be labelled.

    Raises OptionError for a label on another proposal, or on a justification that isn't there.
    """
    known = set(proposals)
    found = []
    for each in labels:
        if each.proposal not in known:
            raise OptionError(
                f"a label is on the proposal {each.proposal!r}, which is none of these ({', '.join(sorted(known))}): a sheet"
                " goes with the very proposals, spec and data that it was written for"
            )
        if each.assessment not in writers:
            raise OptionError(
                f"a label is on the justification {each.assessment!r}, which the data doesn't have"
            )
        found.append(
            Verdict(
                proposal=each.proposal, assessment=each.assessment, participant=writers[each.assessment],
                stance=each.stance, source=f"reviewer:{each.by}",
            )
        )  # fmt: skip
    return found


def heard(seed: int, verdicts: Iterable[Verdict]) -> dict[str, Verdict]:
    """Person to the validator's verdict on one of their justifications, drawn: a label costs one justification a person.

    In the order in which people are labelled, the same whoever else stands in it.
    """
    found: dict[str, Verdict] = {}
    for each in verdicts:
        before = found.get(each.participant)
        if not each.is_label and (
            before is None or _draw(seed, each, each.assessment) < _draw(seed, before, before.assessment)
        ):
            found[each.participant] = each
    return dict(sorted(found.items(), key=lambda item: _draw(seed, item[1], item[0])))


def counted_labels(seed: int, verdicts: Sequence[Verdict]) -> dict[str, Stance]:
    """Person to the true stance, for those whose label may correct the share. `verdicts`: all on one proposal."""
    labels = [each for each in verdicts if each.is_label]
    direct = {each.participant for each in labels if each.by_participant}
    counted = [each for each in labels if each.by_participant]
    for person, told in heard(seed, verdicts).items():
        if person in direct:
            continue
        own = [each for each in labels if each.assessment == told.assessment]
        if not own:
            break
        counted += own
    return one_each(counted)


def to_label(seed: int, verdicts: Sequence[Verdict], wanted: int = WANTED) -> tuple[str, ...]:
    """Assessments to label next, one a person in the drawn order, until `wanted` people are labelled."""
    labels = [each for each in verdicts if each.is_label]
    direct = {each.participant for each in labels if each.by_participant}
    known = {each.assessment for each in labels}
    rest = [told.assessment for person, told in heard(seed, verdicts).items() if person not in direct]
    return tuple(each for each in rest[: max(0, wanted - len(direct))] if each not in known)


def _draw(seed: int, verdict: Verdict, name: str) -> bytes:
    told = f"{seed}\0label\0{verdict.proposal}\0{name}"
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).digest()
