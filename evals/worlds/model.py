"""The simulated base model of a world: it reads the prompt's data and errs as its config says.

Ranking reads the rules out of the sections in the prompt and nothing else of the spec. What it knows of the
world is what a real reader sees in the texts: a response's qualities, a conversation's topics. The hidden
truth is looked up in one place only: whether a gap is there to be seen, when it proposes (`proposing`).
"""

from collections.abc import Mapping
from typing import Any, cast

from ...models.protocol import Failure, Profile, Reply, Request, Usage
from ...models.tokens import tokens
from ...records import canonical_json, content_id, digest
from .generate import World
from .inhabit import NOTICE
from .language import topics
from .proposing import propose
from .reading import Reader
from .validating import stances
from .wording import LABELS, response

Data = Mapping[str, Any]


class SimulatedModel:
    """A base model for every role, native and offline. Answers depend on nothing but the request."""

    def __init__(self, world: World, *, exact_relevance: bool = False) -> None:
        """`exact_relevance`: grade without error, for the oracle."""
        self.world = world
        self.uri = f"simulated:world-{world.seed}"
        self.identity = content_id(self.uri, digest(world.config), exact_relevance)
        self.profile = Profile(
            answers="native", context_tokens=128_000, concurrency=4, notice=NOTICE,
            usd_per_million_input=1.0, usd_per_million_cached=0.1, usd_per_million_output=4.0,
        )  # fmt: skip
        self.reader = Reader(world, exact_relevance=exact_relevance)
        self._places: dict[int, dict[str, int]] = {}

    async def complete(self, request: Request, /) -> Reply | Failure:
        return self.answer(request)

    async def close(self) -> None:
        pass

    def answer(self, request: Request) -> Reply:
        """The reply to one request, at once."""
        match request.role:
            case "ranker":
                text = self._rank(request)
            case "relevance":
                text = self._grade(request)
            case "batch_proposer" | "conversation_proposer":
                text = _json({"proposals": propose(self.world, request)})
            case "validator":
                text = self._judge(request)
        sent = sum(tokens(part.text) for part in request.parts)
        return Reply(text=text, usage=Usage(input_tokens=sent, output_tokens=tokens(text)))

    def _rank(self, request: Request) -> str:
        conversation = self.world.index[cast(Data, request.data("conversation"))["id"]]
        shown = cast(list[Data], request.data("responses"))
        places = self._place(conversation)
        order = [places[item["text"]] for item in shown]
        texts = [str(section["text"]) for section in cast(list[Data], request.data("sections"))]
        levels = self.reader.rank_one(texts, conversation, order, request.repeat)
        labels = [str(shown[order.index(place)]["label"]) for place in range(len(order))]
        found = sorted(set(levels), reverse=True)
        ranking = ">".join(
            "=".join(label for label, level in zip(labels, levels, strict=True) if level == each)
            for each in found
        )
        return f'{{"explanation":"By the rules in view.","ranking":"{ranking}"}}'

    def _place(self, conversation: int) -> dict[str, int]:
        """Response text to its place, whatever it is labelled in the prompt."""
        if conversation not in self._places:
            self._places[conversation] = {
                response(self.world, conversation, place): place for place in range(len(LABELS))
            }
        return self._places[conversation]

    def _grade(self, request: Request) -> str:
        sections = [
            (str(section["id"]), topics(str(section["text"])))
            for section in cast(list[Data], request.data("sections"))
        ]
        found = []
        for item in cast(list[Data], request.data("conversations")):
            conversation = self.world.index[item["id"]]
            for id, about in sections:
                if (grade := self.reader.grade(about, conversation)) >= 3:
                    found.append({"conversation": item["key"], "section": id, "grade": grade})
        return _json({"grades": found})

    def _judge(self, request: Request) -> str:
        proposal = cast(Data, request.data("proposal"))
        items = cast(list[Data], request.data("justifications"))
        accuracy = self.world.config.model.validator_accuracy
        verdicts = [
            {"justification": item["key"], "stance": stance}
            for item, stance in zip(items, stances(proposal, items, accuracy, self.world.seed), strict=True)
        ]
        return _json({"verdicts": verdicts})


def _json(value: Any) -> str:
    return canonical_json(value).decode("utf-8")
