from __future__ import annotations

import csv
import io
import json

import pytest
from PySide6.QtWidgets import QFileDialog

from gui.exporter import Exporter
from gui.log_export import CSV_COLUMNS, csv_cell, csv_text, export, json_lines
from server_core.events import ERROR, INFO, REQUEST, WARNING, Event

WAIT_MS = 10_000


def row(target: str, status: int = 200, **changes) -> Event:
    event = Event(1_700_000_000.5, INFO, REQUEST, "Worker-1", "127.0.0.1:50000", "GET", target)
    return event._replace(version="HTTP/1.1", status=status, sent_bytes=7, took_ms=1.25, **changes)


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_a_table_has_a_head_and_a_line_a_row():
    text = csv_text([row("/a.html"), row("/b.html", 404, message="There is nothing, really.")])
    assert text.startswith("\ufefftime,level,kind,")
    assert text.endswith("\r\n")
    first, second = read(text)
    assert set(first) == {name for name, _ in CSV_COLUMNS}
    assert (first["target"], first["status"], first["bytes"], first["took_ms"]) == (
        "/a.html",
        "200",
        "7",
        "1.25",
    )
    assert second["message"] == "There is nothing, really."


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =cmd|' /C calc'!A0", "'  =cmd|' /C calc'!A0"),
        ("\t=1", "\\x09=1"),
        ("\r\n=1", "\\x0d\\x0a=1"),
        ("＝1+1", "'＝1+1"),
        ("/a=1", "/a=1"),
        ("\x1b[31m", "\\x1b[31m"),
        (-5, -5),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula_or_a_control_sequence(text, cell):
    assert csv_cell(text) == cell


def test_what_the_network_puts_into_a_cell_stays_in_it():
    hostile = '/x",=1+1,"\r\n=2+2'
    [line] = read(csv_text([row(hostile, reason="-1", message="@x")]))
    assert line["target"] == '/x",=1+1,"\\x0d\\x0a=2+2'
    assert (line["reason"], line["message"]) == ("'-1", "'@x")


def test_json_lines_hold_everything():
    lines = json_lines([row("/a\n", request_head=b"GET\r\n\xe9"), row("/b")]).splitlines()
    first = json.loads(lines[0])
    assert len(lines) == 2
    assert (first["target"], first["request_head"]) == ("/a\n", "GET\r\n\xe9")


def test_a_suffix_chooses_the_form(tmp_path):
    for name, begins in (("log.CSV", "\ufefftime,"), ("log.jsonl", "{")):
        export([row("/a")], tmp_path / name)
        assert (tmp_path / name).read_bytes().decode().startswith(begins)


# --- in the window ---


def fill(parts):
    log = parts.controller._events
    for event in (row("/a.html"), row("/b.html", 404, level=WARNING), row("/c.html", 500, level=ERROR)):
        log.emit(event)
    parts.feed.drain()


def exporter(parts):
    return next(each for each in parts.window.features if isinstance(each, Exporter))


@pytest.mark.parametrize("name", ["log.csv", "log.jsonl", "log"])
def test_what_is_filtered_is_what_is_exported(parts, qtbot, tmp_path, name):
    fill(parts)
    parts.window.log.filter_by("-status:200")
    exporter(parts).write(str(tmp_path / name))
    banner = parts.window.banner
    qtbot.waitUntil(banner.isVisible, timeout=WAIT_MS)
    assert "2 rows" in banner.text()
    [file] = tmp_path.glob("log*")
    text = file.read_text(encoding="utf-8")
    rows = read(text) if file.suffix == ".csv" else [json.loads(line) for line in text.splitlines()]
    assert [each["target"] for each in rows] == ["/b.html", "/c.html"]
    assert banner.action_button.text() == "Open the folder"


def test_where_nothing_can_be_written_it_is_said(parts, qtbot, tmp_path):
    (tmp_path / "file").write_text("")
    exporter(parts).write(str(tmp_path / "file" / "log.csv"))
    qtbot.waitUntil(parts.window.banner.isVisible, timeout=WAIT_MS)
    assert "can't be written" in parts.window.banner.text()


def test_the_dialog_asks_where_and_in_which_form(parts, qtbot, tmp_path):
    fill(parts)
    parts.window.actions_by_name["export"].trigger()
    dialog = parts.window.findChild(QFileDialog)
    assert dialog.isVisible()
    assert dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    assert [each[-9:] for each in dialog.nameFilters()] == ["e (*.csv)", "(*.jsonl)"]
    dialog.filterSelected.emit(dialog.nameFilters()[1])
    assert dialog.defaultSuffix() == "jsonl"
    dialog.fileSelected.emit(str(tmp_path / "chosen.jsonl"))
    dialog.close()
    qtbot.waitUntil(parts.window.banner.isVisible, timeout=WAIT_MS)
    assert len((tmp_path / "chosen.jsonl").read_text(encoding="utf-8").splitlines()) == 3
