"""Keys of endpoints: read at the edge, shown nowhere."""

import os
import re
from pathlib import Path

from ..errors import ModelError

HIDDEN = "[key hidden]"

_known: set[str] = set()
_LOOKS_LIKE_A_KEY = re.compile(
    r"\b(?:sk|pk|rk|key|gsk|xai|hf|nvapi)[-_][A-Za-z0-9_\-]{6,}[A-Za-z0-9_\-*.]*|"
    r"\bBearer [^\s\"',;]+|"
    r"\beyJ[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]+"
)
_NAMED = re.compile(
    r"(?i)((?:api[-_ ]?key(?: provided)?|authorization|x-api-key|token)[\"']?\s*[:=]\s*[\"']?)([^\s\"',;}\[]{6,})"
)


class Key:
    """A key that doesn't show when printed. From the moment it is made, `scrub` knows it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Raises ModelError for what can't be a key, without showing it."""
        if not value.isascii() or not value.isprintable() or " " in value:
            raise ModelError("the key holds blanks or characters that no key has: copy it again, on one line")
        self._value = value
        if len(value) >= 6:
            _known.add(value)

    def reveal(self) -> str:
        """The key itself, for the request that needs it."""
        return self._value

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__


def read_key(key_env: str, key_file: str, default_env: str = "") -> Key | None:
    """The key from a file, else from the environment variable named, else from `default_env`; or None.

    Raises ModelError when a file or variable that was asked for isn't there or is empty.
    """
    if key_file:
        try:
            value = Path(key_file).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise ModelError(f"the key file {key_file} can't be read: check key_file in the config") from None
        if not value:
            raise ModelError(f"the key file {key_file} is empty: write the key into it")
        return Key(value)
    if key_env:
        if not (value := os.environ.get(key_env, "").strip()):
            raise ModelError(f"the environment variable {key_env} holds no key: set it, or change key_env")
        return Key(value)
    value = os.environ.get(default_env, "").strip() if default_env else ""
    return Key(value) if value else None


def scrub(text: str) -> str:
    """`text` without keys: those read here, and whatever else looks like one."""
    text = _LOOKS_LIKE_A_KEY.sub(HIDDEN, hide_known(text))
    return _NAMED.sub(lambda found: found.group(1) + HIDDEN, text)


def hide_known(text: str) -> str:
    """`text` without the keys that were read here; nothing else is touched."""
    for value in _known:
        if value in text:
            text = text.replace(value, HIDDEN)
    return text
