"""The hand-over of records: in order, bounded, and with exact counts."""

from __future__ import annotations

import threading

from server_core.events import INFO, REQUEST, Event, EventLog, ExactCounter


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
    assert (len(small.drain()), small.dropped()) == (2, 3)
    assert (len(large.drain()), large.dropped()) == (5, 0)


def test_what_comes_after_unsubscribing_is_not_kept_and_not_counted():
    log = EventLog()
    subscription = log.subscribe(1)
    log.emit(record(1))
    log.unsubscribe(subscription)
    log.emit(record(2))
    assert (subscription.drain(), subscription.dropped()) == ([record(1)], 0)


def test_without_sinks_nothing_happens():
    EventLog().emit(record(1))


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
    assert len(kept) + subscription.dropped() == rows * writers
    assert subscription.dropped() > 0
    for writer in range(writers):  # what was kept of each writer is in its order, and nothing is there twice
        numbers = [event.request for event in kept if event.worker == str(writer)]
        assert numbers == sorted(set(numbers))


def test_the_counter_is_exact_and_reading_does_not_disturb_it():
    counter = ExactCounter()
    readings: list[int] = []
    run_together(
        *[lambda: [counter.add() for _ in range(10_000)] for _ in range(6)],
        lambda: readings.extend(counter.value() for _ in range(1_000)),
    )
    assert counter.value() == counter.value() == 60_000
    assert readings == sorted(readings)
