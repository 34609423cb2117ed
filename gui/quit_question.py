"""Asks before a window that serves is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QMessageBox

from gui.feature import Feature

if TYPE_CHECKING:
    from gui.main_window import MainWindow


class QuitQuestion(Feature):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._box: QMessageBox | None = None

    def ask(self) -> None:
        """Open the question, unless it is; a yes stops the server and closes the window."""
        if self._box is not None:
            return
        box = QMessageBox(
            QMessageBox.Icon.Question,
            self.tr("Spindle is serving"),
            self.tr("Stop the server and quit?"),
            parent=self.window,
        )
        url = self.window.controller.url
        box.setInformativeText(self.tr("{url} will no longer answer.").format(url=url))
        stop = box.addButton(self.tr("&Stop and quit"), QMessageBox.ButtonRole.AcceptRole)
        keep = box.addButton(self.tr("&Keep serving"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(stop)
        box.setEscapeButton(keep)
        box.finished.connect(self._on_answered)
        self._box = box
        box.open()

    @Slot(int)
    def _on_answered(self, _result: int) -> None:
        box, self._box = self._box, None
        if box is not None:
            accepted = box.buttonRole(box.clickedButton()) is QMessageBox.ButtonRole.AcceptRole
            box.deleteLater()
            if accepted:
                self.window.stop_and_quit()
