"""Where a wire model lives, and with which key it is reached."""

import os
import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from ..errors import ModelError
from .keys import HIDDEN, Key, read_key

OPENAI_URL = "https://api.openai.com/v1"
OPENAI_KEY = "OPENAI_API_KEY"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A base address and a key, which doesn't print and enters no record, id or message."""

    url: str
    key: Key | None = None
    key_source: str = ""
    """Where the key came from, in words that may be shown."""

    @property
    def official(self) -> bool:
        """Whether this is OpenAI's own service."""
        return urlsplit(self.url).hostname == urlsplit(OPENAI_URL).hostname

    @property
    def warning(self) -> str:
        """A sentence where the key crosses a network in the clear; else empty."""
        parts = urlsplit(self.url)
        if not self.key or parts.scheme != "http" or _is_this_machine(parts.hostname or ""):
            return ""
        return (
            f"The key from {self.key_source or 'the configuration'} and every prompt go to {parts.hostname} over "
            "plain http, for anybody on the way to read: use https."
        )

    def clean(self, text: str) -> str:
        """`text` without the key, should a server have repeated it."""
        return text.replace(self.key.reveal(), HIDDEN) if self.key else text


def split_uri(rest: str) -> tuple[str, str | None]:
    """`MODEL[@http://host:port/v1]` into model and address; a model's name may hold `/`, `:` and `@`.

    Raises ModelError where the name is empty or the address can't be one.
    """
    at = max(rest.rfind("@http://"), rest.rfind("@https://"))
    name, address = (rest, None) if at < 0 else (rest[:at], rest[at + 1 :].rstrip("/"))
    if address is None and (host := _without_scheme(rest)):
        name = rest[: -len(host) - 1]
        raise ModelError(
            f"openai:{rest} has an address without http:// or https://, so it isn't clear where prompts go: "
            f"write openai:{name or 'MODEL'}@http://{host}"
        )
    if not name.strip():
        raise ModelError(
            f"openai:{rest} names no model; write openai:MODEL or openai:MODEL@http://host:port/v1"
        )
    if address is not None:
        check_address(address)
    return name, address


_NO_SCHEME = re.compile(
    r"(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5}(?:/\S*)?|/\S*)|localhost|\d+\.\d+\.\d+\.\d+|\[[0-9a-fA-F:.]+\]"
)
"""A host with a port or a path, this machine, or a number: an address that lacks its scheme."""


def _without_scheme(rest: str) -> str:
    """What stands behind a model's name like an address and has no scheme; empty where nothing does."""
    _, at, host = rest.rpartition("@")
    return host if at and _NO_SCHEME.fullmatch(host) else ""


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def check_address(address: str) -> None:
    """Raises ModelError for an address without a host, or with a secret in it."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
        parts = urlsplit("")
    if not host:
        raise ModelError(f"{address} is no server's address; write http://host:port/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ModelError(
            f"the address of {host} holds a user name, password or query; leave the bare http://host:port/v1 "
            "and name the key's environment variable as key_env in the models file"
        )


def address_of(address: str | None) -> str:
    """Where `address` leads: None means OpenAI's own service, or OPENAI_BASE_URL. Raises ModelError for no address."""
    url = (address or os.environ.get("OPENAI_BASE_URL") or OPENAI_URL).rstrip("/")
    check_address(url)
    return url


def open_endpoint(address: str | None, *, key_env: str = "", key_file: str = "") -> Endpoint:
    """The endpoint at `address`, or OpenAI's own (or OPENAI_BASE_URL's) where it is None.

    OPENAI_API_KEY goes to OpenAI's own service, or to OPENAI_BASE_URL, and nowhere else: another server gets
    the key that is configured for it, or none. Raises ModelError for a key that was promised and isn't there.
    """
    url = address_of(address)
    bare = Endpoint(url)
    default = OPENAI_KEY if address is None or bare.official else ""
    key = read_key(key_env, key_file, default)
    if key is None and bare.official:
        raise ModelError(
            f"no key for {url}: set {OPENAI_KEY}, or name another server as openai:MODEL@http://host:port/v1"
        )
    source = f"the file {key_file}" if key_file else key_env or default
    return Endpoint(url, key, source if key else "")
