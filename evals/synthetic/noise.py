"""Noise that is a function of what was asked: the same question errs in the same way, any other anew."""

import hashlib

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Keys = NDArray[np.uint64]
Floats = NDArray[np.float64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def key(*parts: object) -> int:
    """64 bits from the text of `parts`."""
    text = "\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


def chance(*parts: object) -> float:
    """A number in [0, 1) that depends on nothing but `parts`."""
    return key(*parts) / 2**64


def mix(keys: Keys) -> Keys:
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014): neighbouring keys come out unrelated."""
    mixed = keys + _STEP
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
    return np.asarray(mixed ^ (mixed >> np.uint64(31)), dtype=np.uint64)


def uniforms(keys: Keys) -> Floats:
    """One number in (0, 1) for each key."""
    return np.asarray((mix(keys) >> np.uint64(11)).astype(np.float64) * 2.0**-53 + 2.0**-54)


def normals(keys: Keys) -> Floats:
    """One standard normal number for each key."""
    return np.asarray(ndtri(uniforms(keys)))


def spread(keys: Keys, count: int) -> Keys:
    """Keys of shape (n,) to keys of shape (n, count)."""
    places = np.arange(1, count + 1, dtype=np.uint64)
    return mix(keys)[:, None] + places[None, :] * _SECOND
