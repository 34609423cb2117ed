from __future__ import annotations

import pytest

from gui.readings import Reading
from gui.spark import READINGS, Spark
from gui.status_strip import NOTHING, figures
from server_core.stats import Snapshot, Tally, add_up

WAIT_MS = 10_000


def totals(*answers):
    tally = Tally()
    for status, sent_bytes, took_ms in answers:
        tally.count(status, sent_bytes, took_ms / 1000)
    return add_up([tally])


def reading(now, before, span_s=0.5):
    return Reading(Snapshot(now, (), (), 0, 50, False, 7), now - before, span_s)


def test_rates_are_per_second_and_errors_since_the_start():
    before = totals((404, 0, 1.0))
    now = totals((404, 0, 1.0), (200, 3 * 1024, 1.0), (500, 1024, 1.0))
    shown = figures(reading(now, before), before)
    assert (shown["requests_per_s"], shown["bytes_per_s"]) == ("4", "8.0 kB")
    assert (shown["errors"], shown["connections"]) == ("2", "7")


def test_latency_is_that_of_the_last_half_minute_or_of_all():
    before, now = totals((200, 0, 5000.0)), totals((200, 0, 5000.0), (200, 0, 1.0))
    assert figures(reading(now, before), before)["p99"].endswith(" ms")
    assert figures(reading(now, now), now)["p99"].endswith(" s")
    assert figures(reading(totals(), totals()), totals())["p50"] == NOTHING


def test_the_strip_follows_the_server(parts, start, stop, ask, qtbot):
    strip = parts.window.strip
    port = start(parts)
    qtbot.waitUntil(lambda: strip.value("requests_per_s") == "0", timeout=WAIT_MS)
    for _ in range(20):
        ask(port)
    graph = strip.graphs["requests_per_s"]
    qtbot.waitUntil(lambda: max(graph.values()) > 0, timeout=WAIT_MS)
    assert max(strip.graphs["bytes_per_s"].values()) > 0
    qtbot.waitUntil(lambda: strip.rows_text().startswith("21 kept"), timeout=WAIT_MS)
    stop(parts)
    parts.window.readings.take()
    assert graph.values() == []
    assert strip.value("p99") == NOTHING


@pytest.mark.parametrize("values", [[], [0.0], [0.0, 0.0], [1.0, 5.0, 2.5], [float(n) for n in range(200)]])
def test_a_graph_is_bounded_and_drawn_within_its_box(qtbot, values):
    graph = Spark()
    qtbot.addWidget(graph)
    graph.resize(120, 20)
    for value in values:
        graph.add(value)
    assert len(graph.values()) == min(len(values), READINGS)
    assert not graph.grab().isNull()
    if graph.values():
        points = graph._points()
        assert all(0 <= point.x() <= 120.01 and 0 <= point.y() <= 20 for point in points)
        assert abs(points[-1].x() - 120) < 0.01
