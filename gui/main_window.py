"""The window: makes its parts, connects the actions, and lets the server's state decide what may be done.

``workspace.py`` says where they are, ``actions.py`` what can be asked for, ``features.py`` what hangs on.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDesktopServices, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QDialog, QMainWindow, QMessageBox

from gui import crash
from gui.actions import fill_menu_bar, make_actions
from gui.banner import Banner
from gui.config_form import ConfigForm
from gui.details_view import DetailsView
from gui.features import add_features
from gui.log_view import LogView
from gui.quit_question import QuitQuestion
from gui.readings import Readings
from gui.risk_question import RiskFeature
from gui.server_bar import ServerBar
from gui.server_notices import ServerNotices
from gui.status_strip import StatusStrip
from gui.theme import Tone
from gui.translation import told
from gui.tray import TrayFeature
from gui.worker_board import WorkerBoard
from gui.workspace import FIRST_SIZE_PX, LowerPane, Workspace
from server_core.lifecycle import OFFERED, State
from server_core.version import VERSION

if TYPE_CHECKING:
    from gui.controller import ServerController
    from gui.log_feed import LogFeed
    from gui.log_model import LogModel
    from gui.settings import Settings
    from server_core.events import Event


class MainWindow(QMainWindow):
    closed = Signal()
    """For good: the program may end."""

    def __init__(
        self, settings: Settings, controller: ServerController, model: LogModel, feed: LogFeed
    ) -> None:
        super().__init__()
        self.settings = settings
        self.controller = controller
        self.feed = feed
        self._quitting = False
        self.actions_by_name = make_actions(self)
        self.bar = ServerBar(self.actions_by_name)
        self.banner = Banner()
        self.form = ConfigForm(settings.server, settings.recent_folders)
        self.log = LogView(model, feed, self.actions_by_name)
        self.details = DetailsView()
        self.lower_pane = LowerPane()
        self.readings = Readings(controller, self)
        self.strip = StatusStrip(self.readings)
        self.board = WorkerBoard(self.readings, feed)
        self.lower_pane.addTab(self.board, self.tr("Workers"))
        self.lower_pane.addTab(self.details, self.tr("Details"))
        self.workspace = Workspace(self.bar, self.banner, self.form, self.log, self.lower_pane, self.strip)
        self._lay_out()
        self._connect()
        self._risks = RiskFeature(self)
        self._tray = TrayFeature(self)
        self._quit_question = QuitQuestion(self)
        own = (self._risks, self._tray, self._quit_question, ServerNotices(self))
        self.features = [*own, *add_features(self)]
        self._show_state(controller.state)
        self._restore()
        self.bar.start_button.setFocus(Qt.FocusReason.OtherFocusReason)
        if settings.notice:
            self.banner.show_notice(Tone.WARNING, told(settings.notice))

    def _lay_out(self) -> None:
        fill_menu_bar(self.menuBar(), self.actions_by_name)
        self.setCentralWidget(self.workspace)
        self.setAcceptDrops(True)
        self.resize(*FIRST_SIZE_PX)

    def _connect(self) -> None:
        reactions = {
            "choose_folder": self.form.browse,
            "quit": self.quit,
            "start": self.start,
            "stop": self.stop,
            "restart": self.restart,
            "open": self.open_in_browser,
            "copy_address": self.copy_address,
            "about": self.show_about,
        }
        for name, react in reactions.items():
            self.actions_by_name[name].triggered.connect(react)
        for name, show, shown in (
            ("show_settings", self.workspace.show_sidebar, self.workspace.sidebar_shown),
            ("show_lower", self.workspace.show_lower, self.workspace.lower_shown),
        ):
            self.actions_by_name[name].triggered.connect(show)
            shown.connect(self.actions_by_name[name].setChecked)
        self.bar.link_activated.connect(self.open_in_browser)
        self.log.counted.connect(self.strip.show_rows)
        self.strip.show_rows(self.log.counts_text())
        self.log.table.picked.connect(self._show_details)
        self.form.submitted.connect(self.start)
        self.controller.state_changed.connect(self._show_state)

    def feature(self, name: str) -> Any:
        """The feature of the class ``name``."""
        return next(each for each in self.features if type(each).__name__ == name)

    def _restore(self) -> None:
        if geometry := self.settings.packed("geometry"):
            self.restoreGeometry(QByteArray(geometry))
        self.workspace.restore(self.settings)
        self.log.table.header.restore(self.settings)

    def remember(self) -> None:
        """Write the settings; where that fails, say so and go on."""
        settings = self.settings
        settings.server = self.form.texts()
        settings.pack("geometry", bytes(self.saveGeometry().data()))
        self.log.table.header.remember(settings)
        self.workspace.remember(settings)
        for feature in self.features:
            feature.remember()
        try:
            settings.save()
        except OSError as error:
            sentence = self.tr(
                "The settings can't be saved to {path}: {why}. They hold until you close the window."
            )
            text = sentence.format(path=settings.path, why=error.strerror)
            crash.note(text)
            self.banner.show_notice(Tone.WARNING, text)

    # --- what a person asks for ---

    @Slot()
    def start(self) -> None:
        """Start with what the fields hold; wrong values are explained instead, and nothing starts."""
        if "start" not in OFFERED[self.controller.state]:
            return
        config = self.form.config()
        if config is None:
            self.form.focus_first_error()
            return
        if not self._risks.may_serve(config.root):
            return
        self.banner.hide()
        self.settings.remember_folder(str(config.root))
        self.form.remember_folders(self.settings.recent_folders)
        self.remember()
        self.controller.start(config)

    @Slot()
    def stop(self) -> None:
        if "stop" in OFFERED[self.controller.state]:
            self.controller.stop()

    @Slot()
    def restart(self) -> None:
        if config := self.form.config():
            self.controller.restart(config)

    @Slot()
    def open_in_browser(self) -> None:
        if url := self.controller.url:
            QDesktopServices.openUrl(QUrl(url))

    @Slot()
    def copy_address(self) -> None:
        if url := self.controller.url:
            QGuiApplication.clipboard().setText(url)

    @Slot()
    def show_about(self) -> None:
        text = self.tr(
            "A desktop launcher for a multi-threaded HTTP/1.1 server, written from scratch on sockets."
        )
        box = QMessageBox(
            QMessageBox.Icon.NoIcon, self.tr("About Spindle"), f"Spindle {VERSION}", parent=self
        )
        box.setInformativeText(text)
        box.setIconPixmap(self.windowIcon().pixmap(64))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    @Slot(object)
    def _show_details(self, event: Event | None) -> None:
        self.details.show_event(event)
        if event is not None:
            self.lower_pane.setCurrentWidget(self.details)

    # --- what the server says ---

    @Slot(object)
    def _show_state(self, state: State) -> None:
        offered, running = OFFERED[state], state is State.RUNNING
        for name in ("start", "stop", "restart"):
            self.actions_by_name[name].setEnabled(name in offered)
        for name in ("open", "copy_address"):
            self.actions_by_name[name].setEnabled(running)
        may_change = "start" in offered
        self.actions_by_name["choose_folder"].setEnabled(may_change)
        self.form.set_fixed(not may_change)
        url = self.controller.url
        self.bar.show_state(state, url)
        self.setWindowTitle(f"{url} - Spindle" if url else "Spindle")
        self.log.show_empty_hint(self._empty_hint(state))
        if may_change and self._quitting:
            self.close()

    def _empty_hint(self, state: State) -> str:
        if state is State.RUNNING:
            text = self.tr("Waiting for the first request\nOpen {url} in a browser (Ctrl+B).")
            return text.format(url=self.controller.url)
        if "start" in OFFERED[state]:
            return self.tr(
                "Choose a folder and press Start\nThe folder is at the left, or drop one on this window; F5 "
                "starts.\nEvery request will appear here as it is answered."
            )
        return ""

    # --- closing ---

    @Slot()
    def stop_and_quit(self) -> None:
        """Stop what runs, then close; asks nothing."""
        self._quitting = True
        if "start" in OFFERED[self.controller.state]:
            self.close()
        else:
            self.controller.stop()

    @Slot()
    def quit(self) -> None:
        """End the program, also where a closed window would stay in the tray; asks while it serves."""
        if "stop" in OFFERED[self.controller.state]:
            self._quit_question.ask()
        else:
            self._quitting = True
            self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._quitting and self._tray.keeps_window():
            event.ignore()
            self._tray.hide_window()
            return
        if "start" in OFFERED[self.controller.state]:
            self.remember()
            for dialog in self.findChildren(QDialog):
                dialog.close()
            for feature in self.features:
                feature.end()
            event.accept()
            self.closed.emit()
            return
        event.ignore()  # never wait here: the window closes again when the server has stopped
        if self.controller.state is State.STOPPING:
            self._quitting = True
        elif not self._quitting:
            self._quit_question.ask()

    # --- dropping a folder ---

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._dropped_folder(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if folder := self._dropped_folder(event):
            self.form.set_folder(str(folder))
            event.acceptProposedAction()

    def _dropped_folder(self, event: QDropEvent) -> Path | None:
        """The folder that was dropped, or that of the file; None where there is none or the server runs."""
        if "start" not in OFFERED[self.controller.state]:
            return None
        names = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if not names:
            return None
        path = Path(names[0])
        return path if path.is_dir() else path.parent
