from __future__ import annotations

import faulthandler
import sys
import threading

import pytest
from PySide6.QtGui import QGuiApplication

from gui import crash, startup
from gui.crash_dialog import CrashReporter

WAIT_MS = 10_000


@pytest.fixture
def crash_file(tmp_path, monkeypatch):
    """Hooks installed for one test, and taken back."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    path = tmp_path / "logs" / "crash.log"
    crash.install(path)
    yield path
    crash.listen(None)
    faulthandler.disable()
    faulthandler.enable(sys.__stderr__ or 2)
    crash._file.close()
    monkeypatch.setattr(crash, "_file", None)


def fail(text):
    raise RuntimeError(text)


def fail_in_a_thread(text):
    thread = threading.Thread(target=fail, args=(text,), name="Failing")
    thread.start()
    thread.join()


def test_a_report_goes_to_the_file_and_to_standard_error(crash_file, capsys):
    fail_in_a_thread("first")
    for text in (crash_file.read_text(encoding="utf-8"), capsys.readouterr().err):
        assert "RuntimeError: first" in text
        assert "Failing" in text


def test_a_report_reaches_one_dialog_whose_text_can_be_copied(crash_file, qtbot):
    reporter = CrashReporter()
    fail_in_a_thread("from a thread")
    qtbot.waitUntil(lambda: reporter._dialog is not None and reporter._dialog.isVisible(), timeout=WAIT_MS)
    dialog = reporter._dialog
    qtbot.addWidget(dialog)
    fail_in_a_thread("from a thread")
    fail_in_a_thread("another")
    qtbot.waitUntil(lambda: "another" in dialog.text(), timeout=WAIT_MS)
    assert reporter._dialog is dialog
    assert dialog.text().count("RuntimeError: from a thread") == 1
    dialog.copy()
    assert QGuiApplication.clipboard().text() == dialog.text()
    dialog.close()


def test_without_streams_nothing_breaks(crash_file, monkeypatch):
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    startup.guard_streams()
    opened = (sys.stdin, sys.stdout, sys.stderr)
    print("nobody hears this")
    crash.note("said")
    monkeypatch.undo()
    for stream in opened:
        stream.close()
    assert "said" in crash_file.read_text(encoding="utf-8")


def test_a_crash_file_that_cannot_be_written_is_no_obstacle(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    blocker = tmp_path / "file"
    blocker.touch()
    crash.install(blocker / "crash.log")
    assert "can't be written" in capsys.readouterr().err
