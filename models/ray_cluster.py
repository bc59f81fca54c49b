"""A Ray cluster as a workplace: started on this machine, or joined where it runs (extra `ray`).

Ray runs what anybody who reaches it sends. One that is started here listens on the loopback alone, asks for a token that
stands in no file, and keeps its sockets and logs in a folder of its own, which goes when it does.
"""

import contextlib
import os
import secrets
import shutil
import socket
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from ..errors import OptionError
from .check import OnWire
from .executors import Opener
from .protocol import BaseModel

NAMESPACE = "concord"
CLIENT_PORT = 10001
"""Where a head node listens for `ray://`."""
WAITS = (1.0, 3.0, 6.0)
"""Seconds after which a head that turned this process away is asked again."""
_ON_LOOPBACK = {
    # By Ray's own name it is for other systems; here too it decides whether loopback stands for the machine.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
}
_PREFIX = "concord-ray-"
"""Of the folders of clusters that are started here; the process's number follows."""
_TOKEN = ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN")


def _ready_for_a_cluster_of_our_own() -> None:
    """What Ray reads when it is imported, and its processes when they start.

    The token stays in this process's environment: Ray looks at it again and again.
    """
    if "RAY_AUTH_MODE" not in os.environ:
        os.environ |= dict(zip(_TOKEN, ("token", secrets.token_hex(32)), strict=True))
    constants: Any = import_module("ray._private.ray_constants")
    inner: Any = import_module("ray._raylet")
    # For a process that imported Ray before.
    constants.ENABLE_RAY_CLUSTER = False
    inner.Config.initialize("")
    inner.AuthenticationTokenLoader.instance().reset_cache()


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ |= values
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _clear_what_was_killed() -> None:
    """Remove the folders of clusters of ours whose process is gone without having closed them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        pid = folder.name.removeprefix(_PREFIX).partition("-")[0]
        with contextlib.suppress(OSError):
            if pid.isdigit() and not _alive(int(pid)) and folder.lstat().st_uid == os.getuid():
                shutil.rmtree(folder, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class RayWorkplace:
    """A cluster, for as long as it is used. Raises OptionError where it can't be started or reached."""

    here = False

    def __init__(self, address: str | None = None, *, actors: int | None = None) -> None:
        """`address`: `ray://HOST[:PORT]`; None: one of this machine's own, or the one that this process uses already.

        `actors`: askers of each base model; None: one for each CPU of the cluster, 2 to 64.
        """
        self._actors = actors
        self._folder: Path | None = None
        self._ours = False
        used = sys.modules.get("ray")
        if used is None or not used.is_initialized():
            self._start() if address is None else self._join(address)
        elif address is not None:
            raise OptionError(
                f"--on {address}: this process uses a Ray cluster already; write ray to use that"
            )

    def _start(self) -> None:
        _clear_what_was_killed()
        self._folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        try:
            with _environment(_ON_LOOPBACK):
                _ready_for_a_cluster_of_our_own()
                import ray

                self._ours = True
                context = ray.init(
                    address="local", namespace=NAMESPACE, include_dashboard=False, log_to_driver=False,
                    configure_logging=False, _node_ip_address="127.0.0.1", _temp_dir=str(self._folder),
                )  # fmt: skip
        except ModuleNotFoundError:
            self.close()
            raise
        except Exception as problem:  # Ray raises errors of many kinds
            self.close()
            raise OptionError(f"--on ray: no cluster can be started here ({_line(problem)})") from None
        if not str(context.address_info["node_ip_address"]).startswith("127."):
            self.close()
            raise OptionError(
                "--on ray: this version of Ray would listen beyond this machine: start a cluster yourself and name it "
                "with ray://HOST"
            )

    def _join(self, address: str) -> None:
        parts = urlsplit(address)
        port = parts.port or CLIENT_PORT
        named = address if parts.port else f"{address}:{port}"
        try:  # at once: Ray's client waits for half a minute
            socket.create_connection((str(parts.hostname), port), timeout=10).close()
        except OSError as problem:
            raise OptionError(f"--on {address}: the cluster can't be reached ({_line(problem)})") from None
        import ray

        self._ours = True
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a cluster that can't be reached is told below
                _let_in(ray.init, named)
        except ImportError as missing:
            raise OptionError(f"--on {address}: pip install 'concord-spec[ray]' ({_line(missing)})") from None
        except Exception as problem:  # Ray raises errors of many kinds
            raise OptionError(f"--on {address}: the cluster can't be reached ({_line(problem)})") from None

    @property
    def actors(self) -> int:
        if self._actors is None:
            import ray

            cpus = int(ray.cluster_resources().get("CPU", 2))
            self._actors = min(64, max(2, cpus))
        return self._actors

    def spread(self, model: BaseModel, opener: Opener, /) -> BaseModel:
        from .ray_model import RayModel, RayWireModel

        kind = RayWireModel if isinstance(model, OnWire) else RayModel
        return kind(model, opener, self.actors)

    def tasks(self, at_once: int | None = None, /) -> Executor:  # noqa: ARG002  # the cluster knows its CPUs
        from .ray_tasks import RayExecutor

        return RayExecutor()

    def close(self) -> None:
        """Stop what was started here; leave a cluster that ran before."""
        if self._ours:
            import ray

            self._ours = False
            ray.shutdown()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()


def _let_in(join: Callable[..., object], address: str) -> None:
    """Join a cluster. A head that is just coming up, or hard at work, may turn the first callers away."""
    for wait in (*WAITS, None):
        try:
            join(address=address, namespace=NAMESPACE, log_to_driver=False, configure_logging=False)
        except ConnectionAbortedError:
            if wait is None:
                raise
            time.sleep(wait)
        else:
            return


def _line(problem: BaseException) -> str:
    return " ".join(str(problem).split())[:300] or type(problem).__name__
