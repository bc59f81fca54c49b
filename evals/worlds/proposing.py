"""How the simulated proposers answer: a true mend by chance where a gap shows, else something that isn't one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from ...models.protocol import Request
from .document import section, section_id
from .generate import World
from .language import (
    AVOID,
    INTROS,
    MAY,
    QUALITIES,
    SHOULD,
    TOPICS,
    Rule,
    Sentence,
    intro,
    rules,
    sentences,
    topics,
    weights,
    wordings,
    write,
)
from .noise import chance, key
from .planting import Mend
from .wording import read_ranking

Data = Mapping[str, Any]
Change = dict[str, Any]
Kind = Literal["clarification", "change_of_principle"]

_GAP = 0.75
"""A case shows a gap when the ranker agrees with its people on less than this share of their pairs."""
_TRIES = 6


@dataclass(frozen=True, slots=True)
class _View:
    """What one proposer prompt shows."""

    mark: int
    sections: dict[str, str]
    levels: dict[str, int]
    outline: list[str]
    cases: list[Data]
    tried: frozenset[str]

    @property
    def text(self) -> str:
        return "\n".join(self.sections.values())


def propose(world: World, request: Request) -> list[Change]:
    """The changes that the simulated proposer answers one prompt with: a function of the prompt."""
    model = world.config.model
    outline = cast(list[Data], request.data("outline"))
    shown = cast(list[Data], request.data("sections"))
    view = _View(
        mark=key("proposer", world.seed, *(part.text for part in request.parts), request.repeat),
        sections={str(item["id"]): str(item["text"]) for item in shown},
        levels={str(item["id"]): int(item["level"]) for item in outline},
        outline=[str(item["id"]) for item in outline],
        cases=cast(list[Data], request.data("cases")),
        tried=frozenset(str(item["intent"]) for item in cast(list[Data], request.data("tried"))),
    )
    batch = request.role == "batch_proposer"
    gaps = _gaps(world, view, model.batch_cases if batch else 1)
    changes: list[Change] = []
    for slot in range(model.batch_changes if batch else 1):
        change: Change | None = None
        if gaps and chance("hit", view.mark, slot) < model.hit:
            change = _mend(world, view, gaps.pop(0))
        change = change or _decoy(world, view, slot)
        changes += [change] if change else []
    return changes


def _gaps(world: World, view: _View, least: int) -> list[Mend]:
    """Planted places that are still open and that enough of the cases in view show, clearest first."""
    there = weights(tuple(sorted({rule for text in view.sections.values() for rule in rules(text)})))
    poor = [case for case in view.cases if _case_agreement(case) < _GAP]
    counted: list[tuple[int, Mend]] = []
    for mend in world.mends:
        housed = [id for id, text in view.sections.items() if mend.topic in topics(text)]
        if mend.new_section and section_id(mend.topic) in view.outline and not housed:
            continue
        if not mend.new_section and not housed:
            continue
        if abs(there.get(mend.place, 0.0) - mend.after) < 1e-9:
            continue
        shown = sum(mend.topic in topics(_said(case)) for case in poor)
        if shown >= least:
            counted.append((shown, mend))
    return [
        m for _, m in sorted(counted, key=lambda item: (-item[0], chance("first", view.mark, item[1].id)))
    ]


def _case_agreement(case: Data) -> float:
    """The share of people's strict pairs that the ranker orders as they do, a tie counting half."""
    ranker = read_ranking(str(case["ranker"]["ranking"]))
    labels = sorted(ranker)
    same = total = 0.0
    for person in case["people"]:
        theirs = read_ranking(str(person["ranking"]))
        for place, first in enumerate(labels):
            for second in labels[place + 1 :]:
                wanted = theirs[first] - theirs[second]
                if wanted:
                    product = wanted * (ranker[first] - ranker[second])
                    same += 1.0 if product > 0 else 0.5 if product == 0 else 0.0
                    total += 1
    return same / total if total else 1.0


def _said(case: Data) -> str:
    return " ".join(str(message["content"]) for message in case["messages"])


def _mend(world: World, view: _View, mend: Mend) -> Change | None:
    """The true mend of one place, in words that were not tried before."""
    housed = [id for id, text in view.sections.items() if mend.topic in topics(text)]
    for attempt in range(_TRIES):
        pick = key("words", view.mark, mend.id, attempt)
        intent = _intent(mend.topic, mend.quality, mend.after, pick)
        if intent in view.tried:
            continue
        if not housed:
            return _new_section(world, view, mend, intent)
        id = sorted(housed, key=lambda one: section_id(mend.topic) != one)[0]
        standing = [s for s in sentences(view.sections[id]) if (s.rule.topic, s.rule.quality) == mend.place]
        return _moved(id, standing, mend, intent, pick)
    return None


def _moved(id: str, standing: Sequence[Sentence], mend: Mend, intent: str, pick: int) -> Change | None:
    kind: Kind = "clarification" if mend.type == "clarification" else "change_of_principle"
    if mend.after:
        words = write(Rule(mend.topic, mend.quality, mend.after), pick)
        if standing:
            first, *rest = [_replaced(id, sentence.text, words) for sentence in standing[:1]] + [
                _deleted(id, sentence.text) for sentence in standing[1:]
            ]
            return _change(intent, kind, first, *rest)
        return _change(intent, kind, _inserted(id, words))
    if standing:
        return _change(intent, kind, *(_deleted(id, sentence.text) for sentence in standing))
    return None


def _new_section(world: World, view: _View, mend: Mend, intent: str) -> Change:
    below = [id for id in view.outline if view.levels[id] == 2]
    after = below[key("home", view.mark, mend.id) % len(below)] if below else view.outline[-1]
    words = section(mend.topic, [Rule(mend.topic, mend.quality, mend.after)], world.seed, view.levels[after])
    edit = {"op": "new_section", "section": after, "anchor": "", "text": words}
    return _change(intent, "change_of_principle", edit)


def _decoy(world: World, view: _View, slot: int) -> Change | None:
    """A paraphrase, a harm, or what another topic needs; None where no section in view holds a rule."""
    model = world.config.model
    homes = [id for id, text in view.sections.items() if rules(text) or topics(text)]
    if not homes:
        return None
    for attempt in range(_TRIES):
        told = ("decoy", view.mark, slot, attempt)
        draw = chance(*told)
        id = homes[key("where", *told) % len(homes)]
        pick = key("how", *told)
        if draw < model.paraphrases:
            change = _paraphrase(view.sections[id], id, pick)
        elif draw < model.paraphrases + model.harms:
            change = _harm(world, view.sections[id], id, pick)
        else:
            change = _elsewhere(world, view.sections[id], id, pick)
        if change and change["intent"] not in view.tried:
            return change
    return None


def _paraphrase(text: str, id: str, pick: int) -> Change | None:
    """Other words for a rule or for the section's introduction."""
    options: list[tuple[str, str]] = []
    for sentence in sentences(text):
        options += [
            (sentence.text, write(sentence.rule, other))
            for other in range(wordings(sentence.rule.strength))
            if other != sentence.wording
        ]
    for topic in sorted(topics(text)):
        there = [intro(topic, wording) for wording in range(INTROS) if intro(topic, wording) in text]
        options += [(old, intro(topic, w)) for old in there for w in range(INTROS) if intro(topic, w) != old]
    if not options:
        return None
    old, new = options[pick % len(options)]
    intent = f"Say more plainly what holds in {id.replace('_', ' ')}: {_opening(new)}."
    return _change(intent, "clarification", _replaced(id, old, new))


def _harm(world: World, text: str, id: str, pick: int) -> Change | None:
    """Turns a rule that people back, or adds one that nobody asked for."""
    backed = [
        sentence
        for sentence in sentences(text)
        if world.truth.get((sentence.rule.topic, sentence.rule.quality)) == sentence.rule.strength
        and sentence.rule.strength != MAY
    ]
    if backed and pick % 2:
        sentence = backed[(pick >> 8) % len(backed)]
        rule = sentence.rule
        turned = Rule(rule.topic, rule.quality, -rule.strength)
        intent = _intent(rule.topic, rule.quality, turned.strength, pick >> 16)
        return _change(intent, "change_of_principle", _replaced(id, sentence.text, write(turned, pick >> 20)))
    return _added(world, text, id, (pick >> 8) % len(QUALITIES), pick)


def _elsewhere(world: World, text: str, id: str, pick: int) -> Change | None:
    """What people want of another topic, written into this section for this one."""
    wanted = sorted(place for place, strength in world.truth.items() if strength)
    return _added(world, text, id, wanted[(pick >> 8) % len(wanted)][1], pick)


def _added(world: World, text: str, id: str, quality: int, pick: int) -> Change | None:
    about = sorted(topics(text))
    if not about:
        return None
    topic = about[(pick >> 12) % len(about)]
    if (topic, quality) in world.truth or (topic, quality) in world.original:
        return None
    strength = SHOULD if (pick >> 4) % 3 else AVOID
    intent = _intent(topic, quality, strength, pick >> 16)
    edit = _inserted(id, write(Rule(topic, quality, strength), pick >> 20))
    return _change(intent, "change_of_principle", edit)


def _intent(topic: int, quality: int, after: float, pick: int) -> str:
    what, where = QUALITIES[quality], TOPICS[topic]
    if after == 0:
        forms = ("No longer ask that an answer {q} in talk about {t}.", "Drop what is said on answers that {q} for {t}.",
                 "Leave it open whether an answer {q} when {t} come up.")  # fmt: skip
    elif after > 0:
        forms = ("Put answers first that {q} in talk about {t}.", "With {t}, an answer should be one that {q}.",
                 "Ask plainly for answers that {q} when {t} come up.")  # fmt: skip
    else:
        forms = ("Put answers last that {q} in talk about {t}.", "With {t}, an answer should not be one that {q}.",
                 "Speak plainly against answers that {q} when {t} come up.")  # fmt: skip
    return forms[pick % len(forms)].format(q=what, t=where)


def _opening(text: str) -> str:
    return " ".join(text.rstrip(".").split()[:6])


def _change(intent: str, kind: Kind, *edits: Change) -> Change:
    return {"intent": intent, "kind": kind, "edits": list(edits)}


def _replaced(id: str, old: str, new: str) -> Change:
    return {"op": "replace", "section": id, "anchor": old, "text": new}


def _deleted(id: str, old: str) -> Change:
    return {"op": "delete", "section": id, "anchor": old, "text": ""}


def _inserted(id: str, words: str) -> Change:
    return {"op": "insert", "section": id, "anchor": "", "text": words}
