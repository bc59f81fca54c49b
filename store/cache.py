"""The call cache on disk: diskcache, closed against everything but plain bytes.

diskcache pickles by default, and even its JSON disk unpickles a row that says so. Whoever can write into
the cache folder could then run code here. The disk below reads raw values and files inside its own folder,
and refuses the rest.

It stays for what its few lines spare: many processes on one folder, large values in files of their own, and
years of use. A table of our own would be as long as the class below and new.
"""

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import diskcache
from diskcache.core import MODE_BINARY, MODE_RAW, UNKNOWN

from ..errors import RunError
from .protocol import checked_key

T = TypeVar("T")


class PlainDisk(diskcache.Disk):  # type: ignore[misc]  # diskcache carries no types
    """Keys are text, values bytes: nothing is ever pickled, nothing ever unpickled."""

    def put(self, key: Any) -> tuple[Any, bool]:
        if not isinstance(key, str):
            raise TypeError(f"a cache key is text, not {type(key).__name__}")
        return key, True

    def get(self, key: Any, raw: bool) -> Any:
        if not raw:
            raise self._tampered("a key that isn't text")
        return key

    def store(self, value: Any, read: bool, key: Any = UNKNOWN) -> Any:
        if read or not isinstance(value, bytes):
            raise TypeError(f"a cached value is bytes, not {type(value).__name__}")
        return super().store(value, False, key=key)

    def fetch(self, mode: int, filename: str | None, value: Any, read: bool) -> Any:
        if mode == MODE_RAW and isinstance(value, bytes):
            return value
        if mode == MODE_BINARY and filename and not read:
            home = Path(self._directory).resolve()
            if (home / filename).resolve().is_relative_to(home):
                return super().fetch(mode, filename, value, False)
        raise self._tampered("a value that isn't plain bytes")

    def _tampered(self, what: str) -> RunError:
        return RunError(
            f"the call cache in {self._directory} holds {what}, so something else wrote into it: "
            "delete that folder (its answers will be asked for again)"
        )


class DiskCallCache:
    """Answers by key in `folder` (made if need be, readable by its owner only).

    Several processes may share a folder. Nothing is ever evicted. Raises RunError for a folder that can't
    be used, and from `get` for a row that anything but this class wrote.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.chmod(0o700)
        except OSError as problem:
            raise RunError(f"no call cache can be kept in {folder}: {problem.strerror}") from None
        self._folder = folder
        self._cache = self._sound(self._opened)

    def _opened(self) -> diskcache.Cache:
        try:
            return diskcache.Cache(
                str(self._folder), disk=PlainDisk, size_limit=2**62, eviction_policy="none", cull_limit=0
            )
        except (
            TypeError,
            ValueError,
            KeyError,
            AttributeError,
        ) as problem:  # settings that it can't have written
            raise RunError(
                f"the call cache in {self._folder} is damaged ({problem}): delete that folder (its answers will be "
                "asked for again)"
            ) from None

    def get(self, key: str) -> bytes | None:
        value: bytes | None = self._sound(lambda: self._cache.get(checked_key(key)))
        return value

    def put(self, key: str, value: bytes) -> None:
        self._sound(lambda: self._cache.set(checked_key(key), value))

    def put_many(self, values: Mapping[str, bytes]) -> None:
        def put_all() -> None:
            with self._cache.transact():
                for key, value in values.items():
                    self._cache.set(checked_key(key), value)

        self._sound(put_all)

    def close(self) -> None:
        self._cache.close()

    def _sound(self, work: Callable[[], T]) -> T:
        """What `work` returns. Raises RunError for a folder that is damaged, full or can't be written.

        diskcache waits a minute for another process; asked to retry, it would wait for ever for a disk that
        can't be written.
        """
        try:
            return work()
        except diskcache.Timeout:
            reason = "it can't be written, or another process holds it"
        except sqlite3.OperationalError as problem:
            reason = str(problem)
        except sqlite3.DatabaseError as problem:
            raise RunError(
                f"the call cache in {self._folder} is damaged ({problem}): delete that folder (its answers will "
                "be asked for again)"
            ) from None
        except OSError as problem:
            reason = problem.strerror or str(problem)
        raise RunError(
            f"the call cache in {self._folder} can't be used ({reason}): see to the disk and its permissions, then "
            "resume the run"
        ) from None
