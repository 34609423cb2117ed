"""The icon beside the clock, where the system has one: the state at a glance, and what one wants there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, QTimer, Slot
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from gui import paths
from gui.feature import Feature
from gui.server_bar import STATE_WORDS, state_word
from gui.theme import Tone, ink

if TYPE_CHECKING:
    from gui.main_window import MainWindow
    from server_core.lifecycle import State

SWITCH = "stay-in-tray"
ICON_PX = 64


class TrayFeature(Feature):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.icon: QSystemTrayIcon | None = None
        self._told = False
        self.menu = QMenu(window)
        self._fill_menu()
        # The system takes its time for an icon, and the window need not wait for that.
        self._appearance = QTimer(self, singleShot=True, interval=0)
        self._appearance.timeout.connect(self._appear)
        if QSystemTrayIcon.isSystemTrayAvailable():
            self.icon = QSystemTrayIcon(self)
            self.icon.setContextMenu(self.menu)
            self.icon.activated.connect(self._on_activated)
            self._appearance.start()
        window.controller.state_changed.connect(self._show_state)

    @Slot()
    def _appear(self) -> None:
        if self.icon is not None:
            self._show_state(self.window.controller.state)
            self.icon.show()

    def _fill_menu(self) -> None:
        actions = self.window.actions_by_name
        show = self.menu.addAction(self.tr("Open &Spindle"))
        show.triggered.connect(self.show_window)
        self.menu.setDefaultAction(show)
        self.menu.addSeparator()
        for name in ("start", "stop", "open", "copy_address"):
            self.menu.addAction(actions[name])
        self.menu.addSeparator()
        self.menu.addAction(self.tr("&Quit")).triggered.connect(self.window.stop_and_quit)

    def keeps_window(self) -> bool:
        """Whether a window that is closed stays here instead of ending the program."""
        return self.icon is not None and self.window.settings.is_on(SWITCH)

    def hide_window(self) -> None:
        """Hide the window; the first time say where it is."""
        self.window.hide()
        if self.icon is not None and not self._told:
            self._told = True
            text = self.tr("Spindle goes on here. Choose Quit in its menu to end it.")
            self.icon.showMessage("Spindle", text, self.icon.icon())

    @Slot()
    def show_window(self) -> None:
        window = self.window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.activateWindow()

    @Slot(QSystemTrayIcon.ActivationReason)
    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is QSystemTrayIcon.ActivationReason.Trigger:
            self.show_window()

    @Slot(object)
    def _show_state(self, state: State) -> None:
        if self.icon is None:
            return
        self.icon.setIcon(self._icon(STATE_WORDS[state][1]))
        url = self.window.controller.url
        self.icon.setToolTip(
            f"Spindle: {state_word(state)}\n{url}" if url else f"Spindle: {state_word(state)}"
        )

    def _icon(self, tone: Tone) -> QIcon:
        """The program's icon with a dot in the colour of the state; a stopped server has none."""
        icon = QIcon(str(paths.ICON))
        if tone is Tone.MUTED:
            return icon
        picture = QPixmap(icon.pixmap(ICON_PX))
        side = picture.width()
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.GlobalColor.white)
        painter.setBrush(ink(self.window.palette(), tone))
        painter.drawEllipse(QRectF(side * 0.56, side * 0.56, side * 0.42, side * 0.42))
        painter.end()
        return QIcon(picture)

    def end(self) -> None:
        self._appearance.stop()
        if self.icon is not None:
            self.icon.hide()
