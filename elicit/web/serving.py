"""Serves a study with uvicorn."""

from pathlib import Path

import uvicorn

from ...review.web.access import Guard


def study_server(app: Guard, *, cert: Path | None = None, key: Path | None = None) -> uvicorn.Server:
    """The server of a study, not started yet; hand it a bound socket: `server.run(sockets=[...])`."""
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, proxy_headers=False,
        ssl_certfile=str(cert) if cert else None, ssl_keyfile=str(key) if key else None, backlog=1024,
        timeout_graceful_shutdown=5, lifespan="on",
    )  # fmt: skip
    return uvicorn.Server(config)
