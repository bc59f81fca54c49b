"""The call cache keeps bytes and runs nothing, whatever somebody wrote into its folder."""

import multiprocessing
import os
import pickle
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from concord.errors import RunError
from concord.records import digest
from concord.store.cache import DiskCallCache
from concord.store.memory import MemoryCallCache
from concord.store.protocol import CallCache

KEY = digest("a question")


@pytest.fixture(params=["disk", "memory"])
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CallCache]:
    made: CallCache = DiskCallCache(tmp_path / "cache") if request.param == "disk" else MemoryCallCache()
    yield made
    made.close()


@pytest.mark.parametrize("value", [b"", b"{}", b"\x00\xff" * 10, b"x" * 100_000])
def test_bytes_come_back(cache: CallCache, value: bytes) -> None:
    assert cache.get(KEY) is None
    cache.put(KEY, value)
    assert cache.get(KEY) == value


def test_answers_outlive_the_process(tmp_path: Path) -> None:
    first = DiskCallCache(tmp_path)
    first.put(KEY, b"kept")
    first.close()
    second = DiskCallCache(tmp_path)
    assert second.get(KEY) == b"kept"
    second.close()


def test_only_its_owner_may_enter_the_folder(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir(mode=0o755)
    DiskCallCache(tmp_path / "cache").close()
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700


class Exploit:
    """Unpickled, it makes a folder."""

    def __init__(self, sign: Path) -> None:
        self.sign = sign

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.sign),)


def tamper(folder: Path, sql: str, *values: object) -> None:
    db = sqlite3.connect(folder / "cache.db")
    db.execute(sql, values)
    db.commit()
    db.close()


def test_a_pickle_put_in_a_row_is_refused_not_run(tmp_path: Path) -> None:
    sign, folder = tmp_path / "it_ran", tmp_path / "cache"
    cache = DiskCallCache(folder)
    cache.put(KEY, b"kept")
    tamper(folder, "UPDATE Cache SET mode = 4, value = ?", pickle.dumps(Exploit(sign)))
    with pytest.raises(RunError, match="something else wrote into it"):
        cache.get(KEY)
    cache.close()
    assert not sign.exists()


def test_a_pickle_put_in_a_file_is_refused_not_run(tmp_path: Path) -> None:
    sign, folder = tmp_path / "it_ran", tmp_path / "cache"
    cache = DiskCallCache(folder)
    cache.put(KEY, b"kept")
    (folder / "evil.val").write_bytes(pickle.dumps(Exploit(sign)))
    tamper(folder, "UPDATE Cache SET mode = 4, value = NULL, filename = 'evil.val'")
    with pytest.raises(RunError):
        cache.get(KEY)
    cache.close()
    assert not sign.exists()


def test_a_row_may_not_name_a_file_outside_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"not yours")
    cache = DiskCallCache(tmp_path / "cache")
    cache.put(KEY, b"kept")
    tamper(tmp_path / "cache", "UPDATE Cache SET mode = 2, value = NULL, filename = '../secret'")
    with pytest.raises(RunError):
        cache.get(KEY)
    cache.close()


def test_a_tampered_setting_does_not_bring_the_pickles_back(tmp_path: Path) -> None:
    DiskCallCache(tmp_path).close()
    tamper(tmp_path, "UPDATE Settings SET value = 'least-recently-used' WHERE key = 'eviction_policy'")
    tamper(tmp_path, "UPDATE Settings SET value = 10 WHERE key = 'size_limit'")
    cache = DiskCallCache(tmp_path)
    for n in range(50):
        cache.put(digest(n), b"x" * 1000)
    assert all(cache.get(digest(n)) for n in range(50))
    cache.close()


def test_keys_are_digests_and_values_bytes(tmp_path: Path) -> None:
    cache = DiskCallCache(tmp_path)
    with pytest.raises(ValueError, match="SHA-256"):
        cache.put("../../etc/passwd", b"x")
    with pytest.raises(TypeError):
        cache.put(KEY, {"not": "bytes"})  # type: ignore[arg-type]  # what the test is about
    cache.close()


def _fill(folder: Path, start: int) -> None:
    cache = DiskCallCache(folder)
    for n in range(start, start + 60):
        cache.put(digest(n), str(n).encode())
    cache.close()


def test_processes_share_a_folder(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("fork")
    workers = [spawn.Process(target=_fill, args=(tmp_path, start)) for start in (0, 30, 60)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    cache = DiskCallCache(tmp_path)
    assert [cache.get(digest(n)) for n in range(120)] == [str(n).encode() for n in range(120)]
    cache.close()


def test_a_folder_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match="no call cache can be kept"):
        DiskCallCache(tmp_path / "file" / "cache")


def test_many_are_put_at_once(cache: CallCache) -> None:
    cache.put_many({digest(n): b"%d" % n for n in range(100)})
    assert [cache.get(digest(n)) for n in range(100)] == [b"%d" % n for n in range(100)]
