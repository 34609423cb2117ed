"""The hand-over of records: in order, bounded, and with exact counts."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from server_core.answers import Answer
from server_core.events import INFO, REQUEST, Event, EventLog, Repeats, newest_rows, row_count, rows_of
from server_core.files import Root
from server_core.messages import Request
from server_core.parser import HeadCache, RequestParser
from server_core.paths import FilePath
from server_core.reply import Reply
from tests.unit.octets import get

if TYPE_CHECKING:
    from pathlib import Path


class Peer(NamedTuple):
    """What a record keeps of a connection."""

    client: str
    serial: int


def volley_of(folder: Path, *peers: Peer) -> Repeats:
    """The first request of each, answered after half a second, for which it had waited a whole one."""
    (folder / "page.html").write_bytes(b"body")
    parser = RequestParser(1_000, HeadCache())
    parser.receive(get())
    request = parser.next_event()
    assert isinstance(request, Request)
    file = Root(folder).find(FilePath(("page.html",), is_folder=False))
    reply = Reply(request, Answer(200, (), b"body"), file, "")
    numbers = list(range(1, len(peers) + 1))
    return Repeats(reply, b"head+body", 1.0, 2.0, 2.5, "Worker-1", list(peers), numbers)


def record(number: int, worker: str = "") -> Event:
    return Event(0.0, INFO, REQUEST, worker=worker, request=number)


def test_records_come_in_order_and_once():
    log = EventLog()
    subscription = log.subscribe()
    for number in range(5):
        log.emit(record(number))
    assert [event.request for event in subscription.drain(3)] == [0, 1, 2]
    assert [event.request for event in subscription.drain()] == [3, 4]
    assert subscription.drain() == []


def test_each_sink_has_its_own_queue():
    log = EventLog()
    small, large = log.subscribe(2), log.subscribe(10)
    for number in range(5):
        log.emit(record(number))
    assert (len(small.drain()), small.dropped_rows) == (2, 3)
    assert (len(large.drain()), large.dropped_rows) == (5, 0)


def test_what_comes_after_unsubscribing_is_not_kept_and_not_counted():
    log = EventLog()
    subscription = log.subscribe(1)
    log.emit(record(1))
    log.unsubscribe(subscription)
    log.emit(record(2))
    assert (subscription.drain(), subscription.dropped_rows) == ([record(1)], 0)


def test_without_sinks_nothing_happens():
    EventLog().emit(record(1))


def test_only_the_newest_rows_are_made(tmp_path):
    volley = volley_of(tmp_path, Peer("a:1", 7), Peer("b:2", 8))
    records = [record(1), volley, record(2), volley]
    every = rows_of(records)
    assert len(every) == sum(map(row_count, records)) == 6
    for limit in range(1, 9):
        assert newest_rows(records, limit) == every[-limit:]
    assert newest_rows([], 5) == []


def run_together(*jobs) -> None:
    start = threading.Barrier(len(jobs))

    def run(job) -> None:
        start.wait()
        job()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_kept_and_dropped_add_up_exactly_under_many_threads():
    rows, writers = 5_000, 8
    log = EventLog()
    subscription = log.subscribe(100)
    kept: list[Event] = []
    done = threading.Event()

    def write(name: str):
        return lambda: [log.emit(record(number, name)) for number in range(rows)]

    def drain() -> None:
        while not done.is_set():
            kept.extend(subscription.drain())

    drainer = threading.Thread(target=drain)
    drainer.start()
    run_together(*(write(str(number)) for number in range(writers)))
    done.set()
    drainer.join()
    kept += subscription.drain()
    assert len(kept) + subscription.dropped_rows == rows * writers
    assert subscription.dropped_rows > 0
    for writer in range(writers):  # what was kept of each writer is in its order, and nothing is there twice
        numbers = [event.request for event in kept if event.worker == str(writer)]
        assert numbers == sorted(set(numbers))


def test_the_rows_of_a_volley_are_kept_and_dropped_together(tmp_path):
    """They are told in the order of the connections, each as if it alone had been answered."""
    log = EventLog()
    subscription = log.subscribe(4)
    volley = volley_of(tmp_path, Peer("a:1", 7), Peer("b:2", 8))
    for _ in range(3):
        log.emit(volley)
    log.emit(record(1))
    assert (subscription.waiting_rows, subscription.dropped_rows) == (4, 3)
    assert subscription.take(3) == [volley, volley]
    log.emit(volley)
    first, second = subscription.drain()
    assert subscription.waiting_rows == 0
    assert (first.client, first.connection, first.request) == ("a:1", 7, 1)
    assert (second.client, second.connection, second.request) == ("b:2", 8, 2)
    for event in (first, second):
        assert (event.worker, event.waited_ms, event.took_ms) == ("Worker-1", 1000.0, 500.0)
        assert (event.response_head, event.sent_bytes) == (b"head+", 4)
