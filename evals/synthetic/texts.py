"""A world as the program meets it: prompts, responses and reasons, as a panel in memory or as files like CA-1's."""

import json
from functools import lru_cache
from pathlib import Path

import numpy as np

from ...panel.ranking import Ranking
from ...panel.records import Assessment, Conversation, Judgement, Message, Panel, Participant, Response
from ...records import content_id
from . import language
from .language import QUALITIES, TOPICS
from .noise import chance, key
from .people import rankings_of
from .world import World

NOTICE = "Planted world: conversations, people and their rankings are synthetic."
LABELS = ("A", "B", "C", "D")
_OPENERS = (
    "Could you help me with {topics}? {detail}",
    "I have a question on {topics}. {detail}",
    "Something about {topics} keeps me busy. {detail}",
    "Tell me more on {topics}, please. {detail}",
)
_DETAILS = (
    "My sister sees it in another way than I do, and we would like to hear a third voice.",
    "I have read a little already, but the pages that I found contradict each other.",
    "Please keep in mind that I am new to all of this and have one evening for it.",
    "There is not much money in it for me, so I would rather not get it wrong.",
    "A friend told me to ask somebody who knows, and so here I am with it.",
)
_FILLER = (
    "It depends on what matters to you most", "there are several ways to go about it", "some care pays off here",
    "many people begin with the simplest part", "it may take a few tries", "a look at the whole helps",
    "the first idea is not always the best one", "a little patience goes far", "you know your own case best",
    "nothing of this has to be decided today", "small changes can be undone later", "others have asked the same",
)  # fmt: skip
_COUNTRIES = ("United States", "Mexico", "South Africa", "Netherlands", "Chile", "Kenya")
_AGES = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")
_IMPORTANCE = (
    "Not important (no meaningful harm if wrong)",
    "Somewhat important (matters in some cases)",
    "Very important (serious impact if wrong)",
)


def prompt(world: World, conversation: int) -> str:
    """The user's message: it names the conversation's topics. No two are alike."""
    pick = key("prompt", world.seed, conversation)
    named = " and ".join(TOPICS[topic] for topic in sorted(world.topic_sets[conversation]))
    text = _OPENERS[pick % len(_OPENERS)].format(topics=named, detail=_DETAILS[(pick >> 16) % len(_DETAILS)])
    return f"{text} This is note {conversation + 1}."


def response(world: World, conversation: int, place: int) -> str:
    """One response: it shows the qualities that it has most of, among those that rules speak of."""
    pick = key("response", world.seed, conversation, place)
    at_stake = {q for t, q in {**world.original, **world.truth} if world.concerns[conversation, t]}
    shown = sorted(at_stake, key=lambda q: -world.latent[conversation, place, q])[:2]
    named = [f"It {QUALITIES[q]}." for q in shown if world.latent[conversation, place, q] > 0]
    count = max(2, round(6 * float(np.exp(0.45 * world.length[conversation, place]))))
    filler = [_FILLER[(pick + 7 * i) % len(_FILLER)] for i in range(count)]
    return f"Answer {pick % 10**9:09d}. " + " ".join(
        named + [f"{part[0].upper()}{part[1:]}." for part in filler]
    )


def justification(world: World, assessment: int) -> str:
    """Why the person of an assessment ranked so; often it names a quality that moved them."""
    people = world.config.people
    conversation = int(world.conversation[assessment])
    row = world.places[assessment]
    best, worst = LABELS[int(row.argmin())], LABELS[int(row.argmax())]
    told = ("why", world.seed, assessment)
    pick = key(*told)
    group = int(world.member[world.participant[assessment]])
    wanted = world.truth if group < 0 else world.truth | world.dissent[group]
    here = sorted(p for p in {*wanted, *world.original} if world.concerns[conversation, p[0]])
    if chance("says", *told) > people.states_reason or not here:
        return language.VAGUE[pick % len(language.VAGUE)].format(label=best)
    spread = np.array([float(np.ptp(world.latent[conversation, :, q])) for _, q in here])
    pulls = np.array([abs(wanted.get(place, 0.0)) for place in here]) * spread
    pulls = np.where(pulls > 0, pulls, 0.3 * spread)
    which = int(np.searchsorted(np.cumsum(pulls), chance("which", *told) * pulls.sum()))
    topic, quality = here[min(which, len(here) - 1)]
    strength = wanted.get((topic, quality), 0.0)
    stance = 0 if abs(strength) < 0.1 else 1 if strength > 0 else -1
    label = worst if stance < 0 else best
    if chance("slip", *told) < people.slips:
        label = LABELS[(pick >> 8) % 4]
    own = chance("own", *told) < people.own_words
    return language.reason(topic, quality, stance, label, own_words=own, pick=pick)


def panel(world: World) -> Panel:
    """The world's people and conversations."""
    conversations = {
        name: Conversation(
            id=name,
            messages=(Message(role="user", content=prompt(world, index)),),
            responses=tuple(
                Response(label=label, messages=(Message(role="assistant", content=response(world, index, place)),))
                for place, label in enumerate(LABELS)
            ),
        )
        for index, name in enumerate(world.names)
    }  # fmt: skip
    cells: dict[tuple[int, int], int] = {}
    assessments: list[Assessment] = []
    rankings = rankings_of(world.places[: world.judged], LABELS)
    for row, ranking in enumerate(rankings):
        cell = (int(world.conversation[row]), int(world.participant[row]))
        cells[cell] = cells.get(cell, -1) + 1
        conversation, participant = world.names[cell[0]], world.participant_names[cell[1]]
        assessments.append(
            Assessment(
                id=content_id("assessment", conversation, participant, cells[cell]),
                conversation=conversation,
                participant=participant,
                world=Judgement(ranking=ranking, rationale=justification(world, row)),
                importance=_IMPORTANCE[key("importance", world.seed, row) % 3],
            )
        )
    participants = {
        name: Participant(id=name, demographics=_demographics(world, index))
        for index, name in enumerate(world.participant_names)
    }
    return Panel(
        conversations=conversations, participants=participants, assessments=tuple(assessments), notice=NOTICE
    )


def write(world: World, folder: Path) -> None:
    """Write `spec.md`, `comparisons.jsonl` and `annotators.jsonl` in the CA-1 layout, and the hidden truth."""
    folder.mkdir(parents=True, exist_ok=True)
    told = panel(world)
    by_conversation: dict[str, list[dict[str, object]]] = {name: [] for name in world.names}
    by_person: dict[str, list[dict[str, object]]] = {name: [] for name in world.participant_names}
    for one in told.assessments:
        assert one.world is not None
        block = {"ranking": str(one.world.ranking), "rationale": one.world.rationale}
        item: dict[str, object] = {
            "annotator_id": one.participant, "importance": one.importance, "representativeness": "", "subjectivity": "",
            "ranking_blocks": {"unacceptable": [], "personal": [], "world": [block]},
        }  # fmt: skip
        by_conversation[one.conversation].append(item)
        by_person[one.participant].append({**item, "conversation_id": one.conversation})
    comparisons = [
        {
            "prompt_id": one.id,
            "prompt": {"messages": [message.model_dump() for message in one.messages]},
            "responses": [
                {"response_index": r.label, "messages": [{"role": "assistant", "content": r.text}]}
                for r in one.responses
            ],
            "metadata": {"assessments": by_conversation[one.id]},
        }
        for one in told.conversations.values()
    ]
    annotators = [
        {"annotator_id": one.id, "demographics": dict(one.demographics), "assessments": by_person[one.id]}
        for one in told.participants.values()
    ]
    for name, items in (("comparisons", comparisons), ("annotators", annotators)):
        lines = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8", newline="")
    (folder / "spec.md").write_text(world.spec, encoding="utf-8", newline="")
    (folder / "true_spec.md").write_text(world.true_spec, encoding="utf-8", newline="")
    gaps = [{"id": g.id, "kind": g.kind, "before": g.before, "after": g.after} for g in world.gaps]
    truth = {
        "notice": NOTICE,
        "seed": world.seed,
        "config": world.config.model_dump(mode="json"),
        "gaps": gaps,
    }
    (folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")


@lru_cache(maxsize=4096)
def read_ranking(text: str) -> dict[str, int]:
    """Label to level, higher is better, of a ranking text."""
    places = Ranking.parse(text).places
    return {label: -place for label, place in places.items()}


def ranking_text(levels: dict[str, int]) -> str:
    """Label to level (higher is better, equal is tied) as a ranking such as `B>C=D>A`."""
    tiers: dict[int, list[str]] = {}
    for label in sorted(levels):
        tiers.setdefault(-levels[label], []).append(label)
    return ">".join("=".join(tiers[tier]) for tier in sorted(tiers))


def _demographics(world: World, person: int) -> dict[str, str]:
    """The country tells the subgroup; the rest is chance."""
    pick = key("person", world.seed, person)
    group, groups = int(world.member[person]), min(world.config.people.subgroups, len(_COUNTRIES) - 1)
    others = _COUNTRIES[groups:]
    return {
        "age": _AGES[pick % len(_AGES)],
        "gender": ("Male", "Female")[(pick >> 8) % 2],
        "country_of_residence": _COUNTRIES[group]
        if 0 <= group < groups
        else others[(pick >> 16) % len(others)],
    }
