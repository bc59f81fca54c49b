"""The example's conversations once judged, and their lines in the layout of the collective-alignment release."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..models.embedded.asked import MessageData, ResponseData
from .people import Person, justify
from .world import Place

NOTICE = "Synthetic: made by concord.example.generate; the people are simulated."
_OPINIONS: Mapping[str, tuple[str, ...]] = {
    "importance": (
        "Not important (no meaningful harm if wrong)",
        "Somewhat important (matters in some cases)",
        "Very important (serious impact if wrong)",
    ),
    "representativeness": tuple(
        f"It is {word} likely that I would ask a question like this to an AI chatbot."
        for word in ("not at all", "slightly", "moderately", "very", "extremely")
    ),
    "subjectivity": (
        "There is a single correct answer to this prompt",
        "The correct answer depends on a person's values or culture",
        "The correct answer depends on something else (the time, the weather, etc)",
        "I'm unsure whether there is a single correct answer to this question",
    ),
}


@dataclass(frozen=True)
class Talk:
    """One conversation: what was asked and answered, what each response shows, who ranked it how."""

    id: str
    messages: tuple[MessageData, ...]
    responses: tuple[ResponseData, ...]
    shown: Mapping[str, frozenset[str]]
    weights: Mapping[str, float]
    place: Place | None
    subject: str
    rankings: tuple[tuple[Person, str], ...] = ()


def comparison_lines(talks: Sequence[Talk], rng_for: Callable[[str], random.Random]) -> list[str]:
    """The lines of comparisons.jsonl. A person is asked for more blocks in their first five tasks."""
    tasks: dict[str, int] = {}
    lines = []
    for talk in talks:
        rng = rng_for(talk.id)
        assessments = []
        for person, ranking in talk.rankings:
            tasks[person.id] = tasks.get(person.id, 0) + 1
            assessments.append(_assessment(talk, person, ranking, tasks[person.id] <= 5, rng))
        responses = [
            {"response_index": one.label, "messages": [{"role": "assistant", "content": one.text}]}
            for one in talk.responses
        ]
        lines.append(
            _line(
                {
                    "prompt_id": talk.id,
                    "prompt": {"messages": [message.model_dump() for message in talk.messages]},
                    "responses": responses,
                    "metadata": {"notice": NOTICE, "assessments": assessments},
                }
            )
        )
    return lines


def annotator_lines(people: Sequence[Person]) -> list[str]:
    """The lines of annotators.jsonl. Assessments stand in the comparisons alone."""
    return [
        _line(
            {
                "annotator_id": person.id,
                "notice": NOTICE,
                "demographics": dict(person.demographics),
                "assessments": [],
            }
        )
        for person in people
    ]


def _assessment(
    talk: Talk, person: Person, ranking: str, more: bool, rng: random.Random
) -> dict[str, object]:
    blocks: dict[str, list[dict[str, object]]] = {"unacceptable": [], "personal": [], "world": []}
    blocks["world"].append(
        {"ranking": ranking, "rationale": justify(ranking, talk.shown, talk.weights, talk.place, rng)}
    )
    if more:
        own = person.rank(talk.shown, talk.weights, rng)
        blocks["personal"].append(
            {"ranking": own, "rationale": justify(own, talk.shown, talk.weights, talk.place, rng)}
        )
        worst = ranking.replace("=", ">").split(">")[-1]
        flagged = [f"{worst} is unacceptable"] if rng.random() < 0.2 else []
        blocks["unacceptable"].append({"rating": flagged, "rationale": "It would not do." if flagged else ""})
    opinions = {key: rng.choice(values) for key, values in _OPINIONS.items()}
    return {"annotator_id": person.id, **opinions, "ranking_blocks": blocks}


def _line(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
