"""A GGUF file read in this process by llama.cpp: `gguf:/path/to/model.gguf`."""

import asyncio
import hashlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ModelError
from ..records import digest
from .chat_completion import Raw
from .config import Settings
from .endpoints import Endpoint
from .keys import Key
from .openai_wire import OpenAIWire
from .profiles import profile_for
from .protocol import Failure, Profile, Reply, Request

_SAMPLED = 1 << 20
_CONTEXT = 8192


class GgufModel:
    """llama.cpp's server in this process, loaded at the first request and spoken to like any other server."""

    def __init__(self, path: Path, settings: Settings, profile: Profile) -> None:
        self._path = path
        self._settings = settings
        self._profile = profile
        self._identity = f"gguf:{path.name}#{_fingerprint(path)[:12]}" + (
            f"#{digest([settings.parameters, profile.answers, profile.output_tokens])[:8]}"
        )
        self._server: Any = None
        self._wire: OpenAIWire | None = None
        self._loading = asyncio.Lock()

    @property
    def uri(self) -> str:
        return f"gguf:{self._path}"

    @property
    def identity(self) -> str:
        """The file's name and content, wherever it lies."""
        return self._identity

    @property
    def profile(self) -> Profile:
        return self._profile

    async def complete(self, request: Request, /) -> Reply | Failure:
        """Raises ModelError when llama.cpp can't load the file."""
        return await (await self._loaded()).complete(request)

    async def close(self) -> None:
        if self._wire is not None:
            await self._wire.close()
        self._wire = None
        self._server = None

    async def probe(self, fields: Mapping[str, Any], /) -> Raw | Failure:
        return await (await self._loaded()).probe(fields)

    async def _loaded(self) -> OpenAIWire:
        async with self._loading:
            if self._wire is None:
                self._wire = await asyncio.to_thread(self._load)
            return self._wire

    def _load(self) -> OpenAIWire:
        import xllamacpp

        profile = self._profile
        token = secrets.token_urlsafe(24)
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(self._path)
        parameters.model_alias = [self._path.stem]
        parameters.n_parallel = profile.concurrency
        parameters.n_ctx = (profile.context_tokens or _CONTEXT) * profile.concurrency
        parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = self._threads
        parameters.api_keys = [token]
        parameters.verbosity = 0
        parameters.ui = False
        try:
            self._server = xllamacpp.Server(parameters)
        except (RuntimeError, ValueError) as problem:
            raise ModelError(f"llama.cpp can't load {self._path}: {problem}") from None
        endpoint = Endpoint(f"{self._server.listening_address}/v1", Key(token))
        return OpenAIWire(
            self.uri, self._path.stem, endpoint, profile, parameters=self._settings.parameters, narrow=True
        )

    @property
    def _threads(self) -> int:
        return self._settings.threads or os.cpu_count() or 1


def open_gguf(rest: str, settings: Settings | None = None) -> GgufModel:
    """The model in the file `rest`. Raises ModelError where it isn't one, or the extra `local` is missing."""
    stated = settings or Settings()
    path = Path(rest).expanduser()
    if not path.is_file():
        raise ModelError(f"gguf:{rest} is no file; give the path of a model in GGUF format")
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise ModelError(f"{path} is not in GGUF format")
    try:
        import xllamacpp  # noqa: F401
    except ImportError:
        raise ModelError("gguf: needs llama.cpp in process; pip install 'concord-spec[local]'") from None
    defaults = {
        "context_tokens": _CONTEXT,
        "output_tokens": 1024,
        "concurrency": 1,
        "logprobs": True,
        "seed": True,
        "usd_per_million_input": 0.0,
        "usd_per_million_output": 0.0,
    }
    return GgufModel(path, stated, profile_for(path.stem, overrides=defaults | dict(stated.profile)))


def _fingerprint(path: Path) -> str:
    """SHA-256 over a file's size, beginning and end: enough to tell models apart without reading gigabytes."""
    size = path.stat().st_size
    with path.open("rb") as file:
        begins = file.read(_SAMPLED)
        file.seek(max(0, size - _SAMPLED))
        return hashlib.sha256(b"%d\0" % size + begins + file.read()).hexdigest()
