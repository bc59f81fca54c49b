"""A panel in the layout of the collective-alignment release, so that whatever reads that reads this."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import JsonValue

from ..records import Assessment, Conversation, Message, Panel, RubricItem

COMPARISONS, ANNOTATORS, MERGED = (
    "comparisons.jsonl",
    "annotators.jsonl",
    "merged_comparisons_annotators.jsonl",
)
RUBRICS = "conversation_rubrics.jsonl"
Line = dict[str, JsonValue]


def write_ca1(panel: Panel, folder: Path) -> tuple[Path, ...]:
    """Write the files of the layout into `folder`, and give their paths; the rubrics' where there are any.

    `panel.importers.load.load` reads them back to the same conversations, participants, assessments and rubrics.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [(COMPARISONS, comparisons(panel)), (ANNOTATORS, annotators(panel)), (MERGED, merged(panel))]
    if panel.rubrics:
        files.append((RUBRICS, rubrics(panel)))
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


def rubrics(panel: Panel) -> Iterator[Line]:
    """The criteria of one conversation a line, with people's scores, as the CoVal release writes them."""
    placed: dict[str, list[RubricItem]] = defaultdict(list)
    for item in panel.rubrics:
        placed[item.conversation].append(item)
    for id_, conversation in panel.conversations.items():
        if items := placed[id_]:
            yield {
                "conversation": {
                    "id": id_,
                    "messages": [
                        {"author": {"role": each.role}, "content": {"parts": [each.content]}}
                        for each in conversation.messages
                    ],
                },
                "coval_full": [
                    {
                        "rubric_item_id": each.id,
                        "criterion": each.criterion,
                        **({"author": each.author} if each.author else {}),
                        "scores": [
                            {"annotator_id": who, "score": score} for who, score in each.scores.items()
                        ],
                    }
                    for each in items
                ],
                "coval_core": [{"criterion": each.criterion} for each in items if each.core],
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
