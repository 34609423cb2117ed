from __future__ import annotations

import gc
import http.client
import os
import sys
import threading
from contextlib import closing
from pathlib import Path

# Read by Qt when the first application is made.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if sys.platform == "win32":  # else that platform has no fonts there, and every text is twice as wide
    os.environ.setdefault("QT_QPA_FONTDIR", str(Path(os.environ["SYSTEMROOT"], "Fonts")))

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLocale, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from gui.app import Parts, compose
from gui.settings import Settings
from server_core.lifecycle import State

# The system's own dialogs run in threads of theirs, and no test can press their buttons.
QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)

WAIT_MS = 10_000
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            # Said by the offscreen platform of windows with a least size and of menus, and by Windows of a
            # dialog whose least height depends on its width.
            item.add_marker(
                pytest.mark.qt_log_ignore(
                    "does not support (propagateSizeHints|raise|grabbing the keyboard)",
                    "Unable to set geometry .*DialogClassWindow",
                )
            )


@pytest.fixture(autouse=True)
def plain_locale():
    """Numbers are written alike on every computer."""
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    yield
    QLocale.setDefault(before)


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """Nothing of the person who runs the tests is read or written, also by child processes."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("APPDATA", "LOCALAPPDATA", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(home / name))
    return home


@pytest.fixture(autouse=True)
def no_hurry(monkeypatch):
    """A busy computer may take its time to check the fields: the window waits for it."""
    monkeypatch.setattr("gui.patient_reader.PATIENCE_S", WAIT_MS / 1000)


@pytest.fixture(autouse=True)
def no_modal(monkeypatch):
    """A dialog that waits for a person would hang the run: fail instead."""

    def refuse(*_args, **_kwargs):
        raise AssertionError("a modal dialog was opened")

    monkeypatch.setattr(QDialog, "exec", refuse)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", refuse)


@pytest.fixture(autouse=True)
def no_leftover_threads():
    before = set(threading.enumerate())
    yield
    left = [
        each
        for each in threading.enumerate()
        if each not in before and not isinstance(each, threading._DummyThread)
    ]
    assert not left, f"threads left behind: {left}"


@pytest.fixture
def make_parts(qtbot, tmp_path, site):
    made: list[Parts] = []

    def make(settings: Settings | None = None, **texts: str) -> Parts:
        given = settings or Settings(tmp_path / "spindle.ini", {"root": str(site), "port": "0", **texts})
        parts = compose(given)
        made.append(parts)
        parts.window.show()
        return parts

    yield make
    for parts in made:
        assert parts.controller.shut_down(2.0), "the server's thread did not end"
        QCoreApplication.processEvents()
        parts.window.hide()
        for each in (parts.window, parts.feed, parts.controller, parts.model):
            each.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    made.clear()
    gc.collect()


@pytest.fixture
def parts(make_parts):
    return make_parts()


@pytest.fixture
def fit():
    """Give a window a size, or as much of it as the screen has room for: no larger one is to be had, except on
    the offscreen platform.
    """

    def resize(window: QWidget, width: int, height: int) -> None:
        if QGuiApplication.platformName() != "offscreen":
            room = window.screen().availableSize() - (window.frameGeometry().size() - window.size())
            width, height = min(width, room.width()), min(height, room.height())
        window.resize(width, height)

    return resize


@pytest.fixture
def start(qtbot):
    """Press Start and wait until the server runs; returns its port."""

    def press(parts: Parts) -> int:
        parts.window.bar.start_button.click()
        qtbot.waitUntil(lambda: parts.controller.state is State.RUNNING, timeout=WAIT_MS)
        return port_of(parts)

    return press


@pytest.fixture
def stop(qtbot):
    def press(parts: Parts) -> None:
        parts.window.bar.stop_button.click()
        qtbot.waitUntil(lambda: parts.controller.state is State.STOPPED, timeout=WAIT_MS)

    return press


@pytest.fixture
def ask():
    """A request to a server on this computer: its status and body."""

    def request(port: int, target: str = "/", method: str = "GET", body: bytes | None = None, **headers: str):
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    return request


def port_of(parts: Parts) -> int:
    return int(parts.controller.url.rstrip("/").rpartition(":")[2])


@pytest.fixture
def repository() -> Path:
    return Path(__file__).resolve().parents[2]
