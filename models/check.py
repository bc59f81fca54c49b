"""Probing a base model with small real requests: what holds, what doesn't, what it costs in time and tokens."""

import json
import statistics
from collections.abc import Mapping
from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import JsonValue

from ..prompts.render import Part
from ..records import Record
from .chat_completion import Raw
from .protocol import Answer, BaseModel, Failure, Reply, Request

Holds = Literal["yes", "no", "unknown"]


class Finding(Record):
    """One thing that was tried."""

    name: str
    holds: Holds
    detail: str = ""
    """One sentence, where there is something to say."""


class CheckReport(Record):
    """What a check found. `troubles` are whole sentences; none means that nothing stands in the way."""

    uri: str
    findings: tuple[Finding, ...]
    troubles: tuple[str, ...] = ()
    latency: float | None = None
    """Median seconds of the requests that were answered."""
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    notice: str = ""

    def finding(self, name: str) -> Finding:
        """Raises KeyError."""
        for each in self.findings:
            if each.name == name:
                return each
        raise KeyError(name)

    @property
    def reachable(self) -> bool:
        return self.finding("answers").holds == "yes"


@runtime_checkable
class OnWire(Protocol):
    """A base model whose server can be asked plainly."""

    async def probe(self, fields: Mapping[str, Any], /) -> Raw | Failure:
        """Send `fields` as a request's body, with the model's name and the configured parameters."""
        ...


class Better(Answer):
    """The answer to the smallest question that every base model must understand."""

    ranking: str


async def check(model: BaseModel) -> CheckReport:
    """Ask `model` a handful of small questions. At most eight requests; never raises for what the model does."""
    return await _Check(model).run()


class _Check:
    def __init__(self, model: BaseModel) -> None:
        self._model = model
        self._findings: list[Finding] = []
        self._troubles: list[str] = []
        self._latencies: list[float] = []
        self._requests = self._input = self._output = 0

    async def run(self) -> CheckReport:
        model = self._model
        reply = await self._ready()
        if isinstance(reply, Failure):
            self._found("answers", "no", reply.message)
            self._troubles.append(reply.message)
        else:
            self._found("answers", "yes", f"it calls itself {reply.model}" if reply.model else "")
            counted = bool(reply.usage.input_tokens and reply.usage.output_tokens)
            if isinstance(model, OnWire):
                self._found("usage", "yes" if counted else "no")
                if not counted:
                    self._troubles.append(
                        "the server reports no token usage: budgets in tokens and money are blind to it"
                    )
                await self._strict_schema(model)
                await self._json_mode(model)
                await self._logprobs(model)
                await self._seed(model)
                self._found("reasoning", "yes" if reply.usage.reasoning_tokens else "unknown")
        return CheckReport(
            uri=model.uri,
            findings=tuple(self._findings),
            troubles=tuple(self._troubles),
            latency=statistics.median(self._latencies) if self._latencies else None,
            requests=self._requests,
            input_tokens=self._input,
            output_tokens=self._output,
            notice=model.profile.notice,
        )

    def _found(self, name: str, holds: Holds, detail: str = "") -> None:
        self._findings.append(Finding(name=name, holds=holds, detail=detail))

    async def _ready(self) -> Reply | Failure:
        responses: JsonValue = [{"label": "A", "text": "It is four."}, {"label": "B", "text": "It is nine."}]
        question: JsonValue = {
            "id": "check",
            "messages": [{"role": "user", "content": "What is two plus two?"}],
        }
        parts = (
            Part(
                name="system",
                text='Which response is better? Answer in JSON: {"ranking": "A>B"} or {"ranking": "B>A"}.',
            ),
            Part(name="sections", text="", data=[]),
            Part(name="conversation", text="What is two plus two?\n", data=question),
            Part(name="responses", text="A: It is four.\nB: It is nine.", data=responses),
        )
        expect: dict[str, JsonValue] = {"labels": ["A", "B"]}
        request = Request(role="ranker", template="check", parts=parts, answer=Better, expect=expect)
        self._requests += 1
        result = await self._model.complete(request)
        if isinstance(result, Reply):
            self._latencies.append(result.latency)
            self._input += result.usage.input_tokens
            self._output += result.usage.output_tokens
        return result

    async def _probe(self, wire: OnWire, question: str, **fields: Any) -> Raw | Failure:
        self._requests += 1
        messages = [{"role": "user", "content": question}]
        raw = await wire.probe({"messages": messages, **fields})
        if isinstance(raw, Raw):
            self._latencies.append(raw.latency)
            self._input += raw.count("prompt_tokens")
            self._output += raw.count("completion_tokens")
        return raw

    async def _strict_schema(self, wire: OnWire) -> None:
        """Ask for plain words under a schema: only a server that enforces it answers in JSON."""
        schema = {
            "type": "object",
            "properties": {"colour": {"type": "string", "enum": ["teal", "ochre"]}},
            "required": ["colour"],
            "additionalProperties": False,
        }
        raw = await self._probe(
            wire,
            "What is two plus two? Answer with one plain English word. Do not write JSON.",
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "Colour", "strict": True, "schema": schema},
            },
        )
        if isinstance(raw, Failure):
            self._found("strict_schema", "no", raw.message)
            self._troubles.append(
                "the server lacks strict JSON schemas and turns such requests down: it is asked in JSON mode, or "
                'by the prompt; set answers = "json_mode" or "prompted" for it to save the first request'
            )
        elif _json(raw.text) in ({"colour": "teal"}, {"colour": "ochre"}):
            self._found("strict_schema", "yes")
        else:
            self._found("strict_schema", "no", "accepted, and not enforced")
            self._troubles.append(
                "the server accepts a JSON schema and ignores it: answers are still validated and repaired once, "
                'but set answers = "prompted" for it, so that the prompt spells the schema out'
            )

    async def _json_mode(self, wire: OnWire) -> None:
        raw = await self._probe(
            wire,
            'Name a colour. Answer in JSON: {"colour": ...}.',
            response_format={"type": "json_object"},
        )
        if isinstance(raw, Failure):
            self._found("json_mode", "no", raw.message)
        else:
            self._found("json_mode", "yes" if isinstance(_json(raw.text), dict) else "no")

    async def _logprobs(self, wire: OnWire) -> None:
        raw = await self._probe(wire, "Say yes.", logprobs=True)
        there = isinstance(raw, Raw) and bool((raw.choice.get("logprobs") or {}).get("content"))
        self._found("logprobs", "yes" if there else "no")

    async def _seed(self, wire: OnWire) -> None:
        """The same seed twice on a question with many answers."""
        question = "Invent a name for a village. Answer with the name alone."
        texts = []
        for _ in range(2):
            raw = await self._probe(wire, question, seed=7)
            if isinstance(raw, Failure):
                self._found("seed", "no", raw.message)
                return
            texts.append(raw.text)
        self._found("seed", "yes" if texts[0] == texts[1] else "no")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
