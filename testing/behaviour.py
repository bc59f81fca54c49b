"""How a stand-in server behaves: what it supports, and which of its answers go wrong."""

import json
import random
from typing import Literal

from pydantic import Field

from ..records import Record

Fault = Literal["throttled", "error", "dropped", "slow", "cut_body", "truncated", "wrong_labels"]
FAULTS: tuple[Fault, ...] = ("throttled", "error", "dropped", "slow", "cut_body", "truncated", "wrong_labels")


class Behaviour(Record):
    """How a server serves. Faults are drawn from the seed, the question and how often it was asked."""

    latency: float = 0.0
    """Seconds from a request to its answer."""
    schema_support: Literal["enforced", "ignored", "refused"] = "enforced"
    json_mode: Literal["enforced", "refused"] = "enforced"
    logprobs: bool = True
    usage: bool = True
    key: str = ""
    """The key to ask for; empty: none."""
    context_tokens: int | None = None
    """Four characters count as one token."""
    fault_share: float = Field(default=0.0, ge=0.0, le=0.5)
    """The share of requests that go wrong. No question meets two faults in a row."""
    fault_seed: int = 0
    faults: tuple[Fault, ...] = FAULTS
    retry_after: float = 0.05
    slow: float = 0.5
    """Seconds that a slow answer takes."""

    def fault(self, question: str, turn: int) -> Fault | None:
        """What goes wrong when `question` is asked for the `turn`th time, counted from 0."""
        if not self.fault_share or not self.faults:
            return None
        # Asked again after a fault a question fares well, so each draw must be likelier than the share.
        chance = self.fault_share / (1 - self.fault_share)
        faulty, draw = False, 1.0
        for number in range(turn + 1):
            draw = random.Random(f"{self.fault_seed}/{question}/{number}").random()
            faulty = draw < chance and not faulty
        return self.faults[int(draw / chance * len(self.faults))] if faulty else None


def mislabelled(text: str) -> str:
    """A well-formed answer that names what isn't there."""
    try:
        answer = json.loads(text)
    except ValueError:
        return text
    if isinstance(answer, dict) and isinstance(answer.get("ranking"), str):
        answer["ranking"] += ">Z"
    elif isinstance(answer, dict):
        answer = {"wrong": True}
    return json.dumps(answer)
