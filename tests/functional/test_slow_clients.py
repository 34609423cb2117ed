"""No client holds a worker or a connection by being slow. Deadlines are shortened."""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from server_core import channel
from tests.functional.live import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.functional.live import Client, Live

SHORT_S = 0.4
# Many of these pass within a deadline: were it renewed by an octet, the drip would outlive every test.
DRIP_S = 0.02
UPLOAD = ("POST /upload HTTP/1.1", "Content-Type: application/json", "Content-Length: 1000000")


@pytest.fixture(autouse=True)
def _short_deadlines(monkeypatch):
    for name in ("HEAD_TIMEOUT_S", "BODY_TIMEOUT_S", "SEND_TIMEOUT_S", "LINGER_TIMEOUT_S"):
        monkeypatch.setattr(channel, name, SHORT_S)


@contextmanager
def dripping(client: Client, octets: bytes) -> Iterator[None]:
    """Send ``octets`` again and again, slowly, until the block ends or the server hangs up."""
    over = threading.Event()

    def drip() -> None:
        while not over.wait(DRIP_S):
            try:
                client.send(octets)
            except OSError:
                return

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (b"", b"G"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", b"x"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"X: y\r\n"),
    ],
)
def test_a_head_that_drips_is_refused(live: Live, start, drop):
    with live.client() as client:
        client.send(start)
        with dripping(client, drop):
            answer = client.answer()
        assert (answer.status, answer.reason, answer.closes) == (408, "timeout", True)


@pytest.mark.parametrize(
    ("coding", "drop"), [("Content-Length: 1000000", b" "), ("Transfer-Encoding: chunked", b"1\r\n \r\n")]
)
def test_a_body_that_drips_is_refused(live: Live, coding, drop):
    with live.client() as client:
        client.send(client.octets(*UPLOAD[:2], coding))
        with dripping(client, drop):
            answer = client.answer()
        assert (answer.status, answer.reason, answer.closes) == (408, "timeout", True)
    assert list((live.root / "uploads").iterdir()) == []


def test_a_body_that_keeps_the_pace_has_longer(live: Live, monkeypatch):
    monkeypatch.setattr(channel, "BODY_BYTES_PER_S", 100)
    body = b"[" + b" " * 398 + b"]"
    with live.client() as client:
        client.send(client.octets(*UPLOAD[:2], f"Content-Length: {len(body)}") + body[:200])
        # Half of it bought two seconds, of which more than the deadline passes before the other half.
        assert not threading.Event().wait(2 * SHORT_S)
        client.send(body[200:])
        assert client.answer().status == 201


@pytest.mark.parametrize("drop", [b"", b"\r\n"])
def test_a_connection_on_which_nothing_is_asked_is_closed_without_a_word(site: Path, drop):
    with serving(site, keep_alive_timeout_s="1") as live, live.client() as client:
        if drop:
            with dripping(client, drop):
                assert client.is_closed()
        else:
            assert client.is_closed()
        assert not [event for event in live.events if event.status]


def test_a_connection_that_stays_idle_after_an_answer_is_closed(site: Path):
    with serving(site, keep_alive_timeout_s="1") as live, live.client() as client:
        assert client.get("/").status == 200
        assert client.is_closed()


@pytest.fixture
def large(site: Path) -> bytes:
    """What is in large.txt: more than sockets buffer."""
    octets = bytes(range(256)) * 64 * 1024
    (site / "large.txt").write_bytes(octets)
    return octets


def test_a_reader_that_takes_nothing_is_cut(large: bytes, live: Live):
    with live.client(receive_bytes=4096) as client:
        client.send(client.octets("GET /large.txt HTTP/1.1"))
        event = live.event(lambda event: event.target == "/large.txt")
        assert event.sent_bytes < len(large)
        live.message("took nothing")
        with pytest.raises((EOFError, ConnectionError)):
            client.answer()


def test_a_reader_that_is_slow_and_steady_is_not(large: bytes, live: Live):
    pause = threading.Event()
    with live.client(receive_bytes=64 * 1024) as client:
        client.send(client.octets("GET /large.txt HTTP/1.1", "Connection: close"))
        taken = b""
        # A megabyte a turn is more than sockets buffer in a deadline, and 16 turns last four of them.
        while octets := client.stream.read(1024 * 1024):
            taken += octets
            assert not pause.wait(SHORT_S / 4)
    assert taken.partition(b"\r\n\r\n")[2] == large


def test_one_worker_serves_among_50_that_drip(site: Path, large: bytes, monkeypatch):
    for name in ("HEAD_TIMEOUT_S", "BODY_TIMEOUT_S", "SEND_TIMEOUT_S"):
        monkeypatch.setattr(channel, name, 30.0)
    with serving(site, threads="1") as live, ExitStack() as slow:
        for number in range(50):
            client = slow.enter_context(live.client(receive_bytes=4096))
            whole = client.octets(*UPLOAD) if number % 2 else client.octets("GET /large.txt HTTP/1.1")
            client.send(whole if number % 3 else whole[:-2])
            if number % 3 == 0 or number % 2:
                slow.enter_context(dripping(client, b"x" if number % 2 else b"X: y\r\n"))
        with live.client() as fast:
            assert [fast.get("/sample.txt").body for _ in range(50)] == [b"0123456789"] * 50
        assert live.server.snapshot().open_connections >= 50
