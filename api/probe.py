"""One small call to each base model on a wire before a run begins: a wrong port or key shows in seconds."""

import asyncio
import time
from collections.abc import Callable

from ..errors import CallFailed
from ..graph.context import RunInputs
from ..models.check import OnWire
from ..models.protocol import Failure

_WAITS = (0.2, 0.5, 1.0)
"""Seconds between the attempts at a server that fails in passing."""
_LONG = 5.0
"""Seconds after which a failed call isn't tried again."""
_QUESTION = {"messages": [{"role": "user", "content": "Answer with one word: yes."}]}


async def probe(inputs: RunInputs, say: Callable[[str], None]) -> None:
    """Ask each base model on a wire once. Raises CallFailed, in a sentence, for one that gives no reply."""
    models = {caller.model.uri: caller.model for caller in inputs.callers.values()}
    for uri, model in models.items():
        if not isinstance(model, OnWire):
            continue
        say(f"one call to see that {uri} answers")
        failure = await _failure(model)
        if failure is not None:
            raise CallFailed(f"{uri} did not answer a first small call: {failure.message}")


async def _failure(model: OnWire) -> Failure | None:
    began = time.monotonic()
    for wait in (*_WAITS, None):
        found = await model.probe(_QUESTION)
        if not isinstance(found, Failure):
            return None
        if wait is None or not found.retryable or found.after or time.monotonic() - began > _LONG:
            return None if found.throttled else found  # a server that is only busy is there
        await asyncio.sleep(wait)
    return None
