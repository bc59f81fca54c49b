"""How long texts lie on disk."""

import zlib

_KEPT_WHOLE = 1024
"""Texts below this length (bytes of UTF-8) are stored as they are."""


def packed(text: str) -> tuple[int, bytes]:
    """(1, zlib-compressed) for a long text, (0, plain) for a short one."""
    body = text.encode("utf-8", "surrogatepass")
    return (1, zlib.compress(body, 1)) if len(body) >= _KEPT_WHOLE else (0, body)


def unpacked(is_packed: int, body: bytes) -> str:
    return (zlib.decompress(body) if is_packed else body).decode("utf-8", "surrogatepass")
