"""What the server says that it does at the moment, what it learns while it runs, and what it keeps of faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server_core.stats import PARKED, Doing
from tests.functional.live import serving, until

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1024 * 1024


def test_a_slow_reader_is_shown_with_how_much_it_has(site: Path):
    (site / "large.html").write_bytes(bytes(8 * MIB))
    with serving(site) as live, live.client(receive_bytes=4096) as client:
        client.send(client.octets("GET /large.html HTTP/1.1"))
        until(lambda: live.server.snapshot().parked)
        activity = live.server.snapshot().parked[0]
        assert (activity.doing, activity.what) == (Doing.SENDING, "GET /large.html")
        assert activity.client == f"127.0.0.1:{client.sock.getsockname()[1]}"
        assert activity.progress is not None
        assert 0.0 <= activity.progress < 1.0
        assert live.server.snapshot().busy_workers == 0
        assert len(client.answer().body) == 8 * MIB
        until(lambda: not live.server.snapshot().parked)


def test_half_an_upload_is_shown_as_half(site: Path):
    with serving(site) as live, live.client() as client:
        client.send(
            client.octets("POST /upload HTTP/1.1", "Content-Type: application/json", "Content-Length: 4")
            + b"[1"
        )
        until(lambda: [each.progress for each in live.server.snapshot().parked] == [0.5])
        assert live.server.snapshot().parked[0][:3:2] == (Doing.READING, "POST /upload")
        client.send(b"]]")
        client.answer()


def test_a_body_of_unknown_length_has_no_progress(site: Path):
    coding = "Transfer-Encoding: chunked"
    with serving(site) as live, live.client() as client:
        client.send(client.octets("POST /upload HTTP/1.1", "Content-Type: application/json", coding))
        until(lambda: [each.progress for each in live.server.snapshot().parked] == [None])
        client.send(b"2\r\n{}\r\n0\r\n\r\n")
        assert client.answer().status == 201


def test_workers_count_what_they_answered(site: Path):
    with serving(site, threads="2", queue_size="7") as live:
        for _ in range(5):
            live.get("/")
        until(lambda: sum(worker.requests for worker in live.server.snapshot().workers) == 5)
        until(lambda: live.server.snapshot().busy_workers == 0)
        snapshot = live.server.snapshot()
        assert {worker.doing for worker in snapshot.workers} == {Doing.IDLE}
        assert (snapshot.queue_size, snapshot.refusing) == (7, False)


def test_the_parked_are_bounded(site: Path):
    with serving(site) as live:
        clients = [live.client() for _ in range(PARKED + 3)]
        for client in clients:
            client.send(
                client.octets("POST /upload HTTP/1.1", "Content-Type: application/json", "Content-Length: 9")
            )
        until(lambda: len(live.server.snapshot().parked) == PARKED)
        for client in clients:
            client.close()


def test_a_host_is_allowed_while_serving(site: Path):
    with serving(site) as live:
        name = f"Host: new.test:{live.address[1]}"
        with live.client() as client:
            client.send(f"GET / HTTP/1.1\r\n{name}\r\n\r\n".encode())
            assert client.answer().reason == "host-not-allowed"
            live.server.allow_host("new.test")
            client.send(f"GET / HTTP/1.1\r\n{name}\r\n\r\n".encode())
            assert client.answer().status == 200
            assert client.get("/").status == 200
        assert live.server.config.allow_hosts == ("new.test",)
        live.message("answering for new.test from now on")


def test_what_is_no_host_is_not_allowed(site: Path):
    with serving(site) as live, pytest.raises(ValueError, match="not a host name"):
        live.server.allow_host("http://new.test/")


@pytest.mark.parametrize(
    ("octets", "kept"),
    [
        (b"GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        (b"GET /x HTTP/1.1\r\nHost : a\r\nX: never read\r\n\r\n", b"GET /x HTTP/1.1\r\nHost : a\r\n"),
        (b"GET /a b HTTP/1.1\r\n\r\n", b"GET /a b HTTP/1.1\r\n"),
        (b"GET /x HTTP/3.0\r\n\r\n", b"GET /x HTTP/3.0\r\n"),
    ],
)
def test_a_malformed_head_is_kept_as_far_as_it_was_read(site: Path, octets: bytes, kept: bytes):
    with serving(site) as live, live.client() as client:
        client.send(octets)
        assert client.answer().status in {400, 505}
        assert live.event(lambda event: event.status).request_head == kept
