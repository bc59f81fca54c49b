"""Record a run's calls to a file, and answer from that file: for tests, demonstrations and bug reports.

The file is JSON lines: a head (format, recording, uri, identity, profile), then one line a reply.
"""

import json
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TextIO

from pydantic import ValidationError

from ..errors import ModelError
from ..records import Record
from ..store.protocol import Store
from .config import Settings
from .protocol import BaseModel, Failure, Profile, Reply, Request, Role, Ticketed

_FORMAT = "concord-recording-2"


class Head(Record):
    """The first line of a recording."""

    format: str
    recording: str
    """Random: answers of one recording are never taken for another's."""
    uri: str
    identity: str
    profile: Profile


class Entry(Record):
    """One line of a recording."""

    key: str
    """The request's."""
    role: Role
    template: str
    reply: Reply


class Recorder:
    """Another base model, every reply of which is written to a file as it comes.

    Its identity is the recording's own, so that a warm cache doesn't keep replies out of the file.
    """

    def __init__(self, model: BaseModel, path: Path) -> None:
        self._model = model
        self._path = path
        if path.exists():
            self._head = read_recording(path)[0]
            if self._head.identity != model.identity:
                raise ModelError(
                    f"{path} is a recording of {self._head.uri}, not of {model.uri}: name another file"
                )
        else:
            self._head = Head(
                format=_FORMAT,
                recording=secrets.token_hex(8),
                uri=model.uri,
                identity=model.identity,
                profile=model.profile,
            )
            self._append(self._head)

    @property
    def uri(self) -> str:
        return f"record:{self._path}={self._model.uri}"

    @property
    def identity(self) -> str:
        return f"recording:{self._head.recording}"

    @property
    def profile(self) -> Profile:
        return self._model.profile

    async def complete(self, request: Request, /) -> Reply | Failure:
        result = await self._model.complete(request)
        if isinstance(result, Reply):
            self._append(Entry(key=request.key, role=request.role, template=request.template, reply=result))
        return result

    def keep_tickets(self, store: Store, /) -> None:
        if isinstance(self._model, Ticketed):
            self._model.keep_tickets(store)

    async def close(self) -> None:
        await self._model.close()

    def _append(self, line: Record) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                _write(file, line)
        except OSError as problem:
            raise ModelError(f"no recording can be written to {self._path}: {problem.strerror}") from None


class Replay:
    """Answers what a recording holds. A request it hasn't seen is a failure, not worth another try."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._head, self._replies = read_recording(path)
        self._profile = self._head.profile.model_copy(
            update={
                "usd_per_million_input": 0.0,
                "usd_per_million_cached": 0.0,
                "usd_per_million_output": 0.0,
                "requests_per_minute": None,
                "tokens_per_minute": None,
            }
        )

    @property
    def uri(self) -> str:
        return f"replay:{self._path}"

    @property
    def identity(self) -> str:
        return f"recording:{self._head.recording}"

    @property
    def profile(self) -> Profile:
        return self._profile

    async def complete(self, request: Request, /) -> Reply | Failure:
        return self._replies.get(request.key) or self._unseen(request)

    async def close(self) -> None:
        pass

    def _unseen(self, request: Request) -> Failure:
        subject = f" ({request.template})"
        return Failure(
            message=f"{self._path} holds no reply to this {request.role} prompt{subject}: "
            "the spec, data, seed or templates differ from the recorded run's; record it anew"
        )


def read_recording(path: Path) -> tuple[Head, dict[str, Reply]]:
    """Head and replies by request key, the last of each. Raises ModelError naming the line that is wrong."""
    replies: dict[str, Reply] = {}
    head: Head | None = None
    number = 0
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                number += 1
                if head is None:
                    head = Head.model_validate_json(line)
                    continue
                entry = Entry.model_validate_json(line)
                replies[entry.key] = entry.reply
    except OSError as problem:
        raise ModelError(f"the recording {path} can't be read: {problem.strerror}") from None
    except (ValidationError, UnicodeDecodeError):
        raise ModelError(f"{path}, line {number}: this is no line of a recording; record it anew") from None
    if head is None or head.format != _FORMAT:
        raise ModelError(f"{path} is no recording of this version: record it anew")
    return head, replies


def write_recording(path: Path, name: str, replies: Sequence[tuple[Request, Reply]]) -> None:
    """A recording of replies that came by another way: a batch queue, an offline model, people. Raises ModelError."""
    head = Head(
        format=_FORMAT, recording=secrets.token_hex(8), uri=f"imported:{name}", identity=f"imported:{name}",
        profile=Profile(notice=f"Answers imported from {name}."),
    )  # fmt: skip
    try:
        with path.open("w", encoding="utf-8") as file:
            _write(file, head)
            for request, reply in replies:
                _write(
                    file, Entry(key=request.key, role=request.role, template=request.template, reply=reply)
                )
    except OSError as problem:
        raise ModelError(f"no recording can be written to {path}: {problem.strerror}") from None


def open_recorder(rest: str, open_other: Callable[[str], BaseModel]) -> BaseModel:
    """`record:FILE=URI`, the other model opened by `open_other`. Raises ModelError."""
    path, _, uri = rest.partition("=")
    if not path or not uri:
        raise ModelError(
            f"record:{rest} is incomplete: write record:FILE=URI, e.g. record:calls.jsonl=embedded"
        )
    return Recorder(open_other(uri), Path(path).expanduser())


def open_replay(rest: str, settings: Settings) -> BaseModel:  # noqa: ARG001  # every factory is given them
    """`replay:FILE`. Raises ModelError."""
    return Replay(Path(rest).expanduser())


def _write(file: TextIO, line: Record) -> None:
    value: Any = line.model_dump(mode="json")
    file.write(json.dumps(value, ensure_ascii=False) + "\n")
