"""Serves the pages with uvicorn, on a socket that was bound before anything else happened."""

import socket
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from ...errors import RunError
from .app import build_app
from .site import Site


@dataclass(frozen=True)
class Listening:
    """A bound socket."""

    socket: socket.socket
    port: int

    @classmethod
    def on(cls, host: str, port: int) -> "Listening":
        """Raises RunError where the address can't be had."""
        bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((host, port))
            bound.listen(128)  # from here on a browser may come: it waits until pages are served
        except OSError as problem:
            bound.close()
            raise RunError(
                f"{host}:{port} can't be listened on ({problem.strerror}): give another --port, 0 for a free one"
            ) from None
        return cls(bound, bound.getsockname()[1])


def server(site: Site, *, cert: Path | None = None, key: Path | None = None) -> uvicorn.Server:
    """The server of a site, not started yet."""
    config = uvicorn.Config(
        build_app(site),
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ssl_certfile=str(cert) if cert else None,
        ssl_keyfile=str(key) if key else None,
        timeout_graceful_shutdown=2,
        lifespan="on",
    )
    return uvicorn.Server(config)


def serve(site: Site, listening: Listening, *, cert: Path | None = None, key: Path | None = None) -> None:
    """Serve until interrupted."""
    server(site, cert=cert, key=key).run(sockets=[listening.socket])
