"""Users and passwords in the window: the file is changed, the server asks, and a warning stands where it must."""

from __future__ import annotations

import base64

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit

from server_core.users import add_user, list_users, read_users

WAIT_MS = 10_000
PASSWORD = "correct horse"


@pytest.fixture
def open_users():
    def trigger(parts):
        parts.window.actions_by_name["users"].trigger()
        return parts.window.feature("UsersFeature").dialog

    return trigger


def enter(dialog, name, password, again=None):
    dialog.name.setText(name)
    dialog.password.setText(password)
    dialog.again.setText(password if again is None else again)
    dialog.save_button.click()


def names(dialog):
    return [dialog.list.item(row).text() for row in range(dialog.list.count())]


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def test_the_first_user_turns_the_password_on(parts, open_users):
    dialog = open_users(parts)
    assert not dialog.asks.isChecked()
    assert not dialog.save_button.isEnabled()
    enter(dialog, "ann", PASSWORD)
    file = parts.window.settings.path.with_name("spindle-users.txt")
    assert read_users(file).verify("ann", PASSWORD)
    assert PASSWORD not in file.read_text(encoding="utf-8")
    assert dialog.asks.isChecked()
    assert parts.window.form.config().users == file
    assert "Users and passwords" in parts.window.form.field("more").note()
    assert [each.text() for each in (dialog.name, dialog.password, dialog.again)] == ["", "", ""]


def test_a_password_is_not_shown(parts, open_users):
    dialog = open_users(parts)
    for editor in (dialog.password, dialog.again):
        assert editor.echoMode() is QLineEdit.EchoMode.Password


def test_users_are_changed_and_removed(make_parts, open_users, tmp_path):
    file = tmp_path / "who.txt"
    for name in ("ann", "bob"):
        add_user(file, name, PASSWORD)
    dialog = open_users(make_parts(users=str(file)))
    assert names(dialog) == ["ann", "bob"]
    assert dialog.asks.isChecked()
    dialog.list.setCurrentRow(1)
    assert dialog.name.text() == "bob"
    assert dialog.save_button.text() == "C&hange"
    enter(dialog, "bob", "another password")
    assert read_users(file).verify("bob", "another password")
    dialog.list.setCurrentRow(0)
    dialog.remove_button.click()
    assert list_users(file) == ("bob",)
    assert names(dialog) == ["bob"]


@pytest.mark.parametrize(
    ("name", "password", "again", "says"),
    [
        ("ann", PASSWORD, "something else", "differ"),
        ("a:b", PASSWORD, PASSWORD, "colon"),
        ("ann", "short", "short", "8"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(parts, open_users, name, password, again, says):
    dialog = open_users(parts)
    enter(dialog, name, password, again)
    assert says in dialog.note()
    assert names(dialog) == []
    assert not parts.window.settings.path.with_name("spindle-users.txt").exists()
    assert not dialog.asks.isChecked()
    assert QApplication.overrideCursor() is None


def test_an_empty_password_can_not_be_saved(parts, open_users):
    dialog = open_users(parts)
    dialog.name.setText("ann")
    assert not dialog.save_button.isEnabled()


def test_the_last_one_gone_lets_nobody_in(make_parts, open_users, tmp_path):
    """A password that was wanted is never dropped silently: the server does not start until somebody decides."""
    file = tmp_path / "who.txt"
    add_user(file, "ann", PASSWORD)
    parts = make_parts(users=str(file))
    dialog = open_users(parts)
    dialog.list.setCurrentRow(0)
    dialog.remove_button.click()
    assert parts.window.form.config() is None
    assert "no user yet" in dialog.warning()
    dialog.asks.click()
    assert parts.window.form.config().users is None
    assert dialog.warning() == ""


def test_the_keyboard_alone_adds_a_user(parts, open_users, qtbot):
    dialog = open_users(parts)
    for editor, text in ((dialog.name, "ann"), (dialog.password, PASSWORD), (dialog.again, PASSWORD)):
        qtbot.keyClicks(editor, text)
    qtbot.keyClick(dialog.again, Qt.Key.Key_Return)
    assert names(dialog) == ["ann"]


@pytest.mark.parametrize(
    ("texts", "is_warned"),
    [
        ({"host": "127.0.0.1"}, False),
        ({"host": "0.0.0.0"}, True),
        ({"host": "0.0.0.0", "tls_self_signed": "yes"}, False),
    ],
)
def test_a_password_on_the_network_without_https_is_warned_of(
    make_parts, open_users, tmp_path, texts, is_warned
):
    file = tmp_path / "who.txt"
    add_user(file, "ann", PASSWORD)
    parts = make_parts(users=str(file), **texts)
    assert ("plain text" in open_users(parts).warning()) is is_warned
    assert ("plain text" in parts.window.form.field("more").note()) is is_warned


def test_the_server_asks_and_learns_of_a_change_while_it_runs(parts, open_users, start, ask, qtbot):
    dialog = open_users(parts)
    enter(dialog, "ann", PASSWORD)
    port = start(parts)
    assert not dialog.asks.isEnabled()
    assert ask(port, "/sample.txt")[0] == 401
    assert ask(port, "/sample.txt", Authorization=basic("ann", PASSWORD)) == (200, b"0123456789")
    enter(dialog, "bob", "another password")
    qtbot.waitUntil(
        lambda: ask(port, "/", Authorization=basic("bob", "another password"))[0] == 200, timeout=WAIT_MS
    )


def test_a_certificate_made_here_comes_with_how_to_trust_it(make_parts, start, stop):
    parts = make_parts(tls_self_signed="yes")
    start(parts)
    parts.window.actions_by_name["share"].trigger()
    view = parts.window.feature("ShareFeature").dialog.trust
    assert view.isVisible()
    view.copy_button.click()
    copied = QApplication.clipboard().text()
    assert parts.controller.trust == copied
    assert "fingerprint" in copied
    assert parts.controller.url.startswith("https://")
    stop(parts)
    assert not view.isVisible()
