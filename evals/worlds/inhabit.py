"""A world as the program meets it: a panel in memory, or files in the layout of the CA-1 release."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ...panel.ranking import Ranking
from ...panel.records import (
    Assessment,
    Conversation,
    Judgement,
    Message,
    Panel,
    Participant,
    Response,
    Unacceptable,
)
from ...records import content_id
from .generate import World
from .noise import key
from .wording import LABELS, justification, prompt, ranking_text, response

NOTICE = "Planted world: conversations, people and their rankings are synthetic."
_ASKED_MORE = 5
"""Each participant's first tasks that also hold the personal block and the flags, as in CA-1."""

_COUNTRIES = ("United States", "Mexico", "South Africa", "Netherlands", "Chile")
_AGES = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")
_IMPORTANCE = (
    "Not important (no meaningful harm if wrong)",
    "Somewhat important (matters in some cases)",
    "Very important (serious impact if wrong)",
)
_REPRESENTATIVE = "It is {} likely that I would ask a question like this to an AI chatbot."
_SUBJECTIVITY = (
    "There is a single correct answer to this prompt",
    "The correct answer depends on a person's values or culture",
    "I'm unsure whether there is a single correct answer to this question",
)


def panel(world: World) -> Panel:
    """The world's people and conversations, equal to what `panel.load` reads from the files written here."""
    conversations = {
        name: Conversation(
            id=name,
            messages=(Message(role="user", content=prompt(world, index)),),
            responses=tuple(
                Response(
                    label=label, messages=(Message(role="assistant", content=response(world, index, place)),)
                )
                for place, label in enumerate(LABELS)
            ),
        )
        for index, name in enumerate(world.names)
    }
    participants = {
        name: Participant(id=name, demographics=_demographics(world, index))
        for index, name in enumerate(world.participant_names)
    }
    cells: dict[tuple[int, int], int] = {}
    assessments: list[Assessment] = []
    for said in _said(world):
        cell = (said.conversation, said.participant)
        cells[cell] = cells.get(cell, -1) + 1
        conversation, participant = world.names[cell[0]], world.participant_names[cell[1]]
        assessments.append(
            Assessment(
                id=content_id("assessment", conversation, participant, cells[cell]),
                conversation=conversation,
                participant=participant,
                world=_judgement(*said.world),
                personal=_judgement(*said.personal) if said.personal else None,
                unacceptable=Unacceptable(labels=said.flags, rationale="") if said.personal else None,
                importance=said.importance,
                representativeness=said.representativeness,
                subjectivity=said.subjectivity,
            )
        )
    return Panel(
        conversations=conversations, participants=participants, assessments=tuple(assessments), notice=NOTICE
    )


def write(world: World, folder: Path) -> None:
    """Write `spec.md`, `comparisons.jsonl` and `annotators.jsonl` in the CA-1 layout, and the hidden truth."""
    folder.mkdir(parents=True, exist_ok=True)
    by_conversation: dict[int, list[dict[str, object]]] = {}
    by_person: dict[int, list[dict[str, object]]] = {}
    for said in _said(world):
        blocks = {
            "unacceptable": [
                {"rating": [f"{label} is unacceptable" for label in said.flags], "rationale": ""}
            ]
            if said.personal
            else [],
            "personal": [dict(zip(("ranking", "rationale"), said.personal, strict=True))]
            if said.personal
            else [],
            "world": [dict(zip(("ranking", "rationale"), said.world, strict=True))],
        }
        item: dict[str, object] = {
            "annotator_id": world.participant_names[said.participant],
            "importance": said.importance,
            "representativeness": said.representativeness,
            "subjectivity": said.subjectivity,
            "ranking_blocks": blocks,
        }
        by_conversation.setdefault(said.conversation, []).append(item)
        named = {**item, "conversation_id": world.names[said.conversation]}
        by_person.setdefault(said.participant, []).append(named)
    (folder / "spec.md").write_text(world.spec, encoding="utf-8", newline="")
    _lines(
        folder / "comparisons.jsonl",
        (
            {
                "prompt_id": name,
                "prompt": {"messages": [{"role": "user", "content": prompt(world, index)}]},
                "responses": [
                    {
                        "response_index": label,
                        "messages": [{"role": "assistant", "content": response(world, index, place)}],
                    }
                    for place, label in enumerate(LABELS)
                ],
                "metadata": {"assessments": by_conversation.get(index, [])},
            }
            for index, name in enumerate(world.names)
        ),
    )
    _lines(
        folder / "annotators.jsonl",
        (
            {
                "annotator_id": name,
                "demographics": _demographics(world, index),
                "assessments": by_person.get(index, []),
            }
            for index, name in enumerate(world.participant_names)
        ),
    )
    truth = {
        "notice": NOTICE,
        "seed": world.seed,
        "config": world.config.model_dump(mode="json"),
        "mends": [
            {"id": m.id, "type": m.type, "effect": m.effect, "touches": m.touches, "before": m.before,
             "after": m.after, "new_section": m.new_section}
            for m in world.mends
        ],
    }  # fmt: skip
    (folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    (folder / "true_spec.md").write_text(world.true_spec, encoding="utf-8", newline="")


@dataclass(frozen=True, slots=True)
class _Said:
    """One assessment, on its way into two layouts. Judgements are (ranking, rationale)."""

    conversation: int
    participant: int
    world: tuple[str, str]
    personal: tuple[str, str] | None
    flags: tuple[str, ...]
    importance: str
    representativeness: str
    subjectivity: str


def _said(world: World) -> Iterator[_Said]:
    rng = np.random.default_rng([world.seed, 77])
    levels, drawn = world.levels, world.drawn
    tasks = np.zeros(len(world.member), dtype=int)
    importance = rng.choice(3, p=(0.1, 0.4, 0.5), size=len(levels))
    likely = rng.integers(0, 5, size=len(levels))
    subjective = rng.choice(3, p=(0.35, 0.5, 0.15), size=len(levels))
    jitter = rng.random((len(levels), 4))
    for index in range(len(levels)):
        person = int(drawn.participant[index])
        tasks[person] += 1
        row = [int(v) for v in levels[index]]
        best, worst = LABELS[int(np.argmax(row))], LABELS[int(np.argmin(row))]
        more = tasks[person] <= _ASKED_MORE
        own = [2 * v + int(jitter[index, place] < 0.15) for place, v in enumerate(row)]
        yield _Said(
            conversation=int(drawn.conversation[index]),
            participant=person,
            world=(ranking_text(row), justification(world, index, best, worst)),
            personal=(ranking_text(own), "") if more else None,
            flags=(worst,) if more and jitter[index, 0] < 0.25 and len(set(row)) > 1 else (),
            importance=_IMPORTANCE[importance[index]],
            representativeness=_REPRESENTATIVE.format(
                ("not at all", "slightly", "moderately", "very", "extremely")[likely[index]]
            ),
            subjectivity=_SUBJECTIVITY[subjective[index]],
        )


@lru_cache(maxsize=65536)
def _judgement(ranking: str, rationale: str) -> Judgement:
    return Judgement(ranking=Ranking.parse(ranking), rationale=rationale)


def _demographics(world: World, person: int) -> dict[str, str]:
    """The country tells the subgroup; the rest is chance."""
    pick = key("person", world.seed, person)
    group = int(world.member[person])
    groups = world.config.people.subgroups
    others = _COUNTRIES[groups:] or ("Kenya",)
    return {
        "age": _AGES[pick % len(_AGES)],
        "gender": ("Male", "Female")[(pick >> 8) % 2],
        "country_of_residence": _COUNTRIES[group]
        if 0 <= group < len(_COUNTRIES)
        else others[(pick >> 16) % len(others)],
    }


def _lines(path: Path, items: Iterator[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        for item in items:
            file.write(json.dumps(item, ensure_ascii=False) + "\n")
