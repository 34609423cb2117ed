"""What is known of one row, in full."""

from __future__ import annotations

from PySide6.QtCore import Qt

from server_core.events import INFO, LIFECYCLE, WARNING, Event
from tests.gui.rows import emit


def test_a_row_shows_its_details_until_escape(parts, qtbot):
    target = "/" + "x" * 400
    emit(parts, 1, target=target, status=403, level=WARNING, reason="path-dots", message="The path has dots.")
    emit(parts, 1)
    log = parts.window.log
    assert not parts.window.details.text()
    log.table.selectRow(0)
    assert parts.window.details.isVisible()
    text = parts.window.details.text()
    assert f"GET {target} HTTP/1.1" in text
    assert "The path has dots. (path-dots)" in text
    assert "403 Forbidden, 10,240 bytes, closed" in text
    qtbot.keyClick(log.table, Qt.Key.Key_Escape)
    assert not parts.window.details.text()


def test_details_of_a_record_without_a_request(parts):
    parts.controller._events.emit(Event(0.0, INFO, LIFECYCLE, message="serving\x1b[2J"))
    parts.feed.drain()
    parts.window.log.table.selectRow(0)
    lines = dict(line.split(": ", 1) for line in parts.window.details.text().splitlines())
    assert lines["Request"] == LIFECYCLE
    assert lines["Reason"] == "serving\\x1b[2J"
    assert set(lines) == {"Request", "Reason", "Answer", "Served"}


def test_details_stay_while_old_rows_go_and_leave_when_the_table_is_cleared(parts):
    log = parts.window.log
    emit(parts, 10)
    log.table.selectRow(3)
    for first in range(0, 24_000, 8_000):
        emit(parts, 8_000, first)
    assert "GET /3.html" in parts.window.details.text()
    assert parts.window.details.isVisible()
    log.clear()
    assert not parts.window.details.text()


def test_details_show_both_heads_and_where_the_time_went(parts):
    heads = {
        "request_head": b"GET /0.html HTTP/1.1\r\nHost: a\x1b[2J\r\n\r\n",
        "response_head": b'HTTP/1.1 200 OK\r\nETag: "x"\r\n\r\n',
    }
    emit(parts, 1, waited_ms=3.9, connection=12, request=3, **heads)
    parts.window.log.table.selectRow(0)
    details = parts.window.details
    assert details.request_head.toPlainText() == "GET /0.html HTTP/1.1\nHost: a\\x1b[2J"
    assert details.response_head.toPlainText() == 'HTTP/1.1 200 OK\nETag: "x"'
    assert "Client: 127.0.0.1:50000, connection 12, request 3" in details.text()
    assert "waited 3.90 ms, took 1.30 ms" in details.text()
    assert details._bar.toolTip().startswith("75 %")
    assert parts.window.lower_pane.currentWidget() is details
