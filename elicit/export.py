"""What people gave, in the layout of the collective-alignment release: at any moment, from what stands then."""

import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import OptionError
from ..panel.records import Conversation, Response
from ..records import Record, content_id
from ..store.runs import write_atomically
from .answers import Answer
from .records import Item, Study
from .steps.opening import About
from .steps.ranking import Personal, Rank, flagged, ranking_of
from .steps.rubric import Rubric
from .study_store import StudyStore
from .votes import vote_lines
from .votes_step import VOTE

COMPARISONS, ANNOTATORS, RUBRICS = "comparisons.jsonl", "annotators.jsonl", "conversation_rubrics.jsonl"
SYNTHETIC = (
    "This data is synthetic: it was collected from scripted people, nothing in it was said by a person."
)
VOTES = "votes.jsonl"
"""Of a study on proposals: one vote a line."""
_OPINIONS = ("importance", "representativeness", "subjectivity")

Given = Mapping[str, Any]


class Exported(Record):
    """What went into an export."""

    conversations: int
    people: int
    assessments: int
    late: int
    """Answers that were left out, or taken in, because they came after the study was closed."""


class _People:
    """Standing answers, by participant and step."""

    def __init__(self, store: StudyStore, *, late: bool) -> None:
        self.study = store.study
        self.late = 0
        self.given: dict[str, dict[str, Answer]] = defaultdict(dict)
        for each in store.all_standing():
            if not each.complete or not each.counts:
                continue
            self.late += each.late
            if late or not each.late:
                self.given[each.participant][each.step] = store.answer(each.answer)
        self.order = [seat.participant for seat in sorted(store.seats.find(), key=lambda seat: seat.number)]

    def of(self, participant: str, kind: str, item: str = "") -> Given | None:
        found = self.given.get(participant, {}).get(f"{kind}/{item}" if item else kind)
        return None if found is None else found.value

    def assessed(self, item: Item) -> list[dict[str, Any]]:
        """The assessments of one item, in the order of the seats."""
        return [
            assessment
            for who in self.order
            if (assessment := _assessment(self.study, who, item, self)) is not None
        ]


def export_files(store: StudyStore, *, late: bool = False) -> tuple[dict[str, bytes], Exported]:
    """Name to content of the files of an export. `late`: with what was sent after the study was closed."""
    people = _People(store, late=late)
    study = store.study
    talks = [(item, item.conversation) for item in study.items if item.conversation is not None]
    assessed = {item.id: people.assessed(item) for item, _ in talks}
    files = {
        COMPARISONS: _lines(_comparison(study, item, talk, assessed[item.id]) for item, talk in talks),
        ANNOTATORS: _lines(_annotators(people, assessed)),
        RUBRICS: _lines(_rubrics(people, item, talk) for item, talk in talks),
    }
    if any(item.kind == VOTE for item in study.items):
        files[VOTES] = vote_lines(store, late=late)
    told = Exported(
        conversations=len(talks),
        people=len({each["annotator_id"] for found in assessed.values() for each in found}),
        assessments=sum(map(len, assessed.values())),
        late=people.late,
    )
    return files, told


def export_study(store: StudyStore, out: Path, *, late: bool = False) -> Exported:
    """Write the files of an export into `out`, which is made if need be. Raises OptionError where it can't be."""
    files, told = export_files(store, late=late)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            write_atomically(out / name, content)
    except OSError as problem:
        raise OptionError(f"{out}: the export can't be written there ({problem.strerror})") from None
    return told


def export_zip(store: StudyStore) -> bytes:
    """The files of an export in one archive, as they are now."""
    files, _ = export_files(store)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _comparison(
    study: Study, item: Item, talk: Conversation, assessments: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    line: dict[str, Any] = {
        "prompt_id": item.id,
        "prompt": {"messages": [message.model_dump() for message in talk.messages]},
        "responses": [_response(item, response) for response in talk.responses],
        "metadata": {"assessments": list(assessments)},
    }
    if study.synthetic:
        line |= {"synthetic": True, "notice": SYNTHETIC}
    return line


def _response(item: Item, response: Response) -> dict[str, Any]:
    line: dict[str, Any] = {
        "response_index": response.label,
        "messages": [message.model_dump() for message in response.messages],
    }
    if response.origin:
        line["origin"] = response.origin
    if (source := item.sources.get(response.label)) is not None:
        line["provenance"] = source.model_dump()
    return line


def _assessment(study: Study, who: str, item: Item, people: _People) -> dict[str, Any] | None:
    first = people.of(who, Rank.name, item.id)
    if first is None:
        return None
    blocks: dict[str, list[dict[str, Any]]] = {"unacceptable": [], "personal": [], "world": []}
    blocks[study.blocks[0]] = [_block(first)]
    if len(study.blocks) > 1 and (second := people.of(who, Personal.name, item.id)) is not None:
        blocks[study.blocks[1]] = [_block(second)]
    flags = flagged(first["tiers"])
    blocks["unacceptable"] = [
        {
            "rating": [f"{label} is unacceptable" for label in flags],
            "rationale": first["why"] if flags else "",
        }
    ]
    answers = first.get("answers", {})
    told = {name: answers.get(name, "") for name in _OPINIONS}
    more = {name: answer for name, answer in answers.items() if name not in told}
    return {
        "annotator_id": who, "conversation_id": item.id, **told, **({"answers": more} if more else {}),
        "ranking_blocks": blocks,
    }  # fmt: skip


def _block(given: Given) -> dict[str, Any]:
    return {"ranking": str(ranking_of(given["tiers"])), "rationale": given["why"]}


def _annotators(
    people: _People, assessed: Mapping[str, Sequence[dict[str, Any]]]
) -> Iterator[dict[str, Any]]:
    """A line for everybody who ranked something; who answered nothing else has no demographics."""
    own: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for found in assessed.values():
        for each in found:
            own[each["annotator_id"]].append(each)
    for who in people.order:
        if who in own:
            about = people.of(who, About.name)
            yield {
                "annotator_id": who,
                "demographics": dict(about["answers"]) if about else {},
                "assessments": own[who],
            }


def _rubrics(people: _People, item: Item, talk: Conversation) -> dict[str, Any]:
    """Written items with everybody's scores, then people's own, each with its author's."""
    given = [
        (who, found) for who in people.order if (found := people.of(who, Rubric.name, item.id)) is not None
    ]
    full: list[dict[str, Any]] = [
        {
            "rubric_item_id": rubric.id, "criterion": rubric.criterion,
            "scores": [
                {"annotator_id": who, "score": found["scores"][rubric.id]} for who, found in given if rubric.id in found["scores"]
            ],
        }
        for rubric in item.rubrics
    ]  # fmt: skip
    for who, found in given:
        for own in found["own"]:
            if own["score"] is not None:
                full.append(
                    {
                        "rubric_item_id": content_id("own rubric", item.id, who, own["criterion"]),
                        "criterion": own["criterion"], "author": who,
                        "scores": [{"annotator_id": who, "score": own["score"]}],
                    }
                )  # fmt: skip
    return {
        "conversation": {
            "id": item.id,
            "messages": [
                {"author": {"role": message.role}, "content": {"parts": [message.content]}} for message in talk.messages
            ],
        },
        "coval_full": full,
        "coval_core": [{"criterion": rubric.criterion} for rubric in item.rubrics],
    }  # fmt: skip


def _lines(rows: Iterator[dict[str, Any]]) -> bytes:
    return b"".join(
        json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"
        for row in rows
    )
