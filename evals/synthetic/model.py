"""The simulated base model of a world: it reads the rendered prompt, does what the text tells it, and errs.

What it knows of the world is what a real reader sees in the texts: a response's qualities, a conversation's topics.
The hidden truth is nowhere looked up.
"""

from collections.abc import AsyncIterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ...models.protocol import Failure, Profile, Reply, Request, Ticket, Usage
from ...models.tokens import tokens
from ...prompts.render import Part
from ...records import canonical_json, content_id, digest
from ...testing.hash_answers import Asked, answer_by_hash
from . import prompts
from .instructions import Instructions, inverted, understood
from .language import Weights, read_reason, rules, weights
from .noise import chance, key
from .proposing import View, propose, read_cases
from .reading import Reader
from .texts import LABELS, NOTICE, prompt, ranking_text, response
from .world import World

_STANCES = ("support", "refute", "silent")


class SimulatedModel:
    """A base model for every role, offline. Answers depend on nothing but the text of the request."""

    def __init__(self, world: World, *, exact_relevance: bool = False, invert: bool = False) -> None:
        """`exact_relevance`: grade without error, for the oracle. `invert`: every prompt's instructions are turned
        round before they are read, as a control."""
        self.world = world
        self.invert = invert
        self.uri = f"simulated:world-{world.seed}"
        self.identity = content_id(self.uri, digest(world.config), exact_relevance, invert)
        self.profile = Profile(
            answers="native", context_tokens=128_000, concurrency=4, notice=NOTICE,
            usd_per_million_input=1.0, usd_per_million_cached=0.1, usd_per_million_output=4.0,
        )  # fmt: skip
        self.reader = Reader(world, exact_relevance=exact_relevance)
        self._shown = {
            response(world, index, place): (index, place) for index in range(world.size) for place in range(4)
        }
        self._said = {prompt(world, index): index for index in range(world.size)}
        self._tickets: dict[str, list[Reply | Failure]] = {}

    async def submit(self, requests: Sequence[Request], /) -> Ticket:
        ticket = Ticket(id=f"{self.identity}-{len(self._tickets)}-{id(requests)}", size=len(requests))
        self._tickets[ticket.id] = [self.answer(request) for request in requests]
        return ticket

    async def collect(self, ticket: Ticket, /) -> AsyncIterator[tuple[int, Reply | Failure]]:
        for place, reply in enumerate(self._tickets.pop(ticket.id)):
            yield place, reply

    async def close(self) -> None:
        self._tickets.clear()

    def answer(self, request: Request) -> Reply:
        """The reply to one request, at once."""
        told = understood(inverted(request.system) if self.invert else request.system)
        match request.role:
            case "ranker":
                text = self._rank(request, told)
            case "relevance":
                text = self._grade(request, told)
            case "batch_proposer" | "conversation_proposer":
                text = self._propose(request, told)
            case "validator":
                text = self._judge(request, told)
            case "kind" | "meaning":
                # It has no view of its own on these: edits that read the same are the same, the kind is a coin.
                text = str(answer_by_hash(Asked(request.system, request.user, "prompted", None, {})))
            case _:
                raise ValueError(f"the simulated model has no part as {request.role!r}")
        sent = sum(tokens(part.text) for part in request.parts)
        return Reply(text=text, usage=Usage(input_tokens=sent, output_tokens=tokens(text)))

    def _rank(self, request: Request, told: Instructions) -> str:
        shown = [pair for part in request.parts for pair in _responses(part)]
        texts = [text for part in request.parts for text in _sections(part).values()]
        where = [self._shown[text] for _, text in shown]
        at = np.array([where[0][0]])
        places = np.zeros((1, len(LABELS)), dtype=np.int64)
        for position, (_, place) in enumerate(where):
            places[0, place] = position
        levels = self.reader.levels(texts, None, at, places, repeat=request.repeat)[0]
        found = {
            label: int(levels[place]) * told.best_first
            for (label, _), (_, place) in zip(shown, where, strict=True)
        }
        if not told.best_first:
            found = {label: key("blind", request.key, label) % 4 for label, _ in shown}
        return f'{{"explanation":"By the rules in view.","ranking":"{ranking_text(found)}"}}'

    def _grade(self, request: Request, told: Instructions) -> str:
        sections = {id: text for part in request.parts for id, text in _sections(part).items()}
        found = []
        for name, said in prompts.conversations(request.user).items():
            conversation = self._said[said]
            for id, text in sections.items():
                grade = self.reader.grade(text, conversation)
                if told.relevance <= 0:
                    grade = 6 - grade if told.relevance else 1 + key("blind", id, name) % 5
                if grade >= 3:
                    found.append({"conversation": name, "section": id, "grade": grade})
        return _json({"grades": found})

    def _propose(self, request: Request, told: Instructions) -> str:
        shown = prompts.proposer(request.user)
        view = View(
            seed=self.world.seed,
            mark=key("proposer", self.world.seed, request.user, request.repeat),
            sections=shown.sections,
            outline=shown.outline,
            cases=read_cases([(case.messages, case.ranker, case.people) for case in shown.cases]),
            tried=shown.tried,
            batch=request.role == "batch_proposer",
            with_people=told.with_people,
            synonyms=self.world.config.reader.synonyms,
        )
        return _json({"proposals": propose(self.world.config.proposer, view)})

    def _judge(self, request: Request, told: Instructions) -> str:
        shown = prompts.validator(request.user)
        moved = shifts(shown.edits)
        verdicts = []
        for name, ranking, text in shown.items:
            stance = self._stance(moved, (shown.intent, sorted(moved.items()), ranking, text), text)
            if told.support <= 0 and stance != "silent":
                swapped = {"support": "refute", "refute": "support"}[stance]
                stance = swapped if told.support or chance("blind", name) < 0.5 else stance
            verdicts.append({"justification": name, "stance": stance})
        return _json({"verdicts": verdicts})

    def _stance(self, moved: dict[tuple[int, int], tuple[float, float]], told: object, text: str) -> str:
        """Rightly with the configured chance; an error on a silent justification leans to support."""
        config, seed = self.world.config.reader, self.world.seed
        reason, own = read_reason(text)
        right = stance_of(moved, text)
        if own and any(chance("synonym", seed, quality) >= config.synonyms for quality in reason.qualities):
            right = "silent"
        if chance("validator", seed, told) < config.validator_accuracy:
            return right
        draw = chance("other", seed, told)
        if right == "silent":
            return "support" if draw < config.validator_lean else "refute"
        return [stance for stance in _STANCES if stance != right][int(2 * draw)]


def shifts(edits: Sequence[tuple[str, str]]) -> dict[tuple[int, int], tuple[float, float]]:
    """Place to the strength before and after, for each rule that (existing text, new text) pairs speak of."""
    before: Weights = {}
    after: Weights = {}
    for old, new in edits:
        before |= weights(rules(old))
        after |= weights(rules(new))
    places = sorted({*before, *after})
    return {
        place: (before.get(place, 0.0), after.get(place, 0.0))
        for place in places if before.get(place, 0.0) != after.get(place, 0.0)
    }  # fmt: skip


def stance_of(moved: dict[tuple[int, int], tuple[float, float]], text: str) -> str:
    """What a careful reader says: does the reason given speak for the strengths that the edit leads to?"""
    reason, _ = read_reason(text)
    for (topic, quality), (before, after) in moved.items():
        if quality not in reason.qualities or (topic >= 0 and topic not in reason.topics):
            continue
        if reason.stance == 0:
            return (
                "support" if abs(after) < abs(before) else "refute" if abs(after) > abs(before) else "silent"
            )
        return "support" if (after - before) * reason.stance > 0 else "refute"
    return "silent"


@lru_cache(maxsize=65536)
def _read(text: str) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    return prompts.sections(text), tuple(prompts.responses(text))


def _sections(part: Part) -> dict[str, str]:
    return _read(part.text)[0] if part.name != "system" else {}


def _responses(part: Part) -> tuple[tuple[str, str], ...]:
    return _read(part.text)[1] if part.name != "system" else ()


def _json(value: Any) -> str:
    return canonical_json(value).decode("utf-8")
