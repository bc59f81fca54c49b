"""A local server with the Files and Batches endpoints, as slow and forgetful as real ones: for tests and experiments.

It answers Chat Completions too (testing.fake_server). What it holds lies in a folder, so that it can be killed and
started again on the same port. As a program: `python -m concord.testing.batch_server FOLDER PORT '{"late": 2}'`.
"""

import argparse
import asyncio
import json
import random
import secrets
import sys
import time
from collections import Counter
from collections.abc import Mapping
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ..records import Record
from ..store.runs import write_atomically
from .embedded_answers import EmbeddedAnswers
from .fake_server import ChatServer, asked_of, completion_of, error_body, send
from .hash_answers import Answerer, answer_by_hash


class Slowness(Record):
    """How the queue behaves."""

    late: float = 0.0
    """Seconds until a batch has ended."""
    expired_share: float = 0.0
    """Lines of a batch that it doesn't come to; a question that is sent again is answered."""
    refused_share: float = 0.0
    """Lines that end in the error file with status 500; answered when sent again."""
    troubled_share: float = 1.0
    """Batches in which lines expire or are refused, of all."""
    most_lines: int | None = None
    """A larger batch is taken, and fails late: the account may not have so much in the queue."""
    page: int = 2
    """Batches in one page of the list."""


class BatchServer(ChatServer):
    """Serves from a thread; batches are worked off when somebody looks."""

    def __init__(
        self,
        folder: Path,
        slowness: Slowness | None = None,
        answer: Answerer = answer_by_hash,
        *,
        port: int = 0,
    ) -> None:
        super().__init__(answer, port=port)
        self.slowness = slowness or Slowness()
        self._folder = folder
        self._keys: dict[str, tuple[str, ...]] = {}
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def batches(self) -> list[dict[str, Any]]:
        """Every batch, the newest first, as the endpoint shows it."""
        return batches_in(self._folder)

    @property
    def answers(self) -> Counter[str]:
        """How often each question was answered, by its `custom_id`: what is paid for."""
        counted: Counter[str] = Counter()
        for batch in self.batches:
            if batch.get("output_file_id"):
                content = self._file(batch["output_file_id"]).read_bytes()
                counted.update(json.loads(line)["custom_id"] for line in content.splitlines())
        return counted

    async def _respond(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, writer: asyncio.StreamWriter
    ) -> bool:
        parts = urlsplit(path)
        steps = parts.path.removeprefix("/v1/").split("/")
        match (method, steps):
            case ("POST", ["files"]):
                return await send(writer, 200, self._uploaded(headers, body))
            case ("GET", ["files", name, "content"]):
                return await _send_content(writer, self._content_of(name))
            case ("POST", ["batches"]):
                return await send(writer, 200, self._created(json.loads(body)))
            case ("GET", ["batches"]):
                return await send(writer, 200, self._listed(parse_qs(parts.query)))
            case ("GET", ["batches", id_]) if self._path(id_).is_file():
                return await send(writer, 200, self._looked_at(id_))
            case ("POST", ["batches", id_, "cancel"]) if self._path(id_).is_file():
                return await send(writer, 200, self._looked_at(id_, cancel=True))
        return await super()._respond(method, path, headers, body, writer)

    def _uploaded(self, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        message = BytesParser().parsebytes(
            b"Content-Type: " + headers.get("content-type", "").encode() + b"\r\n\r\n" + body
        )
        content = b""
        for part in message.get_payload():
            if "filename" in str(part["Content-Disposition"]):  # type: ignore[index]  # a multipart's parts
                content = part.get_payload(decode=True)  # type: ignore[assignment, union-attr]
        name = self._kept(content)
        return {"id": name, "object": "file", "purpose": "batch", "bytes": len(content)}

    def _created(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        number = len(list(self._folder.glob("batch_*.json")))
        batch = {
            "id": f"batch_{secrets.token_hex(6)}", "object": "batch", "number": number, "status": "in_progress",
            "input_file_id": asked["input_file_id"], "endpoint": asked["endpoint"], "metadata": asked.get("metadata"),
            "created_at": time.time(), "output_file_id": None, "error_file_id": None, "errors": None,
            "request_counts": {"total": len(self._lines(asked["input_file_id"])), "completed": 0, "failed": 0},
        }  # fmt: skip
        self._write(batch)
        return batch

    def _listed(self, query: Mapping[str, list[str]]) -> dict[str, Any]:
        batches = self.batches
        if "after" in query:
            ids = [batch["id"] for batch in batches]
            batches = batches[ids.index(query["after"][0]) + 1 :]
        return {
            "object": "list",
            "data": batches[: self.slowness.page],
            "has_more": len(batches) > self.slowness.page,
        }

    def _looked_at(self, id_: str, *, cancel: bool = False) -> dict[str, Any]:
        batch: dict[str, Any] = json.loads(self._path(id_).read_bytes())
        if batch["status"] != "in_progress":
            return batch
        if cancel:
            self._work_off(batch, "cancelled", share=0.5)
        elif time.time() - batch["created_at"] >= self.slowness.late:
            self._work_off(batch, "completed")
        self._write(batch)
        return batch

    def _work_off(self, batch: dict[str, Any], status: str, share: float = 1.0) -> None:
        """Answer the lines, in an order of the queue's own."""
        lines = self._lines(batch["input_file_id"])
        if self.slowness.most_lines is not None and len(lines) > self.slowness.most_lines:
            told = {"code": "token_limit_exceeded", "message": "Enqueued token limit reached", "line": None}
            batch |= {"status": "failed", "errors": {"object": "list", "data": [told]}}
            return
        seen = self._seen()
        draw = random.Random(batch["number"])
        draw.shuffle(lines)
        if random.Random(f"trouble/{batch['number']}").random() >= self.slowness.troubled_share:
            seen |= {line["custom_id"] for line in lines}
        good: list[dict[str, Any]] = []
        bad: list[dict[str, Any]] = []
        expired = False
        for line in lines[: max(1, round(share * len(lines)))]:
            key, chance = line["custom_id"], draw.random()
            if key not in seen and chance < self.slowness.expired_share:
                expired = True
                told = {"code": "batch_expired", "message": "This request could not be executed in time."}
                bad.append(line_of(key, error=told))
            elif key not in seen and chance < self.slowness.expired_share + self.slowness.refused_share:
                refusal = {"status_code": 500, "body": error_body("The server had an error")}
                bad.append(line_of(key, refusal))
            else:
                good.append(line_of(key, self._response(line["body"])))
        batch["status"] = "expired" if expired and status == "completed" else status
        batch["output_file_id"] = self._kept(_jsonl(good)) if good else None
        batch["error_file_id"] = self._kept(_jsonl(bad)) if bad else None
        batch["request_counts"] |= {"completed": len(good), "failed": len(bad)}

    def _response(self, body: Mapping[str, Any]) -> dict[str, Any]:
        asked = asked_of(body)
        if refusal := self._refuses(asked):
            return {"status_code": 400, "body": refusal}
        text = str(self._content(asked).get("content") or "")
        message = {"role": "assistant", "content": text, "refusal": None}
        return {"status_code": 200, "body": completion_of(asked, message, behaviour=self.behaviour)}

    def _seen(self) -> set[str]:
        """Questions that came with a batch which has ended already."""
        ended = [batch for batch in self.batches if batch["status"] != "in_progress"]
        return {key for batch in ended for key in self._keys_of(batch["input_file_id"])}

    def _keys_of(self, file: str) -> tuple[str, ...]:
        """The questions of an input file; it never changes."""
        if file not in self._keys:
            self._keys[file] = tuple(line["custom_id"] for line in self._lines(file))
        return self._keys[file]

    def _lines(self, file: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._file(file).read_bytes().splitlines()]

    def _kept(self, content: bytes) -> str:
        name = f"file-{secrets.token_hex(6)}"
        write_atomically(self._file(name), content)
        return name

    def _content_of(self, name: str) -> bytes | None:
        path = self._file(name)
        return path.read_bytes() if path.is_file() else None

    def _file(self, name: str) -> Path:
        return self._folder / Path(name).name

    def _path(self, id_: str) -> Path:
        return self._folder / f"{Path(id_).name}.json"

    def _write(self, batch: Mapping[str, Any]) -> None:
        write_atomically(self._path(batch["id"]), json.dumps(batch))


def batches_in(folder: Path) -> list[dict[str, Any]]:
    """The batches of a server in `folder`, the newest first, whether it runs or not."""
    found = [json.loads(path.read_bytes()) for path in folder.glob("batch_*.json")]
    return sorted(found, key=lambda each: (-each["number"], each["id"]))


def line_of(key: str, response: object = None, error: object = None) -> dict[str, Any]:
    """A line of a file of answers."""
    return {"id": "x", "custom_id": key, "response": response, "error": error}


def _jsonl(lines: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


async def _send_content(writer: asyncio.StreamWriter, content: bytes | None) -> bool:
    if content is None:
        return await send(writer, 404, error_body("no such file"))
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(content) + content)
    await writer.drain()
    return True


def main() -> None:
    """Serve until standard input closes."""
    parser = argparse.ArgumentParser(prog="batch_server")
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("slowness", nargs="?", default="{}")
    given = parser.parse_args()
    slowness = Slowness.model_validate_json(given.slowness)
    with BatchServer(given.folder, slowness, EmbeddedAnswers(), port=given.port) as server:
        sys.stdout.write(server.url + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
