"""How far a response meets a criterion, and a response that does what the sections ask: by the table alone."""

from collections.abc import Sequence

from pydantic import JsonValue

from .asked import CriterionData, MessageData, ResponseData, SectionData
from .reader import Reader
from .stance import denied
from .table import Table
from .wording import normal


def met(criterion: str, response: str, table: Table) -> tuple[float, str]:
    """The share of the behaviours that a criterion names which the response shows, with a reason.

    A criterion that denies ("does not …") is met where none of them is shown. One that names nothing known: 0.
    """
    text = normal(criterion)
    named = {name for _, _, name in table.named(text)}
    if not named:
        return 0.0, "It names nothing that this reader knows."
    shown = named & table.shown(response)
    told = f"It shows {', '.join(sorted(shown)) or 'nothing'} of {', '.join(sorted(named))}."
    share = len(shown) / len(named)
    return (float(not shown) if denied(text) else share), told


def grades(
    criteria: Sequence[CriterionData], responses: Sequence[ResponseData], table: Table
) -> list[JsonValue]:
    """A grade for every criterion and response."""
    found: list[JsonValue] = []
    for criterion in criteria:
        for response in responses:
            share, reason = met(criterion.text, response.text, table)
            found.append(
                {"criterion": criterion.key, "response": response.label, "reason": reason, "met": share}
            )
    return found


def respond(reader: Reader, sections: Sequence[SectionData], messages: Sequence[MessageData]) -> str:
    """A response in set phrases that shows each behaviour which the rules in force ask for, and no other."""
    rules = reader.in_force(sections, messages)
    asked = [one for one in reader.table.behaviours if one.name in rules and rules[one.name].rule.weight > 0]
    cues = [one.phrases[0].rstrip("* ") for one in asked]
    said = [f"{cue[:1].upper()}{cue[1:].rstrip('.')}." for cue in cues]
    return " ".join(["This is what there is to say.", *said])
