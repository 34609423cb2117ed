"""What was answered before is answered by a shorter way, with the same octets and the same record."""

from __future__ import annotations

import contextlib
import errno
import re
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from server_core import files, reply
from server_core.connection import Connection
from server_core.log_format import text_line, text_lines
from server_core.reply import Reply
from tests.functional.live import BOTH_SCHEMES, PATIENCE_S, Client, Live, serving, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = BOTH_SCHEMES


@pytest.fixture
def live(site: Path, monkeypatch) -> Iterator[Live]:
    monkeypatch.setattr(files, "SETTLED_S", -1.0)
    with serving(site, max_requests="1000000") as live:
        yield live


def repeatable(live: Live) -> bool:
    """Whether some head's reply is kept."""
    return any(each.reply for each in live.server._service.heads.requests.values())


def steady(fields: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if name != "date"}


@pytest.mark.parametrize("target", ["/", "/sample.txt?x=1", "/docs/", "/picture.png"])
@pytest.mark.parametrize("persistence", ["keep-alive", "close"])
def test_the_answer_is_the_same(live, target, persistence):
    def ask():
        with live.client() as client:
            answer = client.get(target, f"Connection: {persistence}")
            assert client.is_closed() if persistence == "close" else True
            return answer

    if persistence == "keep-alive":
        ask = lambda: live.get(target, "Connection: keep-alive")  # noqa: E731
    first, *others = (ask() for _ in range(4))
    assert repeatable(live)
    for other in others:
        assert (other.line, other.body) == (first.line, first.body)
        assert steady(other.fields) == steady(first.fields)


def test_so_is_the_record(live):
    with live.client() as client:
        for _ in range(3):
            client.get("/sample.txt")
    until(lambda: sum(event.status == 200 for event in live.events) == 3)
    first, second, third = (event for event in live.seen if event.status == 200)
    assert (first.request, second.request, third.request) == (1, 2, 3)
    assert first.time_s <= second.time_s <= third.time_s <= first.time_s + PATIENCE_S
    for other in (second, third):
        for name in first._fields:
            if name not in {"time_s", "worker", "request", "waited_ms", "took_ms", "response_head"}:
                assert getattr(other, name) == getattr(first, name), name
        assert re.sub(rb"Date: .*", b"", other.response_head) == re.sub(
            rb"Date: .*", b"", first.response_head
        )
        assert other.response_head.endswith(b"\r\n\r\n")
        assert 0 <= other.waited_ms < 20_000
        assert 0 < other.took_ms < 20_000


def test_the_lines_are_those_of_the_whole_record(live):
    rows = live.server.events.subscribe()
    with live.client() as client:
        for _ in range(3):
            client.get("/sample.txt?'|")
        client.get("/sample.txt", "Connection: close")
    live.get("/sample.txt", "Connection: close")
    until(lambda: rows.waiting_rows >= 5)
    records = rows.take()
    assert {type(record).__name__ for record in records} == {"Repeats", "Event"}
    until(lambda: sum(event.status == 200 for event in live.events) == 5)
    for line, event in zip(text_lines(records), live.seen[-5:], strict=True):
        assert line.partition("] ")[2] == text_line(event).partition("] ")[2]


@pytest.mark.parametrize("settled_s", [0.0, files.SETTLED_S])
def test_a_changed_file_is_served_changed_at_once(live, monkeypatch, settled_s):
    """Of one length where the clock that stamps it can't hide the change, for it is not remembered yet."""
    monkeypatch.setattr(files, "SETTLED_S", settled_s)
    page = live.root / "page.html"
    with live.client() as client:
        for number in range(300):
            content = b"state %3d" % (number // 2) if settled_s else b"." * (number // 2)
            page.write_bytes(content)
            assert client.get("/page.html").body == content
        page.unlink()
        assert client.get("/page.html").status == 404
        page.write_bytes(b"again")
        assert client.get("/page.html").body == b"again"


def test_also_while_others_ask_for_it(live):
    """However many are answered together: who asks after the change gets what it was changed to."""
    page, other = live.root / "page.html", live.root / "other.html"
    page.write_bytes(b"")
    stop = threading.Event()

    def ask() -> None:
        with live.client() as client:
            while not stop.is_set():
                assert client.get("/page.html").status == 200

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    try:
        with live.client() as client:
            for number in range(400):
                if sys.platform == "win32":  # which replaces no file that somebody reads
                    page.write_bytes(b"." * number)
                else:
                    other.write_bytes(b"." * number)
                    other.replace(page)
                assert len(client.get("/page.html").body) == number
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE_S)


def test_the_last_of_so_many_requests_closes(site: Path, monkeypatch):
    monkeypatch.setattr(files, "SETTLED_S", -1.0)
    with serving(site, max_requests="3") as live:
        live.get("/")
        with live.client() as client:
            assert [client.get("/").closes for _ in range(3)] == [False, False, True]
            assert client.is_closed()


def test_a_head_in_two_parts_and_two_heads_in_one(live):
    with live.client() as client:
        head = client.octets("GET /sample.txt HTTP/1.1")
        client.get("/sample.txt")
        for split in range(1, len(head), 7):
            client.send(head[:split])
            client.send(head[split:])
            assert client.answer().body == b"0123456789"
        client.send(head * 3 + head[:9])
        assert [client.answer().body for _ in range(3)] == [b"0123456789"] * 3
        client.send(head[9:])
        assert client.answer().body == b"0123456789"


def test_many_at_once(live):
    """More than one volley, of known and unknown heads, of those who stay and those who leave."""
    live.get("/sample.txt")
    clients = [live.client() for _ in range(80)]
    try:
        for number, client in enumerate(clients):
            target = "/sample.txt" if number % 3 else f"/sample.txt?{number}"
            client.send(client.octets(f"GET {target} HTTP/1.1", *(["Connection: close"] * (number % 5 == 0))))
        for number, client in enumerate(clients):
            answer = client.answer()
            assert (answer.body, answer.closes) == (b"0123456789", number % 5 == 0)
    finally:
        for client in clients:
            client.close()
    until(lambda: live.server.snapshot().totals.requests == 81)


def test_what_is_remembered_is_bounded(live, monkeypatch):
    monkeypatch.setattr(reply, "REPLY_BYTES", 20_000)
    (live.root / "large.txt").write_bytes(bytes(6_000))
    with live.client() as client:
        for number in range(12):
            assert len(client.get(f"/large.txt?{number % 4}").body) == 6_000
            kept = [each.reply for each in live.server._service.heads.requests.values() if each.reply]
            assert len(kept) == 1


@pytest.mark.parametrize(
    ("of", "name", "fault"),
    [
        (lambda live: live.server._poller, "arm", OSError(errno.ENOSPC, "No space left on device")),
        (lambda _: Reply, "octets", MemoryError("planted")),
        (lambda _: Connection, "local_address", OSError(errno.EINVAL, "Invalid argument")),
    ],
    ids=["the kernel watches no more", "want of memory", "no address of ours"],
)
def test_no_fault_on_the_short_way_ends_a_worker(site: Path, monkeypatch, of, name, fault):
    """The longer way answers instead, or the connection is all that is lost."""
    monkeypatch.setattr(files, "SETTLED_S", -1.0)
    with serving(site, host="0.0.0.0") as live:
        live.planted = str(fault)
        address = ("127.0.0.1", live.address[1])

        def ask(host: str) -> int:
            with (
                contextlib.suppress(EOFError, OSError),
                Client(address, f"{host}:{address[1]}", 0, live.trust) as client,
            ):
                return client.get("/sample.txt", "Connection: keep-alive").status
            return 0

        own = "127.0.0.1"
        for host in (own, own):
            assert ask(host) == 200
        whole, faults = getattr(of(live), name), [fault] * 6

        def faulty(*arguments):
            if faults:
                raise faults.pop()
            return whole(*arguments)

        monkeypatch.setattr(of(live), name, faulty)
        for reply in [each.reply for each in live.server._service.heads.requests.values() if each.reply]:
            reply.via = address[0]  # as for a host that is allowed by this address alone
        until(lambda: ask(own) >= 0 and not faults)
        until(lambda: ask(own) == 200)
        assert all(thread.is_alive() for thread in live.server._pool._threads)
