"""One dialog for unhandled errors, with a text that can be copied."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from gui import crash


class CrashDialog(QDialog):
    """Shows reports below each other; the second of two equal ones is not added."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Spindle ran into an error"))
        headline = QLabel(
            self.tr("Something went wrong inside Spindle. It keeps running. Copy this text to report it.")
        )
        headline.setWordWrap(True)
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setAccessibleName(self.tr("Error report"))
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(self.tr("&Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self.copy)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(headline)
        layout.addWidget(self._text)
        layout.addWidget(buttons)
        self.resize(720, 420)

    def text(self) -> str:
        return self._text.toPlainText()

    def add(self, report: str) -> None:
        if report.partition("\n")[2].strip() not in self.text():
            self._text.appendPlainText(report)

    @Slot()
    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text())


class CrashReporter(QObject):
    """Brings reports from whatever thread failed to the dialog. Lives in the GUI thread."""

    reported = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._dialog: CrashDialog | None = None
        self.reported.connect(self._show, Qt.ConnectionType.QueuedConnection)
        crash.listen(self.reported.emit)

    @Slot(str)
    def _show(self, report: str) -> None:
        if self._dialog is None:
            self._dialog = CrashDialog()
        self._dialog.add(report)
        self._dialog.show()
