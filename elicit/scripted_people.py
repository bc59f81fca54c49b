"""People by script: they open their links and fill in the pages over HTTP, as browsers do. For examples and measurements.

What they give is synthetic; a study that they answer is marked so (`Study.synthetic`).
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import urlencode, urlsplit

from ..errors import CallFailed
from .page_form import PageForm

Fields: TypeAlias = Mapping[str, str]
Mind: TypeAlias = Callable[[PageForm], Fields]
"""What a person puts into a page's fields."""

_LONGEST_WALK = 1000


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer of the server."""

    status: int
    location: str
    text: str


@dataclass
class ScriptedBrowser:
    """One connection to one server, with its cookies. It reconnects when the server comes back."""

    address: str
    """Such as http://127.0.0.1:8780."""
    cookies: dict[str, str] = field(default_factory=dict)
    patience: float = 30.0
    """Seconds for which a server that is away is waited for."""
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None

    async def get(self, path: str) -> Fetched:
        """Follows redirects. Raises CallFailed where the server stays away."""
        for _ in range(10):
            found = await self._patiently("GET", path, b"")
            if found.status not in (302, 303, 307):
                return found
            path = found.location
        raise CallFailed(f"{self.address}{path} leads round in a circle")

    async def post(self, path: str, fields: Fields) -> Fetched:
        """Sends a form, once more where no answer came: the server knows a save that it has. Raises CallFailed."""
        return await self._patiently("POST", path, urlencode(fields).encode())

    async def once(self, path: str, fields: Fields) -> Fetched:
        """Sends a form a single time. Raises OSError or EOFError where no answer came."""
        return await self._ask("POST", path, urlencode(fields).encode())

    async def close(self) -> None:
        writer, self._reader, self._writer = self._writer, None, None
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _patiently(self, method: str, path: str, body: bytes) -> Fetched:
        loop = asyncio.get_running_loop()
        until = loop.time() + self.patience
        while True:
            try:
                return await self._ask(method, path, body)
            except (OSError, EOFError) as problem:
                if loop.time() > until:
                    raise CallFailed(f"{self.address} can't be reached ({type(problem).__name__})") from None
                await asyncio.sleep(0.1)

    async def _ask(self, method: str, path: str, body: bytes) -> Fetched:
        where = urlsplit(self.address)
        try:
            if self._writer is None:
                self._reader, self._writer = await asyncio.open_connection(where.hostname, where.port)
            assert self._reader is not None
            cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            head = (
                f"{method} {path} HTTP/1.1\r\nhost: {where.netloc}\r\nsec-fetch-site: same-origin\r\n"
                + (f"cookie: {cookies}\r\n" if cookies else "")
                + ("content-type: application/x-www-form-urlencoded\r\n" if method == "POST" else "")
                + f"content-length: {len(body)}\r\n\r\n"
            )
            self._writer.write(head.encode("latin-1") + body)
            await self._writer.drain()
            return await self._answer(self._reader)
        except (OSError, EOFError):
            await self.close()
            raise

    async def _answer(self, reader: asyncio.StreamReader) -> Fetched:
        line, *rows = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        for row in rows:
            name, _, value = row.partition(":")
            if name.lower() == "set-cookie":
                cookie, _, mark = value.strip().partition(";")[0].partition("=")
                self.cookies[cookie] = mark
            headers[name.lower()] = value.strip()
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection", "").lower() == "close":
            await self.close()
        return Fetched(int(line.split(" ")[1]), headers.get("location", ""), body.decode("utf-8"))


async def walk_through(browser: ScriptedBrowser, token: str, mind: Mind) -> int:
    """Answer every page of a link, from where its person is to the end; returns the pages answered.

    Raises CallFailed where the server stays away, or takes an answer badly.
    """
    page = await browser.get(f"/s/{token}")
    for answered in range(_LONGEST_WALK):
        form = PageForm.of(page.text)
        if page.status != 200 or (not form.action and "You are through" not in page.text):
            raise CallFailed(f"a page of the study answered {page.status}")
        if not form.action:
            return answered
        sent = await browser.post(form.action, {**form.hidden, **mind(form)})
        if sent.status != 303:
            raise CallFailed(f"{form.action} was answered {sent.status}")
        page = await browser.get(sent.location)
    raise CallFailed("the study has no end")
