from __future__ import annotations

import subprocess

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu

from gui.row_menu import RowMenu, refused_host
from server_core.events import INFO, LIFECYCLE, SECURITY, WARNING, Event
from tests.test_blackbox_twins import find_bash

WAIT_MS = 10_000


def menu_of(parts, event):
    row = next(each for each in parts.window.features if isinstance(each, RowMenu))
    menu = row.make_menu(event)
    return {action.text().replace("&", ""): action for action in menu.actions() if action.text()}


def served(parts, qtbot, status):
    """The row of the first answer with ``status``."""
    rows = lambda: [each for each in parts.model.visible_events() if each.status == status]  # noqa: E731
    qtbot.waitUntil(lambda: bool(rows()), timeout=WAIT_MS)
    return rows()[0]


def clipboard():
    return QGuiApplication.clipboard().text()


def test_a_row_is_copied_as_lines_that_repeat_it(parts, start, ask, qtbot):
    port = start(parts)
    ask(port, "/sample.txt?a='b'", Accept="text/x")
    menu = menu_of(parts, served(parts, qtbot, 200))
    menu["Copy as curl"].trigger()
    assert clipboard().startswith("curl -i ")
    assert f"http://127.0.0.1:{port}/" in clipboard()
    menu["Copy as PowerShell"].trigger()
    assert "127.0.0.1" in clipboard()


@pytest.mark.skipif(find_bash() is None, reason="no bash on the PATH")
@pytest.mark.parametrize("target", ["/../$(touch>x)", "/a'b;c", "/%2e%2e//x", "/sample.txt?`id`"])
def test_what_is_copied_has_the_server_answer_the_same(parts, start, ask, qtbot, tmp_path, target):
    status, _ = ask(start(parts), target)
    first = served(parts, qtbot, status)
    menu_of(parts, first)["Copy as curl"].trigger()
    command = [str(find_bash()), "-c", clipboard()]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=25, check=True)
    assert done.stdout.startswith(f"HTTP/1.1 {status} ".encode())
    answers = lambda: [each for each in parts.model.visible_events() if each.status]  # noqa: E731
    qtbot.waitUntil(lambda: len(answers()) == 2, timeout=WAIT_MS)
    assert answers()[1][5:9] == first[5:9]
    assert answers()[1].reason == first.reason


@pytest.mark.skipif(find_bash() is None, reason="no bash on the PATH")
def test_an_upload_is_repeated_with_the_body_that_was_saved(parts, start, ask, qtbot, site, tmp_path):
    body = b'{"it": "is"}'
    ask(start(parts), "/upload", "POST", body, **{"Content-Type": "application/json"})
    menu_of(parts, served(parts, qtbot, 201))["Copy as curl"].trigger()
    command = [str(find_bash()), "-c", clipboard()]
    subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=25, check=True)
    assert [file.read_bytes() for file in (site / "uploads").glob("upload_*.json")] == [body, body]


def test_a_refused_upload_is_copied_without_its_body_and_says_so(parts, start, ask, qtbot):
    ask(start(parts), "/upload", "POST", b"{", **{"Content-Type": "application/json"})
    menu = menu_of(parts, served(parts, qtbot, 400))
    assert "Copy as curl, without its body" in menu
    assert "Copy as PowerShell, without its body" in menu


def test_rows_stay_repeatable_after_the_stop(parts, start, stop, ask, qtbot):
    port = start(parts)
    ask(port)
    event = served(parts, qtbot, 200)
    stop(parts)
    menu = menu_of(parts, event)
    menu["Copy as curl"].trigger()
    assert f":{port}/" in clipboard()
    assert not menu["Open in browser"].isEnabled()


def test_a_row_is_opened_in_the_browser(parts, start, ask, qtbot, monkeypatch):
    opened = []
    monkeypatch.setattr(
        "gui.row_menu.QDesktopServices.openUrl", lambda url: opened.append(url.toEncoded().data().decode())
    )
    port = start(parts)
    ask(port, "/sample.txt?a=%20b")
    menu_of(parts, served(parts, qtbot, 200))["Open in browser"].trigger()
    assert opened == [f"http://127.0.0.1:{port}/sample.txt?a=%20b"]


def test_filter_to_the_like_of_a_row(parts, start, ask, qtbot):
    port = start(parts)
    ask(port)
    ask(port, "/404.html")
    missing = served(parts, qtbot, 404)
    menu_of(parts, missing)["Only this status: 404"].trigger()
    assert parts.model.visible_events() == [missing]
    menu_of(parts, missing)["Show all rows"].trigger()
    menu_of(parts, missing)["Only this client: 127.0.0.1"].trigger()
    assert len(parts.model.visible_events()) == 2
    assert not menu_of(parts, Event(0.0, INFO, LIFECYCLE))["Only this client: "].isEnabled()


@pytest.mark.parametrize("host", ["rebound.example", "rebound.example:{port}", "rebound.example:1234"])
def test_a_refused_host_is_allowed_from_its_row(parts, start, ask, qtbot, host):
    port = start(parts)
    host = host.format(port=port)
    assert ask(port, Host=host)[0] == 403
    event = served(parts, qtbot, 403)
    entry = host.removesuffix(f":{port}")
    menu_of(parts, event)[f"Allow this host: {entry}"].trigger()
    assert ask(port, Host=host)[0] == 200
    assert parts.window.form.texts()["allow_hosts"] == entry
    assert parts.controller.config.allow_hosts == (entry,)
    assert entry in parts.window.settings.server["allow_hosts"]
    assert parts.window.banner.isVisible()


def test_only_a_refused_host_can_be_allowed_and_only_while_serving(parts, start, stop, ask, qtbot):
    port = start(parts)
    ask(port, "/../x", Host="a.example")
    ask(port, "/missing.html")
    assert not any("Allow" in text for text in menu_of(parts, served(parts, qtbot, 404)))
    refused = served(parts, qtbot, 403)
    stop(parts)
    assert not any("Allow" in text for text in menu_of(parts, refused))


def test_a_head_that_can_not_be_read_names_no_host():
    assert not refused_host(Event(0.0, WARNING, SECURITY, reason="host-not-allowed"), 80)
    broken = Event(0.0, WARNING, SECURITY, reason="host-not-allowed", request_head=b"GET\r\n\r\n")
    assert not refused_host(broken, 80)


def test_the_menu_opens_over_the_current_row(parts, start, ask, qtbot):
    ask(start(parts))
    served(parts, qtbot, 200)
    table = parts.window.log.table
    table.customContextMenuRequested.emit(QPoint(1, 1))
    assert not [menu for menu in parts.window.findChildren(QMenu) if menu.isVisible()]
    table.selectRow(0)
    table.customContextMenuRequested.emit(QPoint(1, 1))
    [menu] = [menu for menu in parts.window.findChildren(QMenu) if menu.isVisible()]
    menu.close()


def test_the_menu_key_opens_it_too(parts, start, ask, qtbot):
    ask(start(parts))
    served(parts, qtbot, 200)
    table = parts.window.log.table
    table.selectRow(0)
    key = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(5, 5), QPoint(5, 5))
    QApplication.sendEvent(table.viewport(), key)
    [menu] = [menu for menu in parts.window.findChildren(QMenu) if menu.isVisible()]
    menu.close()
