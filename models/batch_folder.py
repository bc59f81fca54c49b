"""`batch-file:DIR`: batches as files in a folder, for an engine that reads them from there, such as vLLM's `run-batch`.

A batch is `TICKET.in.jsonl`. Its answers are expected in `TICKET.out.jsonl`; a file `TICKET.end` says that no more will
come, and what is missing then goes into another batch.

    vllm run-batch -i DIR/TICKET.in.jsonl -o DIR/TICKET.out.jsonl --model MODEL

https://docs.vllm.ai/en/latest/examples/offline_inference/openai_batch.html
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from pydantic import JsonValue

from ..errors import CallFailed, ModelError
from ..store.runs import write_atomically
from .batch_lines import LineFailure, read_line
from .batch_queue import BatchQueue, Standing
from .batches import Batched
from .config import Settings
from .endpoints import Endpoint
from .openai_wire import OpenAIWire
from .profiles import profile_for
from .protocol import Failure, Profile, Reply, Request

POLL = 2.0
GATHER = 2.0


class BatchFolder:
    """A BatchService (models.batch_queue) in a folder. A batch's name is its ticket."""

    def __init__(self, folder: Path, model: str) -> None:
        self._folder = folder
        self._endpoint = Endpoint(str(folder))
        self._model = model

    async def find(self, ticket: str, /) -> str | None:
        return ticket if self._asked(ticket).is_file() else None

    async def send(self, ticket: str, lines: Sequence[bytes], /) -> str:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self._asked(ticket), b"".join(lines))
        except OSError as problem:
            raise CallFailed(f"{self._folder}: no batch can be written there ({problem.strerror})") from None
        return ticket

    async def look(self, batch: str, /) -> Standing:
        if not self._asked(batch).is_file():
            return Standing(state="gone")
        wanted = sum(1 for line in self._asked(batch).read_bytes().split(b"\n") if line)
        done = len({key async for key, _ in self.read(batch)})
        ended = done >= wanted or (self._folder / f"{batch}.end").exists()
        return Standing(state="ended" if ended else "waiting", done=done, files=(batch,) if ended else ())

    async def read(self, file: str, /) -> AsyncIterator[tuple[str, Reply | LineFailure]]:
        try:
            content = (self._folder / f"{file}.out.jsonl").read_bytes()
        except FileNotFoundError:
            return
        except OSError as problem:
            raise CallFailed(f"{self._folder}: no answers can be read there ({problem.strerror})") from None
        *lines, last = content.split(b"\n")
        for line in (*lines, last):  # a last line that is still being written is no whole JSON
            if line and (found := read_line(line, self._endpoint, self._model)) is not None:
                yield found

    async def cancel(self, batch: str, /) -> None:
        pass

    async def close(self) -> None:
        pass

    def _asked(self, ticket: str) -> Path:
        return self._folder / f"{ticket}.in.jsonl"


class FolderWire:
    """How a question is written (models.batch_queue.Asked) for whoever reads the folder."""

    def __init__(self, wire: OpenAIWire, uri: str) -> None:
        self._wire = wire
        self.uri = uri

    @property
    def identity(self) -> str:
        return self._wire.identity

    @property
    def profile(self) -> Profile:
        return self._wire.profile

    def body(self, request: Request, /) -> Mapping[str, JsonValue]:
        return self._wire.body(request, self._wire.format)

    def downgrade(self) -> bool:
        return self._wire.downgrade()

    async def live(self, _request: Request, /) -> Reply | Failure:
        return Failure(message=f"{self.uri} has no live endpoint")

    async def close(self) -> None:
        await self._wire.close()


def open_folder(rest: str, settings: Settings | None = None) -> Batched:
    """The model that `batch-file:` followed by `rest` names. Raises ModelError.

    The model's name in each line is `extra_body.model` of the models file, else the folder's name.
    """
    stated = settings or Settings()
    folder = Path(rest)
    if folder.exists() and not folder.is_dir():
        raise ModelError(f"batch-file:{rest} is a file: name a folder for batches and answers")
    if stated.live_after_hours is not None:
        raise ModelError(f"batch-file:{rest} has no live endpoint: leave out live_after_hours")
    name = str(stated.extra_body.get("model") or folder.resolve().name)
    profile = profile_for(name, overrides=stated.profile)
    uri = f"batch-file:{rest}"
    wire = OpenAIWire(
        uri, name, Endpoint(f"file://{folder.resolve()}"), profile, parameters=stated.parameters
    )
    queue = BatchQueue(FolderWire(wire, uri), BatchFolder(folder, name), poll=stated.poll or POLL)
    return Batched(queue, most=50_000, gather=stated.gather or GATHER)
