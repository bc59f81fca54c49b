"""How the simulated proposers answer: from what the cases in view say, often rightly, and never from the hidden truth.

People's reasons are read out of the texts and set against the rules in view. What is made of them is exact, partial,
over-broad or mixed with something harmful; the rest of the proposals go after nothing that the cases show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

from .config import ProposerConfig
from .language import (  # fmt: skip
    ANY,
    AVOID,
    LONG,
    MAY,
    QUALITIES,
    SHOULD,
    TOPICS,
    Place,
    Rule,
    Weights,
    read_reason,
    reworded,
    rules,
    sentences,
    topics,
    weights,
    write,
)
from .noise import chance, key
from .texts import read_ranking
from .world import section, section_id

Change = dict[str, Any]
_GAP = 0.75
"""A case counts when the ranker agrees with its people on less than this share of their pairs."""
_TRIES = 6
_DROPS = 0.35
"""Of the rules that people speak against, those that are dropped instead of turned round."""


@dataclass(frozen=True, slots=True)
class Case:
    """One conversation: what it is about, how the ranker ranked it, and what people said."""

    topics: frozenset[int]
    ranker: Mapping[str, int]
    people: Sequence[tuple[Mapping[str, int], str]]
    """(label to level, justification) of each."""


@dataclass(frozen=True, slots=True)
class View:
    """What one proposer is shown."""

    seed: int
    mark: int
    """Tells prompts apart: an answer is a function of the prompt."""
    sections: Mapping[str, str]
    outline: Sequence[tuple[str, int]]
    """(section id, level)"""
    cases: Sequence[Case]
    tried: frozenset[str] = frozenset()
    batch: bool = False
    with_people: int = 1
    """1: towards the people; -1: away from them."""
    synonyms: float = 1.0


@dataclass(frozen=True, slots=True)
class _Wish:
    """What people want at a place, as the cases show it."""

    place: Place
    wanted: float
    shown: int
    """Conversations that show it."""


def propose(config: ProposerConfig, view: View) -> list[Change]:
    """The changes of one answer."""
    wishes = _wishes(config, view)
    changes: list[Change] = []
    for slot in range(config.batch_changes if view.batch else 1):
        change: Change | None = None
        if wishes and chance("finds", view.mark, slot) < config.finds:
            change = _granted(config, view, wishes.pop(0), slot)
        change = change or _beside(config, view, slot)
        changes += [change] if change else []
    return changes


def agreement(ranker: Mapping[str, int], people: Sequence[tuple[Mapping[str, int], str]]) -> float:
    """The share of people's strict pairs that the ranker orders as they do, a tie counting half."""
    same = total = 0.0
    for theirs, _ in people:
        for first, second in combinations(sorted(ranker), 2):
            wanted = theirs.get(first, 0) - theirs.get(second, 0)
            if wanted:
                product = wanted * (ranker[first] - ranker[second])
                same += 1.0 if product > 0 else 0.5 if product == 0 else 0.0
                total += 1
    return same / total if total else 1.0


def _wishes(config: ProposerConfig, view: View) -> list[_Wish]:
    """Where people's reasons and the text in view part, what most conversations show first."""
    said: dict[Place, dict[int, list[int]]] = {}
    for number, case in enumerate(view.cases):
        if agreement(case.ranker, case.people) >= _GAP:
            continue
        for _, text in case.people:
            reason, own = read_reason(text)
            for quality in reason.qualities:
                if own and chance("synonym", view.seed, quality) >= view.synonyms:
                    continue
                for topic in reason.topics & case.topics:
                    said.setdefault((topic, quality), {}).setdefault(number, []).append(reason.stance)
    there = _there(view)
    found = []
    for place, by_case in said.items():
        stances = [stance for told in by_case.values() for stance in told]
        mean = sum(stances) / len(stances)
        wanted = SHOULD if mean > 0.3 else AVOID if mean < -0.3 else 0.0
        if view.with_people < 0:
            wanted = -wanted or SHOULD
        elif not view.with_people:
            wanted = (SHOULD, AVOID)[key("blind", view.mark, place) % 2]
        least = config.batch_cases if view.batch else 1
        if len(by_case) >= least and len(stances) >= 2 and abs(wanted - there.get(place, 0.0)) > 0.5:
            found.append(_Wish(place, wanted, len(by_case)))
    return sorted(found, key=lambda wish: (-wish.shown, chance("first", view.mark, wish.place)))


def _there(view: View) -> Weights:
    return weights(tuple(sorted({rule for text in view.sections.values() for rule in rules(text)})))


def _granted(config: ProposerConfig, view: View, wish: _Wish, slot: int) -> Change | None:
    """An edit that follows a wish, in one of the ways in which edits come out."""
    topic, quality = wish.place
    housed = [id_ for id_, text in view.sections.items() if topic in topics(text)]
    draw = chance("form", view.mark, slot)
    form: Literal["exact", "partial", "broad", "mixed"] = "mixed"
    for name, share in (("exact", config.exact), ("partial", config.partial), ("broad", config.broad)):
        if draw < share:
            form = name  # type: ignore[assignment]  # the three names are the literal's own
            break
        draw -= share
    for attempt in range(_TRIES):
        pick = key("words", view.mark, wish.place, attempt)
        intent = _intent(topic, quality, wish.wanted, pick)
        if intent in view.tried:
            continue
        strength = MAY if form == "partial" and wish.wanted > 0 else wish.wanted
        rule = Rule(ANY if form == "broad" and strength else topic, quality, strength)
        beside = _harmful(view, topic, pick) if form == "mixed" else ""
        if not housed:
            return _new_section(view, rule, intent, beside) if strength else None
        id_ = sorted(housed, key=lambda one: section_id(topic) != one)[0]
        return _moved(view, id_, rule, wish.place, intent, pick, beside)
    return None


def _moved(
    view: View, id: str, rule: Rule, place: Place, intent: str, pick: int, beside: str
) -> Change | None:
    standing = [s for s in sentences(view.sections[id]) if s.rule.place == place]
    dropped = not rule.strength or (
        bool(standing) and standing[0].rule.strength * rule.strength < 0 and chance("drops", pick) < _DROPS
    )
    kind = (
        "clarification"
        if any(s.rule.strength * rule.strength > 0 for s in standing)
        else "change_of_principle"
    )
    extra = [_inserted(id, beside)] if beside else []
    if dropped:
        gone = [_edit("delete", id, sentence.text, "") for sentence in standing]
        return _change(intent, kind, *gone, *extra) if gone else None
    words = write(rule, pick)
    if standing:
        others = [_edit("delete", id, sentence.text, "") for sentence in standing[1:]]
        return _change(intent, kind, _edit("replace", id, standing[0].text, words), *others, *extra)
    return _change(intent, kind, _inserted(id, " ".join(filter(None, (words, beside)))))


def _new_section(view: View, rule: Rule, intent: str, beside: str) -> Change | None:
    below = [id_ for id_, level in view.outline if level == 2] or [id_ for id_, _ in view.outline]
    if not below or rule.topic == ANY:
        return None
    after = below[key("home", view.mark, rule.place) % len(below)]
    level = dict(view.outline)[after]
    words = section(rule.topic, [rule], view.seed, level) + (f"\n{beside}\n" if beside else "")
    return _change(intent, "change_of_principle", _edit("new_section", after, "", words))


def _harmful(view: View, topic: int, pick: int) -> str:
    """A sentence against what another rule in view asks for; else one about a quality that nobody spoke of."""
    others = [s.rule for text in view.sections.values() for s in sentences(text) if abs(s.rule.strength) == 1]
    if others and pick % 2:
        rule = others[(pick >> 3) % len(others)]
        return write(Rule(rule.topic, rule.quality, -rule.strength), pick >> 8)
    return write(Rule(topic, (pick >> 5) % LONG, AVOID), pick >> 8)


def _beside(config: ProposerConfig, view: View, slot: int) -> Change | None:
    """A rewording, a wish for length, or a rule that nobody asked for; None where no section in view holds one."""
    homes = [id_ for id_, text in view.sections.items() if rules(text) or topics(text)]
    for attempt in range(_TRIES if homes else 0):
        told = ("beside", view.mark, slot, attempt)
        id_ = homes[key("where", *told) % len(homes)]
        text, pick, draw = view.sections[id_], key("how", *told), chance(*told)
        if draw < config.paraphrases:
            change = _paraphrase(text, id_, pick)
        elif draw < config.paraphrases + config.lengths:
            change = _added(text, id_, LONG, pick)
        else:
            change = (
                _turned(text, id_, pick) if pick % 3 == 0 else _added(text, id_, (pick >> 8) % LONG, pick)
            )
        if change and change["intent"] not in view.tried:
            return change
    return None


def _paraphrase(text: str, id: str, pick: int) -> Change | None:
    found = reworded(text, pick)
    if found is None:
        return None
    opening = " ".join(found[1].rstrip(".").split()[:6])
    intent = f"Say more plainly what holds in {id.replace('_', ' ')}: {opening}."
    return _change(intent, "clarification", _edit("replace", id, *found))


def _turned(text: str, id: str, pick: int) -> Change | None:
    """A rule that stands there, the other way round."""
    firm = [sentence for sentence in sentences(text) if abs(sentence.rule.strength) == 1]
    if not firm:
        return None
    rule = (sentence := firm[(pick >> 8) % len(firm)]).rule
    turned = Rule(rule.topic, rule.quality, -rule.strength)
    intent = _intent(rule.topic, rule.quality, turned.strength, pick >> 16)
    return _change(
        intent, "change_of_principle", _edit("replace", id, sentence.text, write(turned, pick >> 20))
    )


def _added(text: str, id: str, quality: int, pick: int) -> Change | None:
    about = sorted(topics(text))
    if not about:
        return None
    rule = Rule(about[(pick >> 12) % len(about)], quality, SHOULD if (pick >> 4) % 3 else AVOID)
    intent = _intent(rule.topic, quality, rule.strength, pick >> 16)
    return _change(intent, "change_of_principle", _inserted(id, write(rule, pick >> 20)))


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


def _change(intent: str, kind: str, *edits: Change) -> Change:
    return {"intent": intent, "kind": kind, "edits": list(edits)}


def _edit(op: str, id: str, anchor: str, text: str) -> Change:
    return {"op": op, "section": id, "anchor": anchor, "text": text}


def _inserted(id: str, words: str) -> Change:
    return _edit("insert", id, "", words)


def read_cases(cases: Sequence[tuple[str, str, Sequence[tuple[str, str]]]]) -> list[Case]:
    """From (what was said, the ranker's ranking, (ranking, justification) of each person)."""
    return [
        Case(topics(said), read_ranking(ranker), [(read_ranking(ranking), text) for ranking, text in people])
        for said, ranker, people in cases
    ]
