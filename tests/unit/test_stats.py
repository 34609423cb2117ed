"""Counters, percentiles and snapshots."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.stats import LATENCY_BOUNDS_MS, Activity, Doing, Snapshot, Tally, WorkerView, add_up


def totals(*counts: tuple[int, int, float]):
    tally = Tally()
    for count in counts:
        status, sent_bytes, took_ms = count
        tally.count(status, sent_bytes, took_ms / 1000)
    return add_up([tally])


def test_counts_add_up_over_workers():
    first, second = Tally(), Tally()
    first.count(200, 100, 0.001)
    first.count(404, 10, 0.002)
    second.count(503, 5, 0.003)
    sum_of_both = add_up([first, second])
    assert (sum_of_both.requests, sum_of_both.sent_bytes) == (3, 115)
    assert sum_of_both.statuses == (0, 0, 1, 0, 1, 1)
    assert sum_of_both.errors == 2


def test_a_refusal_without_an_answer_is_an_error_and_no_request():
    tally = Tally()
    tally.count(200, 100, 0.001)
    assert add_up([tally]).sentence.endswith("1 2xx, 0 3xx, 0 4xx, 0 5xx")
    tally.count_dismissed()
    totals = add_up([tally])
    assert (totals.requests, totals.errors) == (1, 1)
    assert totals.sentence.endswith("0 5xx; refused 1 connections without an answer")


def test_nothing_counted():
    nothing = add_up([])
    assert (nothing.requests, nothing.errors, nothing.percentile_ms(95)) == (0, 0, 0.0)
    assert nothing - nothing == nothing


def test_the_difference_is_what_came_between():
    tally = Tally()
    tally.count(200, 1, 0.001)
    before = add_up([tally])
    tally.count(404, 2, 0.1)
    between = add_up([tally]) - before
    assert (between.requests, between.sent_bytes, between.errors) == (1, 2, 1)
    assert 100.0 <= between.percentile_ms(50) <= 120.0


@given(
    st.lists(st.floats(min_value=0.01, max_value=50_000), min_size=1, max_size=50),
    st.sampled_from([50, 95, 99, 100]),
)
def test_percentiles_are_right_within_a_fifth(times_ms, percent):
    rank = max(1, -(-len(times_ms) * percent // 100))
    exact = sorted(times_ms)[rank - 1]
    assert (
        exact <= totals(*((200, 0, time_ms) for time_ms in times_ms)).percentile_ms(percent) <= exact * 1.21
    )


@pytest.mark.parametrize(("took_ms", "shown"), [(0.0, LATENCY_BOUNDS_MS[0]), (10**9, LATENCY_BOUNDS_MS[-1])])
def test_beyond_the_classes(took_ms, shown):
    assert totals((200, 0, took_ms)).percentile_ms(50) == shown


def test_bounds_rise():
    assert list(LATENCY_BOUNDS_MS) == sorted(set(LATENCY_BOUNDS_MS))
    assert LATENCY_BOUNDS_MS[-1] >= 60_000


def test_busy_workers():
    reading = Activity(Doing.READING, "127.0.0.1:50000", "")
    workers = (WorkerView("Worker-1", 5, reading), WorkerView("Worker-2", 0, None))
    snapshot = Snapshot(add_up([]), workers, (), queued=0, queue_size=50, refusing=False, open_connections=0)
    assert snapshot.busy_workers == 1
    assert [worker.doing for worker in workers] == [Doing.READING, Doing.IDLE]
