"""Who gets in, and from where a form is taken."""

import base64
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from concord.errors import OptionError
from concord.review.reading.run import RunReading
from concord.review.web.access import Access, access_for
from concord.review.web.app import build_app
from concord.review.web.site import Site

from .conftest import PORT

PASSWORD = "a long enough password"
SAME = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def open_with(home: Path) -> Callable[[Access], TestClient]:
    def made(access: Access) -> TestClient:
        site = Site(root=home, indexes=home / "indexes", access=access)
        return TestClient(build_app(site), base_url=f"http://127.0.0.1:{PORT}", client=("127.0.0.1", 5000))

    return made


def access(**more: object) -> Access:
    asked: dict[str, object] = {"password": None, "tls": False, "user_header": None, **more}
    return access_for("127.0.0.1", PORT, **asked)  # type: ignore[arg-type]  # what a test names


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", f"127.0.0.1:{PORT}.evil.example", "127.0.0.1:1", ""]
)
def test_another_host_is_refused(open_with: Callable[[Access], TestClient], host: str) -> None:
    """A page of another name that resolves to this machine reads nothing (DNS rebinding)."""
    client = open_with(access())
    assert client.get("/", headers={"host": host}).status_code == 400
    for known in (f"127.0.0.1:{PORT}", f"localhost:{PORT}", f"[::1]:{PORT}"):
        assert client.get("/", headers={"host": known}).status_code == 200


def test_a_form_from_elsewhere_or_without_its_token_is_refused(
    open_with: Callable[[Access], TestClient], demo: RunReading
) -> None:
    client = open_with(access())
    place = f"/runs/{demo.id}/proposals/{demo.docket().rows[0].id}/decide"
    form = {"choice": "adopt", "reason": "because", "name": "Ada"}
    page = client.get(place.removesuffix("/decide")).text
    (known, *_) = re.findall(r'name="token" value="([0-9a-f]+)"', page)
    for fetched in (
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ):
        answer = client.post(place, data={**form, "token": known}, headers=fetched)
        assert answer.status_code == 403, "a right token alone isn't enough"
    for token in ("", "0" * 64, "é"):
        answer = client.post(place, data={**form, "token": token}, headers=SAME)
        assert answer.status_code == 403
        assert "load the page again" in answer.text
    assert client.post(place, json=form, headers=SAME).status_code == 415
    assert client.post(place, content=b"x=" + b"a" * 1_000_001, headers={**SAME, "content-type": "application/x-www-form-urlencoded"}).status_code == 413  # fmt: skip
    assert client.put(place).status_code == 405
    assert demo.desk.standing() == {}


def test_a_password_is_asked_for_and_its_name_signs(
    open_with: Callable[[Access], TestClient], demo: RunReading
) -> None:
    client = open_with(access(password=PASSWORD))

    def given(name: str, password: str) -> dict[str, str]:
        return {"authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}

    assert client.get("/").status_code == 401
    assert client.get("/", headers=given("Ada", "wrong")).status_code == 401
    assert client.get("/", headers=given("", PASSWORD)).status_code == 401
    assert client.get("/", headers={"authorization": "Basic ????"}).status_code == 401
    page = client.get(f"/runs/{demo.id}/proposals/{demo.docket().rows[0].id}", headers=given("Ada", PASSWORD))
    assert page.status_code == 200
    assert "Signed as Ada" in page.text
    assert 'name="name"' not in page.text.partition('id="decide"')[2]


def test_a_proxy_says_who_the_user_is(open_with: Callable[[Access], TestClient], demo: RunReading) -> None:
    client = open_with(access(user_header="X-Remote-User"))
    assert client.get("/").status_code == 403
    assert client.get("/", headers=[("x-remote-user", "Ada"), ("x-remote-user", "Eve")]).status_code == 403
    page = client.get(
        f"/runs/{demo.id}/proposals/{demo.docket().rows[0].id}", headers={"x-remote-user": "Ada"}
    )
    assert "Signed as Ada" in page.text


def test_a_proxy_is_believed_from_its_own_address_only(home: Path) -> None:
    site = Site(root=home, indexes=home / "indexes", access=access(user_header="X-Remote-User"))
    client = TestClient(build_app(site), base_url=f"http://127.0.0.1:{PORT}", client=("10.0.0.9", 5000))
    assert client.get("/", headers={"x-remote-user": "Ada"}).status_code == 403


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, "127.0.0.1 only"),
        ({"password": PASSWORD}, "in the clear"),
        ({"password": "short", "tls": True}, "fewer than 12"),
        ({"password": PASSWORD, "tls": True, "user_header": "X-User"}, "exclude each other"),
    ],
)
def test_another_address_takes_a_password_with_tls_or_a_proxy(more: dict[str, object], told: str) -> None:
    asked: dict[str, object] = {"password": None, "tls": False, "user_header": None, **more}
    with pytest.raises(OptionError, match=told):
        access_for("0.0.0.0", PORT, **asked)  # type: ignore[arg-type]  # what a case names


def test_another_address_with_both_is_guarded() -> None:
    found = access_for("review.example", PORT, password=PASSWORD, tls=True, user_header=None)
    assert found.mode == "password"
    assert f"review.example:{PORT}" in found.hosts
    assert PASSWORD not in found.model_dump_json()
