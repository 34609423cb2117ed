"""Qt: the application, and the parts put together."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from gui import crash, paths, translation
from gui.controller import ServerController
from gui.crash_dialog import CrashReporter
from gui.log_feed import LogFeed
from gui.log_model import LogModel
from gui.main_window import MainWindow
from gui.options import PRESETS
from gui.server_texts import waiting
from gui.settings import Settings
from server_core.collector import spare_the_collector
from server_core.events import EventLog
from server_core.places import copy_sample_site, default_root
from server_core.version import VERSION

if TYPE_CHECKING:
    from types import FrameType

    from gui.options import Options

# What is still in flight when the window is gone gets this long.
LAST_STOP_S = 2.0
EXIT_STUCK = 1


@dataclass
class Parts:
    """What lives as long as the program; whoever holds this keeps all of it."""

    controller: ServerController
    model: LogModel
    feed: LogFeed
    window: MainWindow


def run(options: Options) -> int:
    """Show the window until it is closed, or run the self-test; returns the exit code."""
    if options.self_test:
        # The test shows nothing; whoever wants it on a real screen names the platform.
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = make_application()
    if options.self_test:
        from gui.self_test import run_self_test

        return run_self_test(app, options.self_test)
    translation.install(app, QLocale.system())
    reporter = CrashReporter(app)
    parts = compose(load_settings(options))
    quit_on_signals(parts.window)
    # A window in the tray is hidden and not closed: only the window itself knows the difference.
    app.setQuitOnLastWindowClosed(False)
    parts.window.closed.connect(app.quit)
    if not (options.tray and parts.window.feature("TrayFeature").icon):
        parts.window.show()
    if options.start:
        QTimer.singleShot(0, parts.window.start)
    spare_the_collector()
    code = app.exec()
    end(parts.controller)
    reporter.deleteLater()
    return code


def make_application() -> QApplication:
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Spindle")
    app.setApplicationVersion(VERSION)
    app.setDesktopFileName("spindle")
    if sys.platform.startswith("linux"):
        app.setStyle("Fusion")
    app.setWindowIcon(QIcon(str(paths.ICON)))
    return app


def load_settings(options: Options) -> Settings:
    settings = Settings.load(paths.settings_file())
    settings.server.update(options.presets)
    if "root" not in settings.server:
        settings.server["root"] = str(copy_sample_site(default_root()))
    if idle := [each for each in PRESETS if each.name in options.presets.keys() & waiting(settings.server)]:
        sentence = QCoreApplication.translate(
            "ConfigForm", "{options} has no effect: choose the Website profile, or give --profile website."
        )
        settings.notice = sentence.format(options=", ".join(f"--{each.option}" for each in idle))
    return settings


def compose(settings: Settings) -> Parts:
    events = EventLog()
    controller = ServerController(events)
    model = LogModel()
    feed = LogFeed(events)
    return Parts(controller, model, feed, MainWindow(settings, controller, model, feed))


def quit_on_signals(window: MainWindow) -> None:
    """Ctrl+C and SIGTERM stop the server and close. Python handles them when the feed's timer ticks."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        # Later, in the event loop: before that runs, nothing can be quit.
        QTimer.singleShot(0, window.stop_and_quit)

    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), handle)


def end(controller: ServerController) -> None:
    """The last safety net: destroying a thread that runs would abort, so leave without ceremony."""
    if not controller.shut_down(LAST_STOP_S):
        crash.note("spindle: the server's thread did not end in time; the program ends without it.")
        os._exit(EXIT_STUCK)
