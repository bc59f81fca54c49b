"""Personal data in a panel's words: found, told, and masked where the words are a participant's own."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from ..panel.records import Assessment, Conversation, Judgement, Message, Panel, Participant, Unacceptable
from ..panel.scanning import Kind, masked, scan
from ..records import Record

_TEXT_LENGTH = 60
_KNOWN_TEXT = ("ideal-model-behavior",)
"""CA-1's attribute in people's own words."""
_SHOWN = 60


class Find(Record):
    """Something personal in a text, for a person to look at."""

    kind: Kind
    where: str
    """The released id of the conversation or the participant, and the field."""
    by: Literal["participant", "study"]
    """Whose words they are: only participants' are ever masked."""
    text: str
    """The find with a few words around it."""
    masked: bool


def free_text(people: Mapping[str, Mapping[str, str]], named: Sequence[str] = ()) -> tuple[str, ...]:
    """Attributes in people's own words: those named, CA-1's, and those whose values are long on average."""
    values: dict[str, list[int]] = {}
    for told in people.values():
        for name, value in told.items():
            values.setdefault(name, []).append(len(value))
    return tuple(
        name
        for name, sizes in values.items()
        if name in named or name in _KNOWN_TEXT or sum(sizes) / len(sizes) > _TEXT_LENGTH
    )


def searched(
    panel: Panel,
    texts: Sequence[str],
    *,
    search: Sequence[Kind],
    mask: Sequence[Kind],
    regions: Sequence[str],
) -> tuple[Panel, tuple[Find, ...]]:
    """The panel with finds of the kinds `mask` masked in people's words, and every find of the kinds `search`: there,
    and in prompts and responses. `texts` are the demographic attributes in people's own words; `regions` as in `scan`.
    """
    finds: list[Find] = []

    def clean(text: str, where: str, by: Literal["participant", "study"] = "participant") -> str:
        spans = scan(text, regions=regions, kinds=search) if search and text else ()
        for span in spans:
            hidden = by == "participant" and span.kind in mask
            around = text[max(0, span.start - _SHOWN // 2) : span.end + _SHOWN // 2]
            finds.append(
                Find(kind=span.kind, where=where, by=by, text=re.sub(r"\s+", " ", around), masked=hidden)
            )
        return masked(text, [span for span in spans if span.kind in mask]) if by == "participant" else text

    for id_, conversation in panel.conversations.items():
        for message in _messages(conversation):
            clean(message.content, f"{id_} text", "study")
    people = {
        id_: Participant(
            id=id_,
            demographics={
                name: clean(value, f"{id_} {name}") if name in texts else value
                for name, value in one.demographics.items()
            },
        )
        for id_, one in panel.participants.items()
    }
    assessments = tuple(_cleaned(each, clean) for each in panel.assessments)
    rubrics = tuple(
        one.model_copy(
            update={
                "criterion": clean(
                    one.criterion, f"criterion {one.id}", "participant" if one.author else "study"
                )
            }
        )
        for one in panel.rubrics
    )
    return (
        panel.model_copy(update={"participants": people, "assessments": assessments, "rubrics": rubrics}),
        tuple(finds),
    )


def _cleaned(one: Assessment, clean: Callable[[str, str], str]) -> Assessment:
    where = f"{one.participant} on {one.conversation}"

    def said(judgement: Judgement | None) -> Judgement | None:
        return judgement and Judgement(ranking=judgement.ranking, rationale=clean(judgement.rationale, where))

    flags = one.unacceptable
    return one.model_copy(
        update={
            "world": said(one.world),
            "personal": said(one.personal),
            "unacceptable": flags
            and Unacceptable(
                labels=flags.labels, rationale=clean(flags.rationale, f"{where} (unacceptable)")
            ),
        }
    )


def _messages(conversation: Conversation) -> Iterator[Message]:
    yield from conversation.messages
    for response in conversation.responses:
        yield from response.messages
