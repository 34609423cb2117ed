"""The ring of records behind the table: what it keeps, counts, shows and sorts."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QModelIndex, Qt

from gui.log_columns import CELL_CHARACTERS, COLUMNS
from gui.log_feed import LogFeed
from gui.log_filter import LogFilter
from gui.log_model import LogModel
from server_core.events import ERROR, LIFECYCLE, WARNING, Event, EventLog
from tests.gui.rows import SAMPLES, WAIT_MS, cell, request, targets


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
