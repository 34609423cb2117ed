from __future__ import annotations

import socket
import sys
from collections import Counter
from contextlib import closing

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QMessageBox

from gui.settings import Settings
from gui.status_strip import NOTHING
from server_core.config import Config
from server_core.config_file import read_config_file
from server_core.http_server import HttpServer
from server_core.lifecycle import OFFERED, State

WAIT_MS = 10_000


def statuses(parts):
    return [parts.model.event_at(row).status for row in range(parts.model.visible_rows)]


def test_start_serve_stop(parts, start, stop, ask, qtbot):
    port = start(parts)
    assert ask(port)[0] == 200
    assert ask(port, "/missing.html")[0] == 404
    qtbot.waitUntil(lambda: sorted(filter(None, statuses(parts))) == [200, 404], timeout=WAIT_MS)
    stop(parts)
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), 2)


def test_a_server_can_be_started_again(parts, start, stop, ask, qtbot):
    for _ in range(3):
        assert ask(start(parts))[0] == 200
        stop(parts)
    qtbot.waitUntil(lambda: [each for each in statuses(parts) if each] == [200] * 3, timeout=WAIT_MS)


def test_restart_comes_back_on_the_same_port(make_parts, start, ask, qtbot):
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    parts = make_parts(port=str(port))
    start(parts)
    seen: list[State] = []
    parts.controller.state_changed.connect(seen.append)
    parts.window.bar.restart_button.click()
    qtbot.waitUntil(lambda: seen[-1:] == [State.RUNNING], timeout=WAIT_MS)
    assert seen == [State.STOPPING, State.STOPPED, State.STARTING, State.RUNNING]
    assert ask(port)[0] == 200


def test_stop_while_a_restart_is_under_way_calls_it_off(parts, start, qtbot):
    start(parts)
    parts.window.restart()
    parts.controller.stop()
    qtbot.waitUntil(lambda: parts.controller.state is State.STOPPED, timeout=WAIT_MS)
    qtbot.wait(50)
    assert parts.controller.state is State.STOPPED


def test_stop_right_after_start(parts, qtbot):
    parts.window.start()
    assert parts.window.bar.chip.text() == "Starting"
    parts.window.stop()
    qtbot.waitUntil(lambda: parts.controller.state is State.STOPPED, timeout=WAIT_MS)


def test_buttons_offer_what_the_table_says(parts, start, stop):
    buttons = {
        "start": parts.window.bar.start_button,
        "stop": parts.window.bar.stop_button,
        "restart": parts.window.bar.restart_button,
    }

    def enabled():
        return {name for name, button in buttons.items() if button.isEnabled()}

    assert enabled() == OFFERED[State.STOPPED]
    start(parts)
    assert enabled() == OFFERED[State.RUNNING]
    stop(parts)
    assert enabled() == OFFERED[State.STOPPED]


def test_the_address_is_shown_and_copied_while_running(parts, start, stop, monkeypatch):
    opened = []
    monkeypatch.setattr("gui.main_window.QDesktopServices.openUrl", lambda url: opened.append(url.toString()))
    port = start(parts)
    url = f"http://127.0.0.1:{port}/"
    window = parts.window
    assert url in window.bar.address.text()
    assert window.bar.chip.text() == "Running"
    assert url in window.windowTitle()
    window.actions_by_name["copy_address"].trigger()
    assert QGuiApplication.clipboard().text() == url
    window.actions_by_name["open"].trigger()
    window.bar.address.linkActivated.emit(url)
    assert opened == [url, url]
    stop(parts)
    assert not window.bar.address.isVisible()
    assert window.bar.chip.text() == "Stopped"


def test_fields_are_fixed_while_running(parts, start, stop):
    form = parts.window.form
    names = ("root", "port", "threads", "host", "allow_hosts")
    start(parts)
    assert not any(form.field(name).editor.isEnabled() for name in names)
    assert form._fixed_note.isVisible()
    assert form.field("root").note() == "", "no folder can be dropped now"
    stop(parts)
    assert all(form.field(name).editor.isEnabled() for name in names)
    assert not form._fixed_note.isVisible()
    assert "drop a folder" in form.field("root").note()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("root", "/no/such/folder", "does not exist"),
        ("root", "", "Choose the folder"),
        ("port", "70000", "from 0 to 65535"),
        ("port", "http", "whole number"),
        ("threads", "0", "from 1 to 256"),
        ("allow_hosts", "http://example.test/", "not a host name"),
    ],
)
def test_a_wrong_value_is_explained_under_its_field_and_start_refuses(make_parts, qtbot, name, value, says):
    parts = make_parts(**{name: value})
    field = parts.window.form.field(name)
    assert says in field.note()
    assert field.editor.accessibleDescription() == field.error
    parts.window.start()
    assert parts.controller.state is State.STOPPED
    assert field.editor.hasFocus() or not parts.window.isActiveWindow()


def test_errors_come_and_go_as_one_types(parts, qtbot):
    field = parts.window.form.field("port")
    field.editor.selectAll()
    qtbot.keyClicks(field.editor, "99999")
    qtbot.waitUntil(lambda: "65535" in field.error, timeout=WAIT_MS)
    field.editor.selectAll()
    qtbot.keyClicks(field.editor, "0")
    qtbot.waitUntil(lambda: not field.error, timeout=WAIT_MS)


def test_the_bar_that_errors_make_come_covers_none_of_them(make_parts):
    parts = make_parts(port="99999", threads="0", allow_hosts="http://example.test/", root="/no/such/folder")
    form = parts.window.form
    parts.window.resize(900, 400)
    parts.window.workspace._rows.setSizes([1, 900])  # as narrow as it gets
    QCoreApplication.processEvents()
    area = form.parentWidget().parentWidget()
    assert area.verticalScrollBar().isVisible()
    assert form.width() <= area.viewport().width()


def test_listening_on_the_network_is_explained_before_it_happens(parts):
    field = parts.window.form.field("host")
    assert "Nobody else" in field.note()
    field.editor.setCurrentIndex(1)
    parts.window.form.check()
    assert "Everyone on your network" in field.note()
    assert ("Windows asks once" if sys.platform == "win32" else "A firewall") in field.note()
    assert parts.window.form.config().host == "0.0.0.0"


def test_an_address_from_the_settings_is_kept_in_the_list(make_parts):
    parts = make_parts(host="localhost")
    assert parts.window.form.config().host == "localhost"


def test_a_port_in_use_is_explained_and_the_offered_one_works(make_parts, ask, qtbot):
    with closing(socket.create_server(("127.0.0.1", 0))) as holder:
        taken = holder.getsockname()[1]
        parts = make_parts(port=str(taken))
        banner = parts.window.banner
        parts.window.start()
        qtbot.waitUntil(
            lambda: parts.controller.state is State.FAILED and banner.isVisible(), timeout=WAIT_MS
        )
        assert str(taken) in banner.text()
        assert parts.window.bar.start_button.isEnabled()
        banner.action_button.click()
        qtbot.waitUntil(lambda: parts.controller.state is State.RUNNING, timeout=WAIT_MS)
        offered = int(parts.window.form.texts()["port"])
        assert offered != taken
        assert ask(offered)[0] == 200
        assert not banner.isVisible()


def test_an_address_that_is_not_ours_is_explained_without_an_offer(make_parts, qtbot):
    parts = make_parts(host="192.0.2.1")  # TEST-NET-1, RFC 5737: nobody has it
    parts.window.start()
    qtbot.waitUntil(parts.window.banner.isVisible, timeout=WAIT_MS)
    assert "192.0.2.1" in parts.window.banner.text()
    assert not parts.window.banner.action_button.isVisible()
    parts.window.banner.dismiss_button.click()
    assert not parts.window.banner.isVisible()


def drop(window, path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, buttons, keys, QEvent.Type.Drop)
    window.dropEvent(event)
    return event.isAccepted()


def test_a_dropped_folder_is_chosen(parts, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    drop(parts.window, other)
    assert parts.window.form.config().root == other


def test_a_dropped_file_chooses_its_folder(parts, site, tmp_path):
    parts.window.form.set_folder(str(tmp_path))
    drop(parts.window, site / "index.html")
    assert parts.window.form.config().root == site


def test_nothing_can_be_dropped_while_running(parts, start, site, tmp_path):
    start(parts)
    drop(parts.window, tmp_path)
    assert parts.window.form.texts()["root"] == str(site)


def test_browse_takes_the_chosen_folder_and_a_cancel_changes_nothing(parts, monkeypatch, tmp_path):
    chosen = [str(tmp_path), ""]
    monkeypatch.setattr("gui.folder_editor.QFileDialog.getExistingDirectory", lambda *_args: chosen.pop(0))
    parts.window.actions_by_name["choose_folder"].trigger()
    assert parts.window.form.config().root == tmp_path
    parts.window.actions_by_name["choose_folder"].trigger()
    assert parts.window.form.config().root == tmp_path


def test_settings_survive(make_parts, start, stop, tmp_path, site):
    first = make_parts(threads="3", allow_hosts="example.test, *.example.test", keep_alive_timeout_s="7")
    start(first)
    stop(first)
    assert first.window.close()
    path = tmp_path / "spindle.ini"
    second = make_parts(Settings.load(path))
    assert second.window.form.texts() == first.window.form.texts()
    assert second.window.form.field("root").editor.itemText(0) == str(site)
    served = Config.from_text(read_config_file(path))
    assert (served.threads, served.root, served.keep_alive_timeout_s) == (3, site, 7.0)


def test_a_broken_settings_file_is_said_and_does_not_stop_the_window(make_parts, tmp_path, site):
    path = tmp_path / "spindle.ini"
    path.write_text("this is not INI", encoding="utf-8")
    settings = Settings.load(path)
    settings.server["root"] = str(site)
    parts = make_parts(settings)
    assert parts.window.banner.isVisible()
    assert "spindle.broken.ini" in parts.window.banner.text()


def test_settings_that_cannot_be_saved_are_said_and_serving_goes_on(make_parts, tmp_path, site, start):
    blocker = tmp_path / "file"
    blocker.write_text("", encoding="utf-8")
    parts = make_parts(Settings(blocker / "spindle.ini", {"root": str(site), "port": "0"}))
    start(parts)
    assert "can't be saved" in parts.window.banner.text()


def answer(window, role):
    box = window.findChild(QMessageBox)
    next(button for button in box.buttons() if box.buttonRole(button) is role).click()


def test_closing_while_serving_asks_and_may_be_declined(parts, start, ask, qtbot):
    port = start(parts)
    assert not parts.window.close()
    answer(parts.window, QMessageBox.ButtonRole.RejectRole)
    assert parts.controller.state is State.RUNNING
    assert parts.window.isVisible()
    assert ask(port)[0] == 200


def test_closing_while_serving_stops_and_then_closes(parts, start, qtbot):
    start(parts)
    assert not parts.window.close()
    answer(parts.window, QMessageBox.ButtonRole.AcceptRole)
    qtbot.waitUntil(lambda: not parts.window.isVisible(), timeout=WAIT_MS)
    assert parts.controller.state is State.STOPPED


def test_a_stopped_window_closes_without_asking(parts):
    assert parts.window.close()


def test_closing_while_stopping_closes_when_it_has_stopped(parts, start, qtbot):
    start(parts)
    parts.window.stop()
    assert not parts.window.close()
    assert parts.window.findChild(QMessageBox) is None
    qtbot.waitUntil(lambda: not parts.window.isVisible(), timeout=WAIT_MS)


def test_a_slow_stop_shows_what_is_in_flight_and_can_be_hastened(parts, start, qtbot):
    port = start(parts)
    with closing(socket.create_connection(("127.0.0.1", port), 10)) as client:
        head = ["POST /upload HTTP/1.1", f"Host: 127.0.0.1:{port}", "Content-Type: application/json"]
        client.sendall("\r\n".join([*head, "Content-Length: 99", "", '{"half":']).encode())
        qtbot.wait(200)  # until the server has read it: nothing in the window shows that
        parts.window.stop()
        banner = parts.window.banner
        qtbot.waitUntil(banner.isVisible, timeout=WAIT_MS)
        assert "open connections: 1" in banner.text()
        banner.action_button.click()
        qtbot.waitUntil(lambda: parts.controller.state is State.STOPPED, timeout=5_000)
        assert not banner.isVisible()


@pytest.mark.qt_no_exception_capture
def test_an_error_inside_the_server_is_reported_and_the_next_start_works(
    parts, start, ask, qtbot, monkeypatch
):
    """Such an error can't be provoked from outside; where there is one, nothing may hang."""
    reported: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, error, _trace: reported.append(error))
    serve = HttpServer.serve

    def serve_and_fail(server):
        server.stop()
        serve(server)
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(HttpServer, "serve", serve_and_fail)
        parts.window.start()
        qtbot.waitUntil(lambda: parts.controller.state is State.FAILED, timeout=WAIT_MS)
    assert "unexpected error" in parts.window.banner.text()
    assert [type(error) for error in reported] == [ZeroDivisionError]
    assert ask(start(parts))[0] == 200


def test_the_strip_shows_the_server_s_counters(parts, start, stop, ask, qtbot):
    strip = parts.window.strip
    assert strip.value("workers") == NOTHING
    port = start(parts)
    ask(port)
    ask(port, "/missing.html")
    qtbot.waitUntil(lambda: strip.value("errors") == "1", timeout=WAIT_MS)
    assert strip.value("workers") == "0/10"
    assert strip.value("p95").endswith(" ms")
    stop(parts)
    parts.window.readings.take()
    assert strip.value("errors") == NOTHING


def test_enter_in_a_field_starts(parts, qtbot):
    qtbot.keyClick(parts.window.form.field("port").editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: parts.controller.state is State.RUNNING, timeout=WAIT_MS)


def test_shortcuts(parts, qtbot):
    keys = {name: action.shortcut() for name, action in parts.window.actions_by_name.items()}
    assert keys["start"] == QKeySequence("F5")
    assert keys["stop"] == QKeySequence("Shift+F5")
    assert keys["clear"] == QKeySequence("Ctrl+L")
    assert keys["filter"] == QKeySequence("Ctrl+F")
    assert max(Counter(key.toString() for key in keys.values() if not key.isEmpty()).values()) == 1


def mnemonics(window):
    texts = [action.text() for action in window.menuBar().actions()]
    texts += [label.text() for label in window.findChildren(QLabel) if label.buddy() is not None]
    texts += [button.text() for button in window.findChildren(QAbstractButton)]
    return Counter(text[text.index("&") + 1].lower() for text in texts if "&" in text)


def test_no_two_things_answer_to_the_same_alt_key(parts):
    assert {key: count for key, count in mnemonics(parts.window).items() if count > 1} == {}


def test_everything_that_takes_input_has_a_name(parts):
    window = parts.window
    kinds = (QLineEdit, QComboBox)
    inputs = [
        each
        for kind in kinds
        for each in window.findChildren(kind)
        if not isinstance(each.parent(), QComboBox)
    ]
    assert len(inputs) >= 6
    assert [each for each in inputs if not each.accessibleName()] == []
    assert window.log.table.accessibleName()


def test_the_empty_log_says_what_to_do_first(parts, start):
    assert "press Start" in parts.window.log.table.hint()


def test_about_names_the_version_and_does_not_block(parts):
    parts.window.actions_by_name["about"].trigger()
    box = parts.window.findChild(QMessageBox)
    assert box.isVisible()
    box.close()


def test_what_is_hidden_and_how_wide_things_are_comes_back(parts, make_parts):
    window = parts.window
    window.workspace._rows.setSizes([400, 800])
    window.actions_by_name["show_lower"].trigger()
    assert not window.lower_pane.isVisible()
    sizes = window.workspace._rows.sizes()
    window.remember()
    del window.settings.window["geometry"]  # the offscreen platform's screen is small
    window.settings.save()
    other = make_parts(Settings.load(window.settings.path)).window
    assert not other.lower_pane.isVisible()
    assert not other.actions_by_name["show_lower"].isChecked()
    assert other.workspace._rows.sizes() == sizes
    other.actions_by_name["show_settings"].trigger()
    assert not other.form.isVisible()
    other.actions_by_name["show_settings"].trigger()
    assert other.form.isVisible()


def test_a_small_window_stays_small_while_the_server_runs(parts, start, qtbot):
    parts.window.resize(900, 600)
    start(parts)
    qtbot.wait(50)
    assert (parts.window.width(), parts.window.height()) == (900, 600)
