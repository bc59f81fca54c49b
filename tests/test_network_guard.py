"""No test reaches beyond this machine: the guard of conftest.py sees what tries to, and lets loopback pass."""

import asyncio
import socket
from collections.abc import Callable

import httpx2
import pytest

FAR = "192.0.2.1"
"""Of the block that RFC 5737 keeps for documentation: nobody is there."""


def by_socket() -> None:
    with socket.socket() as client:
        client.connect((FAR, 80))


def by_datagram() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"x", (FAR, 53))


def by_name() -> None:
    socket.create_connection(("nowhere.example", 80))


def by_client() -> None:
    async def get() -> None:
        async with httpx2.AsyncClient() as client:
            await client.get(f"http://{FAR}/")

    asyncio.run(get())


@pytest.mark.parametrize("reach", [by_socket, by_datagram, by_name, by_client])
def test_what_leaves_the_machine_is_stopped_and_seen(
    reach: Callable[[], None], no_request_leaves_the_machine: list[object]
) -> None:
    with pytest.raises((OSError, httpx2.HTTPError)):
        reach()
    assert no_request_leaves_the_machine
    no_request_leaves_the_machine.clear()


def test_loopback_passes(no_request_leaves_the_machine: list[object]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
    assert no_request_leaves_the_machine == []
