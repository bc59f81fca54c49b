"""A real server with a certificate of its own, and one behind a proxy: who gets in over a real connection."""

import base64
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path

import pytest

from concord.review.web.access import access_for
from concord.review.web.server import Listening, server
from concord.review.web.site import Site

PASSWORD = "a long enough password"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate that signs itself, for 127.0.0.1, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl here to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


@contextmanager
def served(
    home: Path,
    *,
    password: str | None = None,
    header: str | None = None,
    tls: tuple[Path, Path] | None = None,
) -> Iterator[int]:
    """A server on a free port of this machine."""
    listening = Listening.on("127.0.0.1", 0)
    guard = access_for(
        "127.0.0.1", listening.port, password=password, tls=tls is not None, user_header=header
    )
    site = Site(root=home, indexes=home / "indexes", access=guard)
    running = server(site, cert=tls and tls[0], key=tls and tls[1])
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening.socket]}, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    try:
        yield listening.port
    finally:
        running.should_exit = True
        thread.join(timeout=10)


def asked(connection: HTTPConnection, **headers: str) -> tuple[HTTPResponse, str]:
    connection.request(
        "GET", "/?all=1", headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer, body


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def test_a_handshake_with_the_certificate_then_the_password(
    home: Path, certificate: tuple[Path, Path]
) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    with served(home, password=PASSWORD, tls=certificate) as port:
        refused, _ = asked(HTTPSConnection("127.0.0.1", port, context=trusting, timeout=10))
        assert refused.status == 401
        assert "Basic" in (refused.getheader("www-authenticate") or "")
        wrong, _ = asked(
            HTTPSConnection("127.0.0.1", port, context=trusting), authorization=basic("Ada", "guessed it")
        )
        assert wrong.status == 401
        known = HTTPSConnection("127.0.0.1", port, context=trusting)
        known.connect()
        assert isinstance(known.sock, ssl.SSLSocket)
        assert known.sock.version() in ("TLSv1.2", "TLSv1.3")
        answer, page = asked(known, authorization=basic("Ada", PASSWORD))
        assert answer.status == 200
        assert "Signed in as Ada" in page


def test_a_stranger_to_the_certificate_and_plain_http_get_nothing(
    home: Path, certificate: tuple[Path, Path]
) -> None:
    with served(home, password=PASSWORD, tls=certificate) as port:
        with pytest.raises(ssl.SSLCertVerificationError):
            asked(HTTPSConnection("127.0.0.1", port, context=ssl.create_default_context(), timeout=10))
        with pytest.raises((ConnectionError, OSError)):
            asked(HTTPConnection("127.0.0.1", port, timeout=10))


def test_behind_a_proxy_the_header_signs_and_its_absence_shuts_out(home: Path) -> None:
    with served(home, header="X-Remote-User") as port:
        assert asked(HTTPConnection("127.0.0.1", port, timeout=10))[0].status == 403
        answer, page = asked(HTTPConnection("127.0.0.1", port, timeout=10), X_Remote_User="Grace")
        assert answer.status == 200
        assert "Signed in as Grace" in page
