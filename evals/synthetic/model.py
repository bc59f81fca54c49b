"""The simulated base model of a world: it reads the rendered prompt, does what the text tells it, and errs.

What it knows of the world is what a real reader sees in the texts: a response's qualities, a conversation's topics.
The hidden truth is nowhere looked up.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...models.protocol import Failure, Profile, Reply, Request, Usage
from ...models.tokens import tokens
from ...records import canonical_json, content_id, digest
from ...testing.hash_answers import Asked, answer_by_hash
from ...testing.inverted_prompts import inverted
from ...testing.prompt_reader import Prompt, PromptUnreadable, read_prompt
from ...testing.prompt_views import Spoken
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

    async def complete(self, request: Request, /) -> Reply | Failure:
        try:
            return self.answer(request)
        except PromptUnreadable as problem:
            return Failure(message=f"the prompt can't be read: {problem}")

    async def close(self) -> None:
        pass

    def answer(self, request: Request) -> Reply:
        """The reply to one request, at once. Raises PromptUnreadable for a prompt that makes no sense."""
        text = self.read(request.system, request.user, repeat=request.repeat)
        sent = sum(tokens(part.text) for part in request.parts)
        return Reply(text=text, usage=Usage(input_tokens=sent, output_tokens=tokens(text)))

    def read(self, system: str, user: str, *, repeat: int = 0) -> str:
        """The answer to a rendered prompt, as JSON text; repeats with other numbers err in other ways.

        Raises PromptUnreadable for a prompt that makes no sense.
        """
        if self.invert:
            system = inverted(system)
        shown = read_prompt(system, user)
        match shown.role:
            case "ranker":
                return self._rank(shown, repeat)
            case "routing":
                return self._route(shown)
            case "relevance":
                return self._grade(shown)
            case "batch_proposer" | "conversation_proposer":
                return self._propose(shown, key("proposer", self.world.seed, user, repeat))
            case "validator":
                return self._judge(shown)
            case "kind" | "meaning" | "conflict":
                # It has no view of its own on these: edits that read the same are the same, the kind is a coin.
                return str(answer_by_hash(Asked(system, user, "prompted", None, {})))
            case _:
                raise ValueError(f"the simulated model has no part as {shown.role!r}")

    def _rank(self, shown: Prompt, repeat: int) -> str:
        texts = [section.text for section in shown.sections]
        (conversation,) = shown.conversations
        where = [self._shown[response.text] for response in conversation.responses]
        at = np.array([where[0][0]])
        places = np.zeros((1, len(LABELS)), dtype=np.int64)
        for position, (_, place) in enumerate(where):
            places[0, place] = position
        levels = self.reader.levels(texts, None, at, places, repeat=repeat)[0]
        way = 1 if shown.instructions.best_first else -1
        found = {
            response.label: int(levels[place]) * way
            for response, (_, place) in zip(conversation.responses, where, strict=True)
        }
        return _json({"explanation": "By the rules in view.", "ranking": ranking_text(found)})

    def _route(self, shown: Prompt) -> str:
        """Which sections may speak to each conversation: read with the errors of the grades, a little kinder."""
        routes = []
        for spoken in shown.conversations:
            conversation = self._said[_words(spoken)]
            named = [
                section.id
                for section in shown.outline
                if (self.reader.grade(section.text, conversation) >= 3) == shown.instructions.lists_relevant
            ]
            routes.append({"conversation": spoken.key, "sections": named})
        return _json({"routes": routes})

    def _grade(self, shown: Prompt) -> str:
        found = []
        for spoken in shown.conversations:
            conversation = self._said[_words(spoken)]
            for section in shown.sections:
                grade = self.reader.grade("\n".join((section.text, *section.changed)), conversation)
                if not shown.instructions.lists_relevant:
                    grade = 4 if grade < 4 else 1
                if grade >= 4:
                    found.append({"conversation": spoken.key, "section": section.id, "grade": grade})
        return _json({"grades": found})

    def _propose(self, shown: Prompt, mark: int) -> str:
        view = View(
            seed=self.world.seed,
            mark=mark,
            sections={section.id: section.text for section in shown.sections},
            outline=[(section.id, section.level or 1) for section in shown.outline],
            cases=read_cases(
                [
                    (
                        _words(case.conversation),
                        case.ranker,
                        [(each.ranking, each.rationale) for each in case.shown],
                    )
                    for case in shown.cases
                ]
            ),
            tried=frozenset(each.intent for each in shown.tried),
            batch=bool(shown.instructions.several),
            with_people=1 if shown.instructions.toward_people else -1,
            synonyms=self.world.config.reader.synonyms,
        )
        keys = [case.conversation.key for case in shown.cases]
        return _json(
            {
                "diagnosis": "The cases show it.",
                "proposals": [
                    {"conversations": keys, **change} for change in propose(self.world.config.proposer, view)
                ],
            }
        )

    def _judge(self, shown: Prompt) -> str:
        (proposal,) = shown.proposals
        moved = shifts([(section.before or "", section.after or "") for section in proposal.sections])
        meant = shown.instructions.stances or {}
        names: dict[str, str] = {side: name for name, side in meant.items()}
        verdicts = []
        for note in shown.justifications:
            stance = self._stance(
                moved, (proposal.intent, sorted(moved.items()), note.ranking, note.text), note.text
            )
            side = {"support": "for", "refute": "against", "mixed": "both"}.get(stance, "none")
            silent = side == "none"
            verdicts.append(
                {
                    "justification": note.key,
                    "reason": "What is written there.",
                    "quote": "" if silent else note.text,
                    "stance": names.get(side, "silent"),
                    "strength": "none" if silent else "asks",
                }
            )
        return _json({"verdicts": verdicts})

    def _stance(self, moved: dict[tuple[int, int], tuple[float, float]], told: object, text: str) -> str:
        """Rightly with the configured chance; an error on a silent justification leans to support."""
        config, seed = self.world.config.reader, self.world.seed
        reason, own = read_reason(text)
        right = stance_of(moved, text)
        if own and any(chance("synonym", seed, quality) >= config.synonyms for quality in reason.qualities):
            right = "silent"
        if sum(row := config.validator_confusion.get(right, {}).values()):
            return _drawn(config.validator_confusion[right], chance("validator", seed, told) * sum(row))
        if chance("validator", seed, told) < config.validator_accuracy:
            return right
        draw = chance("other", seed, told)
        if right == "silent":
            return "support" if draw < config.validator_lean else "refute"
        return [stance for stance in _STANCES if stance != right][int(2 * draw)]


def _drawn(row: Mapping[str, float], draw: float) -> str:
    """The stance under which a draw within the sum of a row of counts falls."""
    for stance, number in row.items():
        if draw < number:
            return stance
        draw -= number
    return max(row, key=row.__getitem__)


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


def _words(spoken: Spoken) -> str:
    return "\n".join(message.content for message in spoken.messages).strip()


def _json(value: Any) -> str:
    return canonical_json(value).decode("utf-8")
