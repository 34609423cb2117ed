"""The inbox: real uploads to a real server, read from the disk."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from gui.inbox_model import ICONS, KEPT_ROWS, NAME, PLAIN, SIZE, InboxModel, Item, when_saved
from gui.inbox_reader import PRETTY_BYTES, SHOWN_BYTES, read_upload
from gui.pretty_json import pretty
from tests.functional.live import Client
from tests.test_blackbox_twins import find_bash

WAIT_MS = 10_000
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("text", "laid_out"),
    [
        ("{}", "{}"),
        ("[ ]", "[]"),
        ("7", "7"),
        ('{"a":1,"b":[true,null]}', '{\n  "a": 1,\n  "b": [\n    true,\n    null\n  ]\n}'),
        ("[[],{}]", "[\n  [],\n  {}\n]"),
        ("[1.0e+3,100000000000000000000001]", "[\n  1.0e+3,\n  100000000000000000000001\n]"),
        ('{"a":1,"a":2}', '{\n  "a": 1,\n  "a": 2\n}'),
        ('["\\"{[,:", "a\\\\"]', '[\n  "\\"{[,:",\n  "a\\\\"\n]'),
        ('["\u202e\x7f"]', '[\n  "\\u202e\\u007f"\n]'),
    ],
)  # fmt: skip
def test_json_is_laid_out(text, laid_out):
    assert pretty(text) == laid_out


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(values, st.booleans())
def test_what_is_laid_out_means_the_same(value, ascii_only):
    assert json.loads(pretty(json.dumps(value, ensure_ascii=ascii_only))) == value


def test_any_depth_is_laid_out():
    assert pretty("[" * 5_000 + "]" * 5_000).count("\n") == 9_998


def item(file):
    return Item(file, "", 0, "")


def test_a_large_upload_is_shown_in_part(tmp_path):
    file = tmp_path / "large.json"
    file.write_text('"' + "x" * PRETTY_BYTES + '"')
    reading = read_upload(item(file))
    assert reading.is_cut
    assert len(reading.text) == SHOWN_BYTES
    assert reading.size_bytes == PRETTY_BYTES + 2


def test_an_upload_that_is_gone_says_so(tmp_path):
    reading = read_upload(item(tmp_path / "gone.json"))
    assert reading.error
    assert reading.text == ""


def test_the_name_of_json_says_when_and_the_clock_of_all_else():
    assert when_saved("upload_20261123_101530_0a1b2c3d.json", 0.0) == "2026-11-23 10:15:30"
    local = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(1_000_000_000))
    assert when_saved("photo.jpg", 1_000_000_000.5) == local


@pytest.mark.parametrize(
    ("name", "icon", "media_type"),
    [
        ("a.JPG", "picture", "image/jpeg"),
        ("a.svg", "picture", "image/svg+xml"),
        ("a.mp4", "film", "video/mp4"),
        ("a.mp3", "sound", "audio/mpeg"),
        ("a.txt", "text", "text/plain"),
        ("a.json", "text", "application/json"),
        ("a.exe", "file", "application/vnd.microsoft.portable-executable"),
        ("a", "file", "application/octet-stream"),
    ],
)
def test_a_picture_stands_for_each_kind(tmp_path, name, icon, media_type):
    kept = item(tmp_path / name)
    assert (kept.icon, kept.media_type) == (icon, media_type)
    assert icon in {*ICONS.values(), PLAIN}


def test_what_is_no_text_is_not_opened(tmp_path, monkeypatch):
    file = tmp_path / "a.png"
    file.write_bytes(b"\x89PNG" + bytes(1_000))
    monkeypatch.setattr(type(file), "open", None)
    reading = read_upload(item(file))
    assert (reading.is_text, reading.text, reading.size_bytes) == (False, "", 1_004)


def test_what_was_named_json_by_its_sender_is_shown_as_it_is(tmp_path):
    file = tmp_path / "a.json"
    file.write_text('{"a":1}\n\x1b[31m\u202e no json', "utf-8")
    assert read_upload(item(file)).text == '{"a":1}\n\\x1b[31m\\u202e no json'


def test_the_model_keeps_the_newest_and_no_more(tmp_path):
    model = InboxModel()
    model.add([Item(tmp_path / str(number), "", 1, "") for number in range(KEPT_ROWS)])
    model.add([Item(tmp_path / "newest", "", 1, "")])
    assert model.rowCount() == KEPT_ROWS
    assert model.item(0).file.name == "newest"
    assert model.item(KEPT_ROWS - 1).file.name == "1"


def inbox(parts):
    return parts.window.feature("InboxFeature").view


def test_uploads_appear_as_they_come_and_are_laid_out(parts, start, ask, qtbot):
    port = start(parts)
    view = inbox(parts)
    assert f"http://127.0.0.1:{port}/upload" in view._note.text()
    for body in (b'{"n":1}', b'{"n":2,"list":[1,2]}'):
        assert ask(port, "/upload", "POST", body, **JSON)[0] == 201
    qtbot.waitUntil(lambda: view.model.rowCount() == 2, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: '"n": 2' in view.text.toPlainText(), timeout=WAIT_MS)
    item = view.chosen()
    assert item.size_bytes == 20
    assert item.client.startswith("127.0.0.1:")
    assert item.file.read_bytes() == b'{"n":2,"list":[1,2]}'
    assert view.path_field.text() == str(item.file)
    view.table.selectRow(1)
    qtbot.waitUntil(lambda: view.text.toPlainText() == '{\n  "n": 1\n}', timeout=WAIT_MS)
    assert ask(port, "/upload", "POST", b"[3]", **JSON)[0] == 201
    qtbot.waitUntil(lambda: view.model.rowCount() == 3, timeout=WAIT_MS)
    assert view.chosen().size_bytes == 7, "what somebody reads stays"


def test_what_was_uploaded_before_is_listed(make_parts, site, start, qtbot):
    (site / "uploads" / "upload_20200101_000000_00000001.json").write_text("[1]")
    (site / "uploads" / "upload_20210101_000000_00000001.json").write_text("[2]")
    (site / "uploads" / "notes.txt").write_text("a file")
    parts = make_parts()
    start(parts)
    view = inbox(parts)
    (site / "uploads" / ".0123456789abcdef.part").write_text("on its way")
    qtbot.waitUntil(lambda: view.model.rowCount() == 3, timeout=WAIT_MS)
    assert [view.model.item(row).file.name[:10] for row in range(3)] == [
        "notes.txt",
        "upload_202",
        "upload_202",
    ]
    assert [view.model.item(row).when[:4] for row in range(1, 3)] == ["2021", "2020"]
    assert view.chosen() is None


def test_a_removed_file_is_said(parts, start, ask, qtbot):
    port = start(parts)
    view = inbox(parts)
    ask(port, "/upload", "POST", b"[1]", **JSON)
    qtbot.waitUntil(lambda: view.text.toPlainText() != "", timeout=WAIT_MS)
    view.chosen().file.unlink()
    item = view.chosen()
    ask(port, "/upload", "POST", b"[2]", **JSON)
    qtbot.waitUntil(lambda: view.model.rowCount() == 2, timeout=WAIT_MS)
    view.table.selectRow(next(row for row in range(2) if view.model.item(row) == item))
    qtbot.waitUntil(lambda: "can't be read any more" in view._note.text(), timeout=WAIT_MS)
    assert not view.copy_button.isEnabled()


def test_a_refused_upload_is_no_row(parts, start, ask, qtbot):
    port = start(parts)
    assert ask(port, "/upload", "POST", b"{", **JSON)[0] == 400
    assert ask(port, "/upload", "POST", b"{}", **JSON)[0] == 201
    qtbot.waitUntil(lambda: inbox(parts).model.rowCount() == 1, timeout=WAIT_MS)


def test_the_text_and_the_folder(parts, start, ask, qtbot, monkeypatch, site):
    opened = []
    monkeypatch.setattr(
        "gui.inbox_view.QDesktopServices.openUrl", lambda url: opened.append(url.toLocalFile())
    )
    marked = []

    def mark(_program, words):
        marked.append(words)
        return True, 1

    monkeypatch.setattr("gui.inbox_view.QProcess.startDetached", mark)
    port = start(parts)
    view = inbox(parts)
    ask(port, "/upload", "POST", b'{"a":[]}', **JSON)
    qtbot.waitUntil(lambda: view.copy_button.isEnabled() and view.text.toPlainText() != "", timeout=WAIT_MS)
    view.copy_button.click()
    assert QGuiApplication.clipboard().text() == '{\n  "a": []\n}'
    view.folder_button.click()
    if sys.platform == "win32":
        assert marked == [["/select,", str(view.chosen().file)]]
    else:
        assert [each.rstrip("/") for each in opened] == [str(site / "uploads")]


def cells(view, row):
    return [view.model.index(row, column).data() for column in range(view.model.columnCount())]


def test_files_arrive_beside_json(make_parts, site, start, ask, qtbot):
    parts = make_parts(receive_files="yes", min_free_bytes="0")
    port = start(parts)
    view = inbox(parts)
    assert view._note.text() == f"No upload yet. Open http://127.0.0.1:{port}/upload and send files."
    for body in (b"\x89PNG" + bytes(10_000), b"second"):
        assert ask(port, "/upload/Meer%20%231.png", "PUT", body)[0] == 201
    assert ask(port, "/upload/note.txt", "PUT", "Gr\u00fc\u00dfe\n".encode())[0] == 201
    qtbot.waitUntil(lambda: view.model.rowCount() == 3, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: view.text.toPlainText() == "Gr\u00fc\u00dfe", timeout=WAIT_MS)
    assert [cells(view, row)[NAME] for row in range(3)] == ["note.txt", "Meer #1 (2).png", "Meer #1.png"]
    _, when, size, client = cells(view, 2)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", when)
    assert (size, client.rpartition(":")[0]) == ("9.8 kB", "127.0.0.1")
    assert view.model.index(2, NAME).data(Qt.ItemDataRole.DecorationRole).isNull() is False
    assert view.copy_button.isEnabled()
    assert not view.curl_button.isEnabled()
    view.table.selectRow(2)
    qtbot.waitUntil(lambda: "image/png, 9.8 kB" in view._note.text(), timeout=WAIT_MS)
    assert view.text.toPlainText() == ""
    assert not view.copy_button.isEnabled()


def test_the_size_of_what_came_in_chunks_is_found_out(make_parts, start, qtbot):
    parts = make_parts(receive_files="yes", min_free_bytes="0")
    port = start(parts)
    view = inbox(parts)
    with Client(("127.0.0.1", port), f"127.0.0.1:{port}") as client:
        body = b"3\r\nabc\r\n0\r\n\r\n"
        assert client.ask("PUT /upload/a.bin HTTP/1.1", "Transfer-Encoding: chunked", body=body).status == 201
    qtbot.waitUntil(lambda: view.model.rowCount() == 1, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: view.model.index(0, SIZE).data() == "3 bytes", timeout=WAIT_MS)


@pytest.mark.skipif(find_bash() is None, reason="no bash on the PATH")
def test_an_upload_is_repeated_by_its_line(parts, start, ask, qtbot):
    port = start(parts)
    view = inbox(parts)
    ask(port, "/upload", "POST", b'{"again": true}', **JSON)
    qtbot.waitUntil(lambda: view.chosen() is not None, timeout=WAIT_MS)
    view.curl_button.click()
    done = subprocess.run(
        [str(find_bash()), "-c", QGuiApplication.clipboard().text()],
        capture_output=True,
        timeout=25,
        check=False,
    )
    assert b"201 Created" in done.stdout
    qtbot.waitUntil(lambda: view.model.rowCount() == 2, timeout=WAIT_MS)
    assert view.model.item(0).file.read_bytes() == b'{"again": true}'
    view.powershell_button.click()
    assert "ReadAllBytes" in QGuiApplication.clipboard().text()


def test_another_folder_begins_anew(parts, start, stop, ask, qtbot, tmp_path):
    port = start(parts)
    ask(port, "/upload", "POST", b"[1]", **JSON)
    qtbot.waitUntil(lambda: inbox(parts).model.rowCount() == 1, timeout=WAIT_MS)
    stop(parts)
    other = tmp_path / "other"
    other.mkdir()
    parts.window.form.set_folder(str(other))
    start(parts)
    assert inbox(parts).model.rowCount() == 0
    assert inbox(parts).chosen() is None
