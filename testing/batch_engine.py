"""An engine that answers batches in a folder as vLLM's `run-batch` does, slow and forgetful: for tests and experiments."""

import json
import random
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..store.runs import write_atomically
from .batch_server import line_of
from .fake_server import asked_of, completion_of
from .hash_answers import Answerer, answer_by_hash

_LOOK = 0.05
"""Seconds between two looks at the folder."""


class BatchEngine:
    """Works from a thread for as long as the context lasts.

    Answers come out of order, and at first only some of them, the last line torn. `left_out` is the share of a batch's
    lines that it never comes to; where such a line comes with another batch it is answered.
    """

    def __init__(self, folder: Path, answer: Answerer = answer_by_hash, *, left_out: float = 0.0) -> None:
        self.folder = folder
        self.batches = 0
        self._answer = answer
        self._left_out = left_out
        self._forgotten: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stop.wait(_LOOK):
            for batch in sorted(self.folder.glob("*.in.jsonl")):
                out = batch.with_name(batch.name.replace(".in.", ".out."))
                if not out.exists():
                    self._work_off(batch, out)

    def _work_off(self, batch: Path, out: Path) -> None:
        lines = [json.loads(line) for line in batch.read_bytes().splitlines()]
        draw = random.Random(self.batches)
        self.batches += 1
        draw.shuffle(lines)
        answered = []
        for line in lines:
            key = line["custom_id"]
            if key not in self._forgotten and draw.random() < self._left_out:
                self._forgotten.add(key)
            else:
                answered.append(self._line(key, line["body"]))
        whole = b"".join(answered)
        out.write_bytes(whole[: len(whole) // 2])
        self._stop.wait(_LOOK)
        out.write_bytes(whole)
        if len(answered) < len(lines):
            write_atomically(out.with_name(out.name.replace(".out.jsonl", ".end")), "")

    def _line(self, key: str, body: dict[str, Any]) -> bytes:
        asked = asked_of(body)
        content = self._answer(asked)
        told = {"content": content} if isinstance(content, str) else content
        message = {"role": "assistant", "content": str(told.get("content") or ""), "refusal": None}
        response = {"status_code": 200, "body": completion_of(asked, message)}
        return json.dumps(line_of(key, response)).encode() + b"\n"
