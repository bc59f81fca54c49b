"""Who may open the pages, and what a browser may do with them."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Literal

from ...errors import OptionError
from ...records import Record

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST_BODY = 1_000_000
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
LOCAL = ("127.0.0.1", "localhost", "::1")


class Access(Record):
    """How the pages are guarded.

    - local: only this machine; whoever decides types a name
    - password: HTTP Basic over TLS; the user name given there signs the decisions
    - proxy: a proxy in front says in a header who the user is, and that name signs
    """

    mode: Literal["local", "password", "proxy"] = "local"
    hosts: tuple[str, ...] = ()
    """Values of the Host header that are answered, with port."""
    password_hash: str = ""
    """salt$scrypt, both in hex (`hashed`)."""
    user_header: str = ""
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    """Addresses that the header is believed from."""
    older_browsers: bool = False
    """Take forms without Sec-Fetch-Site: for pages whose form tokens can't be had without a secret link."""


def access_for(
    host: str,
    port: int,
    *,
    password: str | None,
    tls: bool,
    user_header: str | None,
    names: tuple[str, ...] = (),
) -> Access:
    """The guard for an address. Raises OptionError for one that others reach without being known."""
    here = host in LOCAL
    own = tuple(dict.fromkeys((*LOCAL[:2], "[::1]", *(names or (() if here else (host,))))))
    hosts = tuple(f"{name}:{port}" for name in own) + tuple(names)
    if user_header and password:
        raise OptionError("a password and a proxy's user header exclude each other: choose one")
    if user_header:
        return Access(mode="proxy", hosts=hosts, user_header=user_header.lower())
    if password:
        if len(password) < 12:
            raise OptionError("the password has fewer than 12 characters: take a longer one")
        if not here and not tls:
            raise OptionError(
                f"a password on {host} would cross the network in the clear: give --tls-cert and --tls-key"
            )
        return Access(mode="password", hosts=hosts, password_hash=hashed(password))
    if not here:
        raise OptionError(
            f"{host} can be reached by others: give a password file with TLS, or --proxy-user-header behind a proxy "
            "that says who the user is; without either, review listens on 127.0.0.1 only"
        )
    return Access(hosts=hosts)


def hashed(password: str, salt: bytes | None = None) -> str:
    salt = salt or secrets.token_bytes(16)
    return f"{salt.hex()}${hashlib.scrypt(password.encode(), salt=salt, n=2**12, r=8, p=1).hex()}"


class Tokens:
    """Form tokens: bound to the user, and to a secret: that of this process, or one that outlives it."""

    def __init__(self, secret: bytes | None = None) -> None:
        self._secret = secret or secrets.token_bytes(32)

    def token(self, user: str) -> str:
        return hmac.new(self._secret, user.encode("utf-8", "surrogatepass"), "sha256").hexdigest()

    def holds(self, token: str, user: str) -> bool:
        return hmac.compare_digest(token.encode("utf-8", "surrogatepass"), self.token(user).encode())


class Guard:
    """ASGI middleware: answers only requests that are meant for it, and tells the browser what pages may do."""

    def __init__(self, app: App, access: Access, *, largest_body: int = LARGEST_BODY) -> None:
        self.app = app
        self.access = access
        self.largest_body = largest_body
        self._passed: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await _refuse(send, *refusal)
            return
        scope.setdefault("state", {})["user"] = self._user(scope, headers)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                known = {name.decode("latin-1").lower() for name, _ in message["headers"]}
                added = {**HEADERS, "cache-control": "no-store"}
                message["headers"] = [
                    *message["headers"],
                    *((name.encode(), value.encode()) for name, value in added.items() if name not in known),
                ]
            await send(message)

        await self.app(scope, receive, with_headers)

    def _refusal(self, scope: Scope, headers: dict[str, list[str]]) -> tuple[int, str, dict[str, str]] | None:
        if headers.get("host", []) not in [[host] for host in self.access.hosts]:
            return 400, "This address isn't one that these pages answer to.", {}
        if self.access.mode == "password" and self._user(scope, headers) is None:
            return (
                401,
                "Name and password, please.",
                {"www-authenticate": 'Basic realm="concord review", charset="UTF-8"'},
            )
        if self.access.mode == "proxy" and self._user(scope, headers) is None:
            return 403, "The proxy in front has to say who you are.", {}
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405, "Only GET and POST are answered.", {"allow": "GET, HEAD, POST"}
        if scope["method"] == "POST":
            told = headers.get("sec-fetch-site", [])
            # A browser leaves it out over plain HTTP behind a proxy, and so do old phones.
            if told != ["same-origin"] and (told or not self.access.older_browsers):
                return 403, "Forms are taken from these pages only.", {}
            kind = headers.get("content-type", [""])[0].partition(";")[0].strip().lower()
            if kind != "application/x-www-form-urlencoded":
                return 415, "Forms are taken as application/x-www-form-urlencoded.", {}
            length = headers.get("content-length", ["0"])[0]
            if not length.isdecimal() or int(length) > self.largest_body:
                return 413, "That is more than a form here may hold.", {}
        return None

    def _user(self, scope: Scope, headers: dict[str, list[str]]) -> str | None:
        """The known user: "" in local mode, None where nobody is known."""
        if self.access.mode == "local":
            return ""
        if self.access.mode == "proxy":
            peer = (scope.get("client") or ("",))[0]
            said = headers.get(self.access.user_header, [])
            return said[0].strip() or None if peer in self.access.proxies and len(said) == 1 else None
        said = headers.get("authorization", [])
        if len(said) != 1 or not said[0].lower().startswith("basic "):
            return None
        try:
            name, colon, password = (
                base64.b64decode(said[0][6:], validate=True).decode("utf-8").partition(":")
            )
        except (binascii.Error, UnicodeDecodeError):
            return None
        if not colon or not name.strip():
            return None
        # A right password is remembered by its hash, so that not every request pays for scrypt.
        mark = hashlib.sha256(said[0].encode()).hexdigest()
        if mark not in self._passed:
            salt = bytes.fromhex(self.access.password_hash.partition("$")[0])
            if not hmac.compare_digest(hashed(password, salt), self.access.password_hash):
                return None
            if len(self._passed) > 1000:
                self._passed.clear()
            self._passed.add(mark)
        return name.strip()


async def _refuse(send: Send, status: int, sentence: str, more: dict[str, str]) -> None:
    headers = {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store", **HEADERS, **more}
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": (sentence + "\n").encode()})
