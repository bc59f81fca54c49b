"""Which text a proposal is shown against."""

from ...spec import Proposal, Spec
from .current import adopted_ids, applied
from .known import Known
from .source import RunSource


def base_of(known: Known, source: RunSource, found: Proposal) -> tuple[Spec | None, str]:
    """The text that it went into, the text as it stands, or the one that it was written for; and a note where that
    isn't the text as it stands. None where it applies to none of them."""
    adopted = adopted_ids(known.decisions)
    if found.id in adopted:
        return known.texts[adopted.index(found.id)], "Against the text that it was adopted into."
    for base, note in (
        (known.current, ""),
        (
            source.spec(found.base),
            "It no longer applies to the text as it stands. Against the text that it was written for:",
        ),
    ):
        if base is not None and applied(base, found) is not None:
            return base, note
    return None, "It doesn't apply to any text of this run."
