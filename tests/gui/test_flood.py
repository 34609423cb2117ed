"""The window under a flood of records: it stays awake, forgets no count and holds no more than it may.

``SPINDLE_FLOOD_ROWS=1000000`` makes it a long one; ``-s`` shows the figures.
"""

from __future__ import annotations

import os
import statistics
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer

from gui.startup import SWITCH_INTERVAL_S
from server_core.events import HANDOVER_ROWS, INFO, REQUEST, WARNING, Event
from tests.systems import IS_WINE

ROWS = int(os.environ.get("SPINDLE_FLOOD_ROWS", "60000"))
ROWS_PER_S = 20_000
BATCH_ROWS = 100
BEAT_MS = 10
BEAT_P99_MS = 50
SLICE_BEATS = 100
# A computer with other work to do may stand still for a while.
PATIENCE_S = 160
# 20,000 rows with their heads, a full hand-over, and what the interpreter keeps back.
GROWTH_BYTES = 150 * 1024 * 1024
STATM = Path("/proc/self/statm")


def record(number: int) -> Event:
    status = 404 if number % 10 == 0 else 200
    head = b"HTTP/1.1 %d OK\r\nContent-Length: 1024\r\nX-Number: %d\r\n\r\n" % (status, number)
    return Event(
        time.time(), WARNING if status == 404 else INFO, REQUEST, f"Worker-{number % 10}", "127.0.0.1:50000",
        "GET", f"/flood/{number}.html", "HTTP/1.1", status, 1024, 0.1, 0.5, number // 100, number % 100, True,
        "not-found" if status == 404 else "", "There is nothing at this address." if status == 404 else "",
        b"GET /flood HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", head,
    )  # fmt: skip


def flood(emit, stop):
    """Emit :data:`ROWS` records, as evenly as a thread can."""
    begin_s = time.perf_counter()
    for first in range(0, ROWS, BATCH_ROWS):
        for number in range(first, first + BATCH_ROWS):
            emit(record(number))
        ahead_s = begin_s + (first + BATCH_ROWS) / ROWS_PER_S - time.perf_counter()
        if ahead_s > 0 and stop.wait(ahead_s):
            return


def share_of(values: list[float], share: float) -> float:
    return sorted(values)[int(share * (len(values) - 1))]


def resident_bytes() -> int:
    if sys.platform != "linux":
        return 0
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def eager_threads():
    """As the program sets it at its start."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    yield
    sys.setswitchinterval(before)


@pytest.mark.slow
@pytest.mark.skipif(IS_WINE, reason="Wine's speed says nothing of any window's")
@pytest.mark.timeout(ROWS // ROWS_PER_S * 4 + PATIENCE_S + 20)
def test_a_flood_leaves_the_window_awake_and_its_memory_bounded(parts, fit, qtbot, eager_threads):
    fit(parts.window, 1280, 800)
    beats: list[float] = []
    heart = QTimer(parts.window, interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
    heart.timeout.connect(lambda: beats.append(time.perf_counter()))
    stop = threading.Event()
    producer = threading.Thread(target=flood, args=(parts.controller._events.emit, stop))
    before_bytes = resident_bytes()
    heart.start()
    begin_s = time.perf_counter()
    producer.start()
    try:
        qtbot.waitUntil(
            lambda: not producer.is_alive() and parts.feed.waiting_rows == 0,
            timeout=(ROWS // ROWS_PER_S * 4 + PATIENCE_S) * 1000,
        )
    finally:
        stop.set()
        producer.join()
    span_s = time.perf_counter() - begin_s
    heart.stop()
    spans_ms = [(late - early) * 1000 for early, late in pairwise(beats)]
    p50_ms, p99_ms, most_ms = (share_of(spans_ms, share) for share in (0.5, 0.99, 1.0))
    # What else the computer does falls on some of the slices, what a flood costs on all.
    slices = [spans_ms[first : first + SLICE_BEATS] for first in range(0, len(spans_ms), SLICE_BEATS)]
    typical_ms = statistics.median(share_of(each, 0.99) for each in slices)
    growth_bytes = resident_bytes() - before_bytes
    print(
        f"\n{ROWS} rows in {span_s:.1f} s ({ROWS / span_s:.0f}/s), heartbeat of {BEAT_MS} ms: "
        f"p50 {p50_ms:.1f}, p99 {p99_ms:.1f}, longest {most_ms:.1f} ms, "
        f"p99 of the median second {typical_ms:.1f} ms; "
        f"{growth_bytes / 1e6:.0f} MB more, {parts.window.log.dropped_rows} rows dropped"
    )
    assert parts.model.kept_rows == min(parts.model.max_rows, ROWS)
    assert parts.model.kept_rows + parts.window.log.dropped_rows == ROWS
    assert parts.feed.waiting_rows <= HANDOVER_ROWS
    assert growth_bytes < GROWTH_BYTES
    assert typical_ms < BEAT_P99_MS
