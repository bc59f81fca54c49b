"""The review's server in a folder of its own, both gone when whoever asked for them is, however that ended.

This module is run as a process that holds the other end of a pipe: it serves when it is told to, and when the pipe
closes (at the end, or because its owner was killed) it ends the server and removes the folder.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self


class PagesServer:
    """A folder to work in, and a server over it as a user starts one; a context manager."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="concord-pages-"))
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(self.home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # a Ctrl-C for its owner must not end it before it has tidied up
        )

    def serve(self) -> tuple[int, str]:
        """Start the server: its process id, and the line in which it says its address."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"serve\n")
        self._process.stdin.flush()
        pid = int(self._process.stdout.readline() or b"0")
        return pid, self._process.stdout.readline().decode(errors="replace").strip()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, where: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
        assert self._process.stdout is not None
        self._process.stdout.close()


def main(home: str) -> None:
    """Wait for the word, serve, and tidy up when the pipe closes."""
    server: subprocess.Popen[bytes] | None = None
    try:
        for _ in sys.stdin.buffer:
            server = subprocess.Popen(
                [sys.executable, "-m", "concord", "review", "--no-open", "--port", "0"],
                env={**os.environ, "CONCORD_HOME": home, "COLUMNS": "200"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            assert server.stderr is not None
            _say(str(server.pid).encode() + b"\n")
            _say(server.stderr.readline())
    finally:
        if server is not None:
            server.terminate()
            try:
                server.wait(timeout=15)
            except subprocess.TimeoutExpired:
                server.kill()
        shutil.rmtree(home, ignore_errors=True)


def _say(line: bytes) -> None:
    try:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
    except OSError:
        return  # nobody listens any more: the end of the pipe follows


if __name__ == "__main__":
    main(sys.argv[1])
