"""Many at once, each against the others."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from server_core import http_server
from server_core.files import SMALL_FILE_BYTES
from server_core.handlers import Handler
from server_core.poller import PollPoller, open_poller
from tests.functional.live import PATIENCE_S, serving, until, use_poll

if TYPE_CHECKING:
    from pathlib import Path

    from server_core.answers import Answer
    from server_core.uploads import Upload
    from tests.functional.live import Live

POLLERS = [open_poller, PollPoller]
UPLOAD = ("POST /upload HTTP/1.1", "Content-Type: application/json", "Content-Length: 2")
LARGE = SMALL_FILE_BYTES + 1_000


@pytest.mark.parametrize("size", [1_000, LARGE], ids=["small", "large"])
def test_a_file_that_is_replaced_all_the_time_is_always_there_and_whole(site: Path, live: Live, size):
    """As an editor or a deployment does it: a new file takes the name of the old one."""
    name, over = site / "page.txt", threading.Event()
    name.write_bytes(b"a" * size)

    def replace() -> None:
        letters = b"abcdefgh"
        turn = 0
        while not over.is_set():
            turn += 1
            (site / "new").write_bytes(letters[turn % 8 : turn % 8 + 1] * (size + turn % 8))
            try:
                (site / "new").replace(name)
            except PermissionError:
                continue  # Windows: while the server reads it

    writer = threading.Thread(target=replace)
    writer.start()
    try:
        with live.client() as client:
            for _ in range(90):
                answer = client.get("/page.txt")
                assert answer.status == 200, answer.reason
                assert len(set(answer.body)) == 1
                assert int(answer.fields["content-length"]) == size + b"abcdefgh".index(answer.body[:1])
    finally:
        over.set()
        writer.join()


SWAPPING_S = 2.0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows holds a folder in which a file is open")
@pytest.mark.parametrize("size", [1_000, LARGE], ids=["small", "large"])
def test_links_that_are_swapped_all_the_time_lead_nobody_out(site: Path, live: Live, tmp_path: Path, size):
    """A file and a folder that are now themselves and now links to the outside: between any two looks."""
    inside, outside = site / "folder", tmp_path / "outside"
    for folder in (inside, outside):
        folder.mkdir()
    (outside / "page.txt").write_bytes(b"S" * size)
    (inside / "page.txt").write_bytes(b"p" * size)
    over = threading.Event()
    seen: Counter[tuple[int, bytes]] = Counter()

    def swap() -> None:
        while not over.is_set():
            (site / "link").symlink_to(outside / "page.txt")
            (site / "link").replace(site / "page.txt")
            (site / "link").symlink_to(outside)
            inside.rename(site / "kept")
            (site / "link").replace(inside)
            (site / "new").write_bytes(b"p" * size)
            (site / "new").replace(site / "page.txt")
            inside.unlink()
            (site / "kept").rename(inside)

    def ask(target: str) -> None:
        with live.client() as client:
            for _ in range(50):
                answer = client.get(target)
                seen[answer.status, answer.body[:1] + answer.body[-1:]] += 1

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        end_s = time.monotonic() + SWAPPING_S
        with ThreadPoolExecutor(2) as clients:
            while time.monotonic() < end_s:
                for done in [clients.submit(ask, target) for target in ("/page.txt", "/folder/page.txt")]:
                    done.result(PATIENCE_S)
    finally:
        over.set()
        swapper.join()
    assert seen[200, b"pp"], "the file was never there"
    assert sum(count for (status, _), count in seen.items() if status == 403), "the link was never there"
    assert {status for status, _ in seen} <= {200, 403, 404}
    assert {body for status, body in seen if status == 200} == {b"pp"}


def test_eviction_among_busy_connections_ends_no_worker(site: Path):
    """More clients than places, all of them idle now and then: each is answered, refused or closed."""
    statuses: set[int] = set()

    def visit(_: int) -> int:
        answered = 0
        for _ in range(40):
            try:
                with live.client() as client:
                    for _ in range(3):
                        statuses.add(client.get("/").status)
                        answered += 1
            except (EOFError, ConnectionError):
                continue
        return answered

    with serving(site, max_connections="4", threads="3") as live:
        with ThreadPoolExecutor(12) as visitors:
            assert all(visitors.map(visit, range(12)))
        assert 200 in statuses <= {200, 503}
        assert all(thread.is_alive() for thread in live.server._pool._threads)
        until(lambda: live.server.snapshot().open_connections == 0)
        assert live.get("/").status == 200


def test_clients_that_vanish_at_any_moment_leave_nothing_open(site: Path):
    (site / "large.txt").write_bytes(bytes(3_000_000))
    with serving(site) as live:
        requests = [
            b"",
            b"GET / HT",
            b"GET /large.txt HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
            b"\0",
        ]
        for _ in range(10):
            for octets in requests:
                client = live.client()
                client.send(octets)
                client.abort()
        until(lambda: live.server.snapshot().open_connections == 0)
        assert live.get("/").status == 200
        assert live.uploads() == []


def test_with_the_poller_of_the_other_systems(site: Path, monkeypatch):
    """poll() here, WSAPoll on Windows: the table of sockets is the server's own."""
    use_poll(monkeypatch)
    (site / "large.txt").write_bytes(bytes(range(256)) * 8_000)
    with serving(site, threads="3") as live:

        def visit(_: int) -> None:
            with live.client(receive_bytes=16_384) as client:
                client.send(client.octets("GET / HTTP/1.1") * 5)
                assert [client.answer().status for _ in range(5)] == [200] * 5
                assert client.get("/large.txt").body == bytes(range(256)) * 8_000
                assert client.post(b"[" + b"0," * 100_000 + b"0]").status == 201
                client.send(b"GET / HTTP/1.1\r\n")
                client.send(b"Host: localhost\r\nConnection: close\r\n\r\n")
                assert client.answer().status == 200
                assert client.is_closed()

        with ThreadPoolExecutor(8) as visitors:
            for visitor in [visitors.submit(visit, number) for number in range(16)]:
                visitor.result(PATIENCE_S)
        until(lambda: live.server.snapshot().open_connections == 0)
        assert len(live.uploads()) == 16


def test_a_connection_that_is_closed_while_another_thread_polls_ends_at_once(site: Path, monkeypatch):
    """poll(2) keeps what it watches open until it returns."""
    use_poll(monkeypatch)
    finish = Handler.finish
    with serving(site, threads="2") as live, live.client() as client:

        def slow_finish(self: Handler, upload: Upload) -> Answer:
            until(live.server._pool.lead.locked)
            time.sleep(0.05)  # from taking the lead to polling
            return finish(self, upload)

        monkeypatch.setattr(Handler, "finish", slow_finish)
        client.sock.settimeout(2.0)
        assert client.post(b"{}", "Connection: close").status == 201
        assert client.is_closed()


@pytest.mark.parametrize("poller", POLLERS)
def test_a_client_that_sends_while_it_is_served_makes_nobody_spin(site: Path, monkeypatch, poller):
    """What is reported while a worker has it is not reported again and again."""
    monkeypatch.setattr(http_server, "open_poller", poller)
    entered, leave = threading.Event(), threading.Event()
    finish = Handler.finish

    def held_finish(self: Handler, upload: Upload) -> Answer:
        entered.set()
        assert leave.wait(PATIENCE_S)
        return finish(self, upload)

    monkeypatch.setattr(Handler, "finish", held_finish)
    with serving(site, threads="2") as live, live.client() as client:
        wait = live.server._poller.wait
        waits: list[int] = []

        def counted_wait(timeout_s: float, limit: int) -> list[int]:
            waits.append(limit)
            return wait(timeout_s, limit)

        monkeypatch.setattr(live.server._poller, "wait", counted_wait)
        try:
            client.send(client.octets(*UPLOAD, body=b"{}"))
            assert entered.wait(PATIENCE_S)
            client.send(client.octets("GET /sample.txt HTTP/1.1"))
            assert live.get("/").status == 200  # the other worker has been in the poller since
            waits.clear()
            assert not leave.wait(0.3)  # not a synchronisation: the time in which it could spin
            assert len(waits) < 20
        finally:
            leave.set()
        assert client.answer().status == 201
        assert client.answer().body == b"0123456789"


def test_snapshots_and_stopping_from_many_threads(site: Path):
    with serving(site) as live:
        assert live.get("/").status == 200
        with ThreadPoolExecutor(4) as callers:
            for _ in callers.map(lambda _: live.server.snapshot(), range(200)):
                pass
            until(lambda: live.server.snapshot().totals.requests == 1)
            assert live.server.snapshot().totals.errors == 0
            list(callers.map(lambda _: live.server.stop(), range(20)))
