"""A PostgreSQL server for tests and experiments: real, on loopback, in a folder of its own, gone afterwards."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_USERS = ("postgres", "nobody")
"""Who runs the server where we are root: PostgreSQL refuses root."""
_PATIENCE = 30.0


def why_not() -> str | None:
    """Why no server can be started here, in a sentence; None where one can."""
    if _programs() is None:
        return "PostgreSQL isn't installed (no initdb and postgres): apt-get install postgresql"
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "the extra `postgres` isn't installed: pip install 'concord-spec[postgres]'"
    return None


class PostgresServer:
    """A server with one superuser, `concord`, and a password. `kill` and `start` it as often as you like."""

    def __init__(self, folder: Path) -> None:
        """Makes the server's files in `folder`, which is handed to the user who runs it."""
        found = _programs()
        if found is None:
            raise RuntimeError(why_not())
        self._bin = found
        self._data = folder / "data"
        self._account = _account()
        self.password = secrets.token_hex(8)
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        secret = folder / "password"
        secret.write_text(self.password, encoding="utf-8")
        if self._account is not None:
            for path in (folder, secret):
                os.chown(path, self._account.pw_uid, self._account.pw_gid)
        self._run(
            "initdb", "--pgdata", str(self._data), "--username", "concord", "--pwfile", str(secret),
            "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync",
        )  # fmt: skip
        secret.unlink()

    def url(self, database: str = "postgres") -> str:
        """The address of a database, password included."""
        return f"postgresql://concord:{self.password}@127.0.0.1:{self.port}/{database}"

    def database(self) -> str:
        """The address of a new, empty database."""
        import psycopg

        name = f"d{secrets.token_hex(6)}"
        with psycopg.connect(self.url(), autocommit=True) as db:
            db.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def start(self) -> None:
        """Raises RuntimeError where it doesn't answer in time."""
        self._process = subprocess.Popen(
            [
                str(self._bin / "postgres"), "-D", str(self._data), "-p", str(self.port), "-k", "",
                "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=40", "-c", "shared_buffers=16MB",
                "-c", "fsync=off",  # it outlives its own death without it, if not the machine's
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
            user=self._user, group=self._group,
        )  # fmt: skip
        deadline = time.monotonic() + _PATIENCE
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError("PostgreSQL didn't come up")
            time.sleep(0.05)

    def kill(self) -> None:
        """End it as a power cut would: no goodbye to anyone, nothing written that wasn't before."""
        self._end(signal.SIGQUIT)

    def stop(self) -> None:
        """End it in good order, throwing everybody out."""
        self._end(signal.SIGINT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            if self._process.poll() is None:
                self._process.send_signal(how)
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._bin / program), *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False,
            cwd="/", user=self._user, group=self._group,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.decode(errors='replace').strip()[-400:]}")

    @property
    def _user(self) -> int | None:
        return None if self._account is None else self._account.pw_uid

    @property
    def _group(self) -> int | None:
        return None if self._account is None else self._account.pw_gid


@contextmanager
def postgres() -> Iterator[PostgresServer]:
    """A server that answers. Raises RuntimeError, with the reason, where there is none to be had (see `why_not`)."""
    if (reason := why_not()) is not None:
        raise RuntimeError(reason)
    folder = Path(tempfile.mkdtemp(prefix="concord-postgres-"))
    try:
        server = PostgresServer(folder)
        server.start()
        try:
            yield server
        finally:
            server.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    """The folder with initdb and postgres, the newest where there are many; None where there is none."""
    beside = [
        Path(found).resolve().parent for name in ("postgres", "initdb") if (found := shutil.which(name))
    ]
    for folder in [*beside, *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]:
        if all((folder / name).is_file() for name in ("postgres", "initdb")):
            return folder
    return None


def _account() -> pwd.struct_passwd | None:
    """Whom to run the server as; None: as ourselves."""
    if os.geteuid() != 0:
        return None
    for name in _USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError(f"PostgreSQL refuses root, and there is no user {' or '.join(_USERS)} to run it as")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
