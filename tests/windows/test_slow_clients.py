"""No client holds a worker, and there may be more of them than select() takes."""

from __future__ import annotations

import time
from contextlib import ExitStack

import pytest

from server_core import channel
from tests.functional.live import serving, until

DRIPPERS = 60
MANY = 650


@pytest.fixture
def deadlines(monkeypatch):
    monkeypatch.setattr(channel, "HEAD_TIMEOUT_S", 2.0)
    monkeypatch.setattr(channel, "BODY_TIMEOUT_S", 2.0)


def drip(clients, live, until_s: float) -> list[float]:
    """Send each client's next octet every 100 ms; how long requests beside them took."""
    took_s = []
    while time.monotonic() < until_s:
        for client in clients:
            client.send(b"x")
        start_s = time.monotonic()
        assert live.get("/index.html").status == 200
        took_s.append(time.monotonic() - start_s)
        time.sleep(0.1)
    return took_s


@pytest.mark.parametrize(
    "opening",
    [
        b"GET /index.html HTTP/1.1\r\nX-Slow: ",
        (
            b"POST /upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Content-Length: 900\r\n\r\n"
        ),
    ],
    ids=["heads", "bodies"],
)
def test_one_worker_serves_beside_sixty_drippers(site, deadlines, opening):
    with serving(site, threads="1") as live, ExitStack() as stack:
        clients = [stack.enter_context(live.client()) for _ in range(DRIPPERS)]
        start_s = time.monotonic()
        for client in clients:
            client.send(opening)
        took_s = drip(clients, live, start_s + 1.5)
        assert len(took_s) >= 3
        assert max(took_s) < 1.0
        for client in clients:  # a dripped octet renews nothing: all end by one deadline
            answer = client.answer()
            assert (answer.status, answer.closes) == (408, True)
        assert time.monotonic() - start_s < 12


def test_one_worker_serves_beside_readers_that_take_nothing(site):
    (site / "large.txt").write_bytes(b"0123456789abcdef" * (2 * 1024 * 1024))
    with serving(site, threads="1") as live, ExitStack() as stack:
        clients = [stack.enter_context(live.client(receive_bytes=4096)) for _ in range(20)]
        for client in clients:
            client.send(client.octets("GET /large.txt HTTP/1.1"))
        for _ in range(10):
            start_s = time.monotonic()
            assert live.get("/index.html").status == 200
            assert time.monotonic() - start_s < 2.0


def test_more_open_connections_than_select_takes(site):
    with serving(site, threads="4") as live, ExitStack() as stack:
        clients = [stack.enter_context(live.client()) for _ in range(MANY)]
        for client in clients:
            assert client.get("/sample.txt").status == 200
        until(lambda: live.server.snapshot().open_connections == MANY)
        for client in reversed(clients):  # each kept its connection
            assert client.get("/sample.txt").body == b"0123456789"
    assert not [event for event in live.events if event.level == "error"]


def test_connections_that_come_and_go_leave_nothing(site):
    """On Windows the number of a closed socket is soon another's."""
    with serving(site, threads="4") as live:
        for turn in range(200):
            with live.client() as client:
                assert client.get("/sample.txt").status == 200
                if turn % 3 == 0:
                    client.send(b"GET /sample.txt HTTP/1.1\r\nHo")
                if turn % 2 == 0:
                    client.abort()
        until(lambda: live.server.snapshot().open_connections == 0)
