from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QCoreApplication, QModelIndex, QPoint, Qt
from PySide6.QtGui import QGuiApplication

from gui.log_columns import CELL_CHARACTERS, COLUMNS
from gui.log_feed import LogFeed
from gui.log_filter import LogFilter
from gui.log_model import LogModel
from gui.settings import Settings
from server_core.events import ERROR, INFO, LIFECYCLE, REQUEST, WARNING, Event, EventLog

WAIT_MS = 10_000
FOREGROUND = Qt.ItemDataRole.ForegroundRole


def request(number: int = 0, status: int = 200, **changes) -> Event:
    event = Event(1_700_000_000.123, INFO, REQUEST, "Worker-1", "127.0.0.1:50000", "GET", f"/{number}.html")
    return event._replace(version="HTTP/1.1", status=status, sent_bytes=10240, took_ms=1.3)._replace(
        **changes
    )


def cell(model, row, title):
    column = next(number for number, each in enumerate(COLUMNS) if each.title == title)
    return model.data(model.index(row, column))


def targets(model):
    return [model.event_at(row).target for row in range(model.visible_rows)]


@pytest.fixture
def model(qtmodeltester):
    model = LogModel(max_rows=5)
    qtmodeltester.check(model)
    return model


def test_a_row_says_what_happened(model):
    model.append([request(7)])
    row = {column.title: cell(model, 0, column.title).strip() for column in COLUMNS}
    assert row == {
        "Time": time.strftime("%H:%M:%S.123", time.localtime(1_700_000_000)),
        "Method": "GET",
        "Target": "/7.html",
        "Status": "200",
        "Bytes": "10,240",
        "Took": "1.30 ms",
        "Reason": "",
        "Client": "127.0.0.1:50000",
        "Worker": "Worker-1",
    }


def test_a_record_without_a_request_says_its_sentence(model):
    model.append([Event(0.0, WARNING, LIFECYCLE, message="all workers are busy")])
    assert cell(model, 0, "Method") == LIFECYCLE
    assert cell(model, 0, "Target") == "all workers are busy"
    assert cell(model, 0, "Status") == WARNING


def test_text_from_the_network_is_escaped_and_cut(model):
    model.append([request(target="/\x1b[31m\n" + "x" * 5000)])
    text = cell(model, 0, "Target")
    assert "\x1b" not in text
    assert "\n" not in text
    assert len(text) < CELL_CHARACTERS + 20
    assert text.endswith("…")


def test_the_ring_keeps_the_newest_and_counts_the_rest(model):
    model.append([request(number) for number in range(4)])
    model.append([request(number) for number in range(4, 8)])
    assert targets(model) == [f"/{number}.html" for number in range(3, 8)]
    assert (model.kept_rows, model.trimmed_rows) == (5, 3)


def test_a_batch_larger_than_the_ring(model):
    model.append([request(0)])
    model.append([request(number) for number in range(1, 13)])
    assert targets(model) == [f"/{number}.html" for number in range(8, 13)]
    assert model.trimmed_rows == 8


def test_a_batch_costs_one_removal_and_one_insertion(model, qtbot):
    model.append([request(number) for number in range(5)])
    calls = []
    model.rowsRemoved.connect(lambda _parent, first, last: calls.append(("removed", first, last)))
    model.rowsInserted.connect(lambda _parent, first, last: calls.append(("inserted", first, last)))
    model.append([request(number) for number in range(5, 8)])
    assert calls == [("removed", 0, 2), ("inserted", 2, 4)]


def test_the_filter_holds_while_rows_come_and_go(model):
    model.set_filter(LogFilter(status_classes=frozenset({4})))
    model.append([request(0, 404), request(1), request(2, 403)])
    assert targets(model) == ["/0.html", "/2.html"]
    model.append([request(3), request(4, 400), request(5), request(6)])
    assert targets(model) == ["/2.html", "/4.html"]
    model.set_filter(LogFilter())
    assert targets(model) == [f"/{number}.html" for number in range(2, 7)]


def test_clear_forgets_rows_and_counts(model):
    model.append([request(number) for number in range(9)])
    model.clear()
    assert (model.kept_rows, model.visible_rows, model.trimmed_rows) == (0, 0, 0)
    model.append([request(1)])
    assert targets(model) == ["/1.html"]


def test_only_served_roles_answer(model):
    model.append([request()])
    index = model.index(0, 0)
    answered = {role for role in Qt.ItemDataRole if model.data(index, role) is not None}
    shown = {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.TextAlignmentRole, Qt.ItemDataRole.ToolTipRole}
    assert answered == shown
    assert model.rowCount(index) == 0
    assert model.rowCount(QModelIndex()) == 1


SAMPLES = [
    request(0),
    request(1, 304),
    request(2, 404, level=WARNING, reason="not-found"),
    request(3, 500, level=ERROR),
    Event(0.0, INFO, LIFECYCLE, message="Serving"),
]


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


# --- feed and view ---


def test_a_flood_is_bounded_and_counted_to_the_last_row(qtbot):
    events = EventLog()
    model, feed = LogModel(max_rows=1_000), LogFeed(events)
    feed.arrived.connect(model.append)
    for number in range(20_000):
        events.emit(request(number))
    qtbot.waitUntil(lambda: feed.waiting_rows == 0, timeout=WAIT_MS)
    assert model.kept_rows == 1_000
    assert model.trimmed_rows + feed.dropped_rows == 19_000
    assert targets(model)[-1] == "/19999.html"
    feed.deleteLater()


def emit(parts, count, first=0, **changes):
    """Rows as the server emits them, and one drain."""
    log = parts.controller._events
    for number in range(first, first + count):
        log.emit(request(number, **changes))
    parts.feed.drain()


def test_a_flood_into_the_window_is_counted(parts, qtbot):
    for first in range(0, 30_000, 10_000):
        emit(parts, 10_000, first)
    qtbot.waitUntil(lambda: parts.feed.waiting_rows == 0, timeout=WAIT_MS)
    log = parts.window.log
    assert parts.model.kept_rows == parts.model.max_rows == 20_000
    assert log.dropped_rows == 10_000
    assert log.counts_text() == "20,000 kept · 10,000 dropped"
    log.clear()
    assert log.dropped_rows == 0
    assert log.counts_text() == "0 kept · 0 dropped"


def test_what_the_hand_over_drops_is_counted(parts):
    parts.window.actions_by_name["pause"].trigger()
    emit(parts, 50_003)
    log = parts.window.log
    log.refresh()
    assert log.dropped_rows == 3
    assert "paused, 50,000 waiting" in log.counts_text()


def test_pause_holds_the_table_still_and_loses_nothing(parts, qtbot):
    emit(parts, 3)
    parts.window.actions_by_name["pause"].trigger()
    emit(parts, 4, first=3)
    assert parts.model.kept_rows == 3
    parts.window.actions_by_name["pause"].trigger()
    qtbot.waitUntil(lambda: parts.model.kept_rows == 7, timeout=WAIT_MS)


def at_bottom(table):
    return table.verticalScrollBar().value() == table.verticalScrollBar().maximum()


def test_the_tail_is_followed_until_one_scrolls_up(parts, qtbot):
    table = parts.window.log.table
    follow = parts.window.actions_by_name["follow"]
    emit(parts, 200)
    assert at_bottom(table)
    table.verticalScrollBar().setValue(40)
    assert not table.follow
    assert not follow.isChecked()
    emit(parts, 100, first=200)
    assert table.verticalScrollBar().value() == 40
    table.verticalScrollBar().setValue(table.verticalScrollBar().maximum())
    assert table.follow
    assert follow.isChecked()
    emit(parts, 100, first=300)
    assert at_bottom(table)


def test_the_follow_action_goes_back_to_the_newest(parts):
    table = parts.window.log.table
    emit(parts, 200)
    table.verticalScrollBar().setValue(0)
    parts.window.actions_by_name["follow"].trigger()
    assert table.follow
    assert at_bottom(table)
    parts.window.actions_by_name["follow"].trigger()
    emit(parts, 50, first=200)
    assert not at_bottom(table)


def test_rows_that_are_being_read_stay_in_sight_when_old_ones_go(parts):
    table = parts.window.log.table
    for first in range(0, 20_000, 5_000):
        emit(parts, 5_000, first)
    table.verticalScrollBar().setValue(1_000)
    reading = parts.model.event_at(table.rowAt(0)).target
    emit(parts, 300, first=20_000)
    assert parts.model.event_at(table.rowAt(0)).target == reading
    assert not table.follow


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


def test_errors_are_told_by_text_and_by_colour(parts):
    emit(parts, 1)
    emit(parts, 1, status=404, level=WARNING)
    emit(parts, 1, status=500, level=ERROR)
    model = parts.model
    assert [cell(model, row, "Status") for row in range(3)] == ["200", "404", "500"]
    colours = [model.data(model.index(row, 0), FOREGROUND) for row in range(3)]
    assert colours[0] is None
    assert colours[1].color() != colours[2].color()


def test_selected_rows_are_copied_as_log_lines(parts):
    emit(parts, 3)
    table = parts.window.log.table
    table.selectRow(1)
    parts.window.actions_by_name["copy_rows"].trigger()
    text = QGuiApplication.clipboard().text()
    assert '"GET /1.html HTTP/1.1" 200 10240B' in text
    assert "\n" not in text


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


def test_rows_can_be_sorted_while_paused(parts, qtbot):
    header = parts.window.log.table.header
    pause = parts.window.actions_by_name["pause"]
    for number, status in enumerate((404, 200, 500)):
        emit(parts, 1, number, status=status, took_ms=float(number))
    table = parts.window.log.table
    status = next(number for number, each in enumerate(COLUMNS) if each.title == "Status")
    click(qtbot, header, status)
    assert targets(parts.model) == ["/0.html", "/1.html", "/2.html"]
    table.selectRow(0)
    pause.trigger()
    click(qtbot, header, status)
    assert targets(parts.model) == ["/1.html", "/0.html", "/2.html"]
    assert table.current_event().target == "/0.html"
    click(qtbot, header, status)
    assert targets(parts.model) == ["/2.html", "/0.html", "/1.html"]
    parts.window.log.filter_by("-status:500")
    assert targets(parts.model) == ["/0.html", "/1.html"]
    pause.trigger()
    parts.window.log.filter_by("")
    assert targets(parts.model) == ["/0.html", "/1.html", "/2.html"]


def click(qtbot, header, section):
    place = QPoint(header.sectionViewportPosition(section) + 12, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)


@pytest.mark.parametrize("column", range(len(COLUMNS)))
def test_every_column_sorts_whatever_its_rows_are(column):
    model = LogModel()
    model.append([*SAMPLES, request(9, worker="Worker-10"), Event(1.0, ERROR, LIFECYCLE)])
    for order in Qt.SortOrder:
        model.sort(column, order)
        keys = [COLUMNS[column].key(event) for event in model.visible_events()]
        assert keys == sorted(keys, reverse=order is Qt.SortOrder.DescendingOrder)


def test_the_next_batch_brings_back_the_order_in_which_rows_came():
    model = LogModel(max_rows=3)
    model.append([request(number) for number in range(3)])
    model.sort(0, Qt.SortOrder.DescendingOrder)
    assert targets(model) == ["/0.html", "/1.html", "/2.html"]
    model.sort(2, Qt.SortOrder.DescendingOrder)
    assert targets(model) == ["/2.html", "/1.html", "/0.html"]
    model.append([request(3)])
    assert targets(model) == ["/1.html", "/2.html", "/3.html"]


def shown_columns(table):
    return [each.title for number, each in enumerate(COLUMNS) if not table.isColumnHidden(number)]


def test_columns_leave_where_there_is_no_room_and_come_back(parts, fit, qtbot):
    table = parts.window.log.table
    fit(parts.window, 1900, 800)
    qtbot.waitUntil(lambda: len(shown_columns(table)) == len(COLUMNS), timeout=WAIT_MS)
    assert not table.horizontalScrollBar().isVisible()
    fit(parts.window, 900, 600)
    qtbot.waitUntil(lambda: "Worker" not in shown_columns(table), timeout=WAIT_MS)
    assert shown_columns(table)[:5] == ["Time", "Method", "Target", "Status", "Reason"]
    assert not table.horizontalScrollBar().isVisible()
    fit(parts.window, 1900, 800)
    qtbot.waitUntil(lambda: len(shown_columns(table)) == len(COLUMNS), timeout=WAIT_MS)


def test_columns_that_are_put_away_stay_away(parts, fit, make_parts):
    fit(parts.window, 1900, 800)
    table = parts.window.log.table
    menu = table.header.make_menu()
    next(action for action in menu.actions() if action.text() == "Client").trigger()
    assert "Client" not in shown_columns(table)
    parts.window.remember()
    other = make_parts(Settings.load(parts.window.settings.path))
    fit(other.window, 1900, 800)
    assert "Client" not in shown_columns(other.window.log.table)
    other.window.log.table.header.want(7, True)
    assert "Client" in shown_columns(other.window.log.table)


def test_one_can_go_back_to_the_newest_with_the_button_over_the_table(parts):
    table = parts.window.log.table
    emit(parts, 200)
    assert not table.follow_button.isVisible()
    table.verticalScrollBar().setValue(0)
    assert table.follow_button.isVisible()
    table.follow_button.click()
    assert table.follow
    assert not table.follow_button.isVisible()
    assert at_bottom(table)


def test_column_widths_are_remembered(parts, make_parts):
    parts.window.log.table.setColumnWidth(0, 222)
    settings = parts.window.settings
    parts.window.log.table.header.remember(settings)
    other = make_parts()
    other.window.log.table.header.restore(settings)
    assert other.window.log.table.columnWidth(0) == 222


def test_buttons_lose_their_words_where_room_is_short_the_last_first(parts, fit, qtbot):
    buttons = parts.window.log._buttons

    def worded():
        full = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        return [each.accessibleName() for each in buttons if each.toolButtonStyle() is full]

    names = ["Pause", "Clear", "Export rows…"]
    fit(parts.window, 1600, 800)
    qtbot.waitUntil(lambda: worded() == names, timeout=WAIT_MS)
    for width in range(1300, 860, -40):
        fit(parts.window, width, 600)
        QCoreApplication.processEvents()
        assert worded() == names[: len(worded())]
    assert len(worded()) < len(names)
    assert [each.accessibleName() for each in buttons] == names
    assert all(not each.icon().isNull() for each in buttons)
