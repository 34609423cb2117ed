"""The head of the table: sorting, and which columns there is room for."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt

from gui.log_columns import COLUMNS
from gui.settings import Settings
from tests.gui.rows import WAIT_MS, emit, targets


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


def test_column_widths_are_remembered(parts, make_parts):
    parts.window.log.table.setColumnWidth(0, 222)
    settings = parts.window.settings
    parts.window.log.table.header.remember(settings)
    other = make_parts()
    other.window.log.table.header.restore(settings)
    assert other.window.log.table.columnWidth(0) == 222
