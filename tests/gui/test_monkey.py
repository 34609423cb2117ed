"""A whole session of clicking, and closing at any moment: no Qt warning, no exception, no process that stays.

Warnings of Qt and exceptions in slots fail every test of this folder; here is what provokes them.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, QProcess, Qt, QTimer
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QMenu,
    QTabBar,
    QWidget,
)

from server_core.lifecycle import State

WAIT_MS = 20_000
STEPS = 350
AT_MOST_S = 25.0
# What ends the session; everything else may be pressed at any time.
NOT_FOR_MONKEYS = {"quit"}
KEYS = "0123456789abc./ *\\"


@pytest.fixture
def tame(monkeypatch, tmp_path):
    """What would leave the window goes nowhere: a browser, Explorer, the system's file dialogs, the checkout's
    folder.
    """
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _url: True)
    monkeypatch.setattr(QProcess, "startDetached", lambda *_: (True, 0))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "saved.csv"), ""))
    monkeypatch.chdir(tmp_path)  # a file that is saved where the program runs
    folder = tmp_path / "program"
    folder.mkdir()
    for module in ("server_core.places", "gui.preferences_dialog"):
        monkeypatch.setattr(f"{module}.program_folder", lambda: folder)


class Monkey:
    """Presses what a person could press, in an order that its seed gives."""

    def __init__(self, seed: int, window, fit) -> None:
        self.random = random.Random(seed)
        self.window = window
        self.fit = fit
        self.pressed: list[str] = []
        # A menu that a button opens waits for a choice: whoever clicks around clicks beside it at last.
        self.timer = QTimer(window, interval=30)
        self.timer.timeout.connect(self.leave)
        self.timer.start()

    def leave(self) -> None:
        if popup := QApplication.activePopupWidget():
            self.note("leave", popup)
            popup.close()
        for each in QApplication.topLevelWidgets():
            # The system's own, which asks its own questions, wherever it has one.
            if isinstance(each, QFileDialog) and each.isVisible():
                each.reject()

    def step(self) -> None:
        do = self.random.choice(
            (self.press_button, self.press_button, self.trigger, self.type, self.point, self.resize)
        )
        do()

    def visible(self, kind):
        top = QApplication.activeModalWidget()
        tops = (
            [top]
            if top is not None
            else [each for each in QApplication.topLevelWidgets() if each.isVisible()]
        )
        found = [
            child
            for each in tops
            if not isinstance(each, (QMenu, QFileDialog))
            for child in each.findChildren(kind)
        ]
        return [each for each in found if each.isVisible() and each.isEnabled()]

    def pick(self, kind):
        choice = self.visible(kind)
        return self.random.choice(choice) if choice else None

    def note(self, what: str, widget: QWidget) -> None:
        self.pressed.append(
            f"{what} {type(widget).__name__} {widget.objectName() or widget.accessibleName()}"
        )

    def press_button(self) -> None:
        if button := self.pick(QAbstractButton):
            self.note("press", button)
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def trigger(self) -> None:
        if QApplication.activeModalWidget() is not None:
            return
        actions = [each for name, each in self.window.actions_by_name.items() if name not in NOT_FOR_MONKEYS]
        action = self.random.choice([each for each in actions if each.isEnabled() and each.menu() is None])
        self.pressed.append(f"trigger {action.objectName()}")
        action.trigger()

    def type(self) -> None:
        editor = self.pick((QLineEdit, QAbstractSpinBox)[self.random.randrange(2)])
        if editor is not None:
            self.note("type in", editor)
            keys: Any = self.random.choice(
                (self.random.choice(KEYS), Qt.Key.Key_Backspace, Qt.Key.Key_Tab, Qt.Key.Key_Escape)
            )
            QTest.keyClick(editor, keys)

    def point(self) -> None:
        kind = self.random.choice((QComboBox, QTabBar, QAbstractItemView))
        if (widget := self.pick(kind)) is None:
            return
        self.note("point at", widget)
        if isinstance(widget, (QComboBox, QTabBar)):
            widget.setCurrentIndex(self.random.randrange(max(1, widget.count())))
        else:
            view = widget.viewport()
            where = QPoint(
                self.random.randrange(max(1, view.width())), self.random.randrange(max(1, view.height()))
            )
            QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=where)
            QTest.keyClick(
                widget, self.random.choice((Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_End, Qt.Key.Key_Home))
            )

    def resize(self) -> None:
        window = self.random.choice([each for each in QApplication.topLevelWidgets() if each.isVisible()])
        self.fit(window, self.random.randrange(300, 1600), self.random.randrange(200, 1000))


class Visitor(threading.Thread):
    """Asks for things the whole time, also where nobody answers."""

    def __init__(self, window) -> None:
        super().__init__(name="Visitor")
        self._window = window
        self._over = threading.Event()

    def run(self) -> None:
        number = 0
        while not self._over.wait(0.02):
            number += 1
            url = self._window.controller.url
            if not url:
                continue
            host, _, port = url.removeprefix("http://").strip("/").rpartition(":")
            try:
                with closing(HTTPConnection(host, int(port), timeout=2)) as connection:
                    if number % 3:
                        connection.request("GET", ("/", "/missing.html", "/../x")[number % 3])
                    else:
                        connection.request(
                            "POST", "/upload", b'{"n": 1}', {"Content-Type": "application/json"}
                        )
                    connection.getresponse().read()
            except (OSError, HTTPException, ValueError):
                pass

    def end(self) -> None:
        self._over.set()
        self.join(5)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_session_of_clicking(parts, fit, start, tame, seed, qtbot):
    start(parts)
    monkey, visitor = Monkey(seed, parts.window, fit), Visitor(parts.window)
    visitor.start()
    until_s = time.monotonic() + AT_MOST_S
    try:
        for _ in range(STEPS):
            if time.monotonic() > until_s:
                break
            monkey.step()
            qtbot.wait(5)
            assert parts.window.isVisible(), monkey.pressed[-3:]
    finally:
        visitor.end()
        print(*monkey.pressed, sep="\n")  # shown where the test fails
    assert monkey.pressed  # how many, the computer decides
    for each in QApplication.topLevelWidgets():
        if each is not parts.window and each.isVisible():
            each.close()
    parts.window.stop_and_quit()
    qtbot.waitUntil(lambda: not parts.window.isVisible(), timeout=WAIT_MS)
    assert parts.controller.state in {State.STOPPED, State.FAILED}


# --- closing ---

CLOSE = """
import sys, threading, signal
from PySide6.QtCore import QTimer
from gui import app
from gui.startup import main

listen = app.quit_on_signals

def busy(window):
    for name in ("self_test", "load_test"):
        window.actions_by_name[name].trigger()
    load = window.feature("LoadFeature").dialog
    if load is not None and window.controller.url:
        load.requests.setValue(500_000)
        load.start()

def then(window):
    listen(window)
    if {busy}:
        QTimer.singleShot(250, lambda: busy(window))
    threading.Timer({after_s}, signal.raise_signal, (signal.SIGTERM,)).start()

app.quit_on_signals = then
sys.exit(main(["--start", "--port", "0", "--root", sys.argv[1]]))
"""
ENDS_WITHIN_S = 15.0  # the server gives what is in flight 10 s
MOMENTS = [(0.0, False), (0.02, False), (0.1, False), (0.4, False), (0.3, True), (0.6, True), (1.5, True)]


@pytest.mark.slow
@pytest.mark.parametrize(("after_s", "busy"), MOMENTS)
def test_a_close_at_any_moment_ends_the_process(repository, site, after_s, busy):
    script = CLOSE.replace("{after_s}", str(after_s)).replace("{busy}", str(busy))
    began_s = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", script, str(site)],
        cwd=repository, capture_output=True, text=True, timeout=50, check=False, env={**os.environ, "QT_LOGGING_RULES": "qt.qpa.*=false"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - began_s < after_s + ENDS_WITHIN_S
    said = [line for line in done.stderr.splitlines() if "propagateSizeHints" not in line]
    assert said == []


def test_a_window_that_is_closed_while_dialogs_are_open_closes_them(parts, start, qtbot):
    start(parts)
    for name in ("self_test", "load_test", "share", "preferences"):
        parts.window.actions_by_name[name].trigger()
    parts.window.stop_and_quit()
    qtbot.waitUntil(lambda: not parts.window.isVisible(), timeout=WAIT_MS)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert [each for each in QApplication.topLevelWidgets() if each.isVisible()] == []
