"""The log as a person meets it: floods, pause, following the newest, copying, and little room."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication

from server_core.events import ERROR, WARNING
from tests.gui.rows import WAIT_MS, cell, emit

FOREGROUND = Qt.ItemDataRole.ForegroundRole


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


def test_rows_that_are_being_read_stay_in_sight_when_old_ones_go(parts):
    table = parts.window.log.table
    for first in range(0, 20_000, 5_000):
        emit(parts, 5_000, first)
    table.verticalScrollBar().setValue(1_000)
    reading = parts.model.event_at(table.rowAt(0)).target
    emit(parts, 300, first=20_000)
    assert parts.model.event_at(table.rowAt(0)).target == reading
    assert not table.follow


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
