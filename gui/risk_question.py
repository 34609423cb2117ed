"""Asks before a risky folder is served, once for each folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QDir, Slot
from PySide6.QtWidgets import QMessageBox

from gui.feature import Feature
from gui.risks import risk_of, sentence_of

if TYPE_CHECKING:
    from pathlib import Path

    from gui.main_window import MainWindow


class RiskFeature(Feature):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.box: QMessageBox | None = None
        self._folder = ""

    def may_serve(self, folder: Path) -> bool:
        """Whether to go on; if not, a question is open, and a yes starts the server."""
        risk = risk_of(folder)
        if not risk or str(folder) in self.window.settings.accepted_folders:
            return True
        self._folder = str(folder)
        self._ask(sentence_of(risk))
        return False

    def _ask(self, sentence: str) -> None:
        if self.box is not None:
            self.box.deleteLater()
        shown = QDir.toNativeSeparators(self._folder)
        text = self.tr("Serve {folder}?").format(folder=shown)
        box = QMessageBox(QMessageBox.Icon.Warning, self.tr("A folder with care"), text, parent=self.window)
        box.setInformativeText(
            sentence
            + " "
            + self.tr("Whoever reaches the server can read every page, picture and text in it.")
        )
        serve = box.addButton(self.tr("&Serve it anyway"), QMessageBox.ButtonRole.AcceptRole)
        other = box.addButton(self.tr("Choose &another folder…"), QMessageBox.ButtonRole.ActionRole)
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(other)
        box.setEscapeButton(cancel)
        serve.clicked.connect(self._accept)
        other.clicked.connect(self.window.form.browse)
        self.box = box
        box.open()

    @Slot()
    def _accept(self) -> None:
        self.window.settings.accepted_folders.append(self._folder)
        self.window.start()
