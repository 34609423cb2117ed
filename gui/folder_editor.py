"""The folder that is served: typed, one of those that were served before, or browsed for."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QDir, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget

LEAST_CHARACTERS = 14


class FolderEditor(QComboBox):
    """``row`` is this with a button beside it."""

    browsed = Signal()
    """Another folder was chosen in the system's dialog."""

    def __init__(self) -> None:
        super().__init__()
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(LEAST_CHARACTERS)
        self._button = QPushButton(self.tr("Browse…"))
        self._button.setAutoDefault(False)
        self._button.setAccessibleName(self.tr("Browse for the folder"))
        self._button.clicked.connect(self.browse)
        self.row = QWidget()
        row = QHBoxLayout(self.row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self, 1)
        row.addWidget(self._button)

    @property
    def line(self) -> QLineEdit:
        """Where it is typed."""
        line = self.lineEdit()
        assert line is not None  # the box was made editable
        return line

    def fill(self, folder: str, recent: list[str]) -> None:
        """Begin with ``folder``, and offer those that were served before."""
        self.addItems([folder, *(each for each in recent if Path(each) != Path(folder))])
        self.setCurrentIndex(0)
        self.line.setCursorPosition(0)

    def offer(self, folders: list[str]) -> None:
        """Put ``folders`` in the list, leaving what is typed."""
        typed = self.currentText()
        self.blockSignals(True)
        self.clear()
        self.addItems(folders)
        self.setCurrentText(typed)
        self.blockSignals(False)

    @Slot()
    def browse(self) -> None:
        title = self.tr("Choose the folder to serve")
        if folder := QFileDialog.getExistingDirectory(self, title, self.currentText()):
            self.setCurrentText(QDir.toNativeSeparators(folder))
            self.browsed.emit()
