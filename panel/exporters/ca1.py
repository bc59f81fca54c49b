"""A panel in the layout of the collective-alignment release, so that whatever reads that reads this."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import JsonValue

from ..records import Assessment, Conversation, Message, Panel

COMPARISONS, ANNOTATORS, MERGED = (
    "comparisons.jsonl",
    "annotators.jsonl",
    "merged_comparisons_annotators.jsonl",
)
Line = dict[str, JsonValue]


def write_ca1(panel: Panel, folder: Path) -> tuple[Path, ...]:
    """Write the three files of the layout into `folder`, and give their paths.

    `panel.importers.load.load` reads them back to the same conversations, participants and assessments.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = ((COMPARISONS, comparisons(panel)), (ANNOTATORS, annotators(panel)), (MERGED, merged(panel)))
    for name, lines in files:
        with (folder / name).open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    return tuple(folder / name for name, _ in files)


def comparisons(panel: Panel) -> Iterator[Line]:
    """One prompt a line, with its responses and every assessment of it."""
    told = _by(panel.assessments, "conversation")
    for id_, conversation in panel.conversations.items():
        yield {
            "prompt_id": id_,
            "prompt": {"messages": _messages(conversation.messages)},
            "responses": [
                {
                    "response_index": each.label,
                    "messages": _messages(each.messages),
                    **({"origin": each.origin} if each.origin else {}),
                }
                for each in conversation.responses
            ],
            "metadata": {
                **({"notice": panel.notice} if panel.notice else {}),
                "assessments": [
                    {"annotator_id": each.participant, **_evidence(each)} for each in told.get(id_, ())
                ],
            },
        }


def annotators(panel: Panel) -> Iterator[Line]:
    """One participant a line: demographics, and the same assessments again."""
    told = _by(panel.assessments, "participant")
    for id_, participant in panel.participants.items():
        yield {
            "annotator_id": id_,
            "demographics": dict(participant.demographics),
            "assessments": [
                {"conversation_id": each.conversation, **_evidence(each)} for each in told.get(id_, ())
            ],
        }


def merged(panel: Panel) -> Iterator[Line]:
    """One assessment a line, with its person and the size of its conversation."""
    shapes = {id_: _shape(conversation) for id_, conversation in panel.conversations.items()}
    for each in panel.assessments:
        yield {
            "prompt_id": each.conversation,
            "annotator_id": each.participant,
            "demographics": dict(panel.participants[each.participant].demographics),
            **_evidence(each),
            **shapes[each.conversation],
        }


def _by(assessments: Iterable[Assessment], key: str) -> Mapping[str, list[Assessment]]:
    found: dict[str, list[Assessment]] = defaultdict(list)
    for each in assessments:
        found[getattr(each, key)].append(each)
    return found


def _messages(messages: Iterable[Message]) -> list[JsonValue]:
    return [{"role": each.role, "content": each.content} for each in messages]


def _evidence(one: Assessment) -> Line:
    blocks: Line = {
        "unacceptable": [
            {
                "rating": [f"{label} is unacceptable" for label in one.unacceptable.labels],
                "rationale": one.unacceptable.rationale,
            }
        ]
        if one.unacceptable
        else []
    }
    for name in ("personal", "world"):
        said = one.personal if name == "personal" else one.world
        blocks[name] = [{"ranking": str(said.ranking), "rationale": said.rationale}] if said else []
    return {
        "importance": one.importance,
        "representativeness": one.representativeness,
        "subjectivity": one.subjectivity,
        "ranking_blocks": blocks,
    }


def _shape(conversation: Conversation) -> Line:
    roles = [each.role for each in conversation.messages]
    asked, answered = roles.count("user"), roles.count("assistant")
    return {
        "num_candidates": len(conversation.responses),
        "turns_user": asked,
        "turns_assistant": answered,
        "assistant_turn_share": round(answered / len(roles), 6) if roles else 0.0,
    }
