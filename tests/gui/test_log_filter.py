"""Which rows pass the filter."""

from __future__ import annotations

import pytest

from gui.log_filter import LogFilter
from server_core.events import ERROR, INFO, WARNING
from tests.gui.rows import SAMPLES, WAIT_MS, emit, targets


@pytest.mark.parametrize(
    ("chosen", "passing"),
    [
        (LogFilter(), [0, 1, 2, 3, 4]),
        (LogFilter("HTML"), [0, 1, 2, 3]),
        (LogFilter("worker-1 /2"), [2]),
        (LogFilter("worker-1 nowhere"), []),
        (LogFilter("404"), [2]),
        (LogFilter("not-found"), [2]),
        (LogFilter("serving"), [4]),
        (LogFilter(status_classes=frozenset({3, 5})), [1, 3]),
        (LogFilter(levels=frozenset({WARNING, ERROR})), [2, 3]),
        (LogFilter("1", frozenset({2}), frozenset({INFO})), [0]),
        (LogFilter("status:404"), [2]),
        (LogFilter("status:4xx"), [2]),
        (LogFilter("status:40"), [2]),
        (LogFilter("STATUS:200 method:get"), [0]),
        (LogFilter("client:127.0.0.1"), [0, 1, 2, 3]),
        (LogFilter("client:127.0.0.1:50000"), [0, 1, 2, 3]),
        (LogFilter("client:127.0.0"), []),
        (LogFilter("-html"), [4]),
        (LogFilter("-status:200 worker:worker-1"), [1, 2, 3]),
        (LogFilter("level:error"), [3]),
        (LogFilter("kind:lifecycle reason:serving"), [4]),
        (LogFilter("target:/3."), [3]),
        (LogFilter("reason:found"), [2]),
        (LogFilter("connection:0 status:304"), [1]),
        (LogFilter("nowhere:404"), []),
        (LogFilter("-"), [0, 1, 2, 3]),
        (LogFilter("status:"), []),
    ],
)
def test_filter(chosen, passing):
    assert chosen.select(SAMPLES, 100) == [100 + number for number in passing]


def test_filter_field_and_choice(parts, qtbot):
    emit(parts, 3)
    emit(parts, 2, first=3, status=404, level=WARNING)
    log = parts.window.log
    parts.window.actions_by_name["filter"].trigger()
    qtbot.keyClicks(log.filter_field, "/1.html")
    qtbot.waitUntil(lambda: targets(parts.model) == ["/1.html"], timeout=WAIT_MS)
    assert "1 shown" in log.counts_text()
    log.filter_field.clear()
    log.statuses.setCurrentIndex(log.statuses.findText("4xx Client errors"))
    qtbot.waitUntil(lambda: targets(parts.model) == ["/3.html", "/4.html"], timeout=WAIT_MS)
    log.levels.setCurrentIndex(log.levels.findText("Errors"))
    assert "No row passes" in log.table.hint()
