"""The certificate that this computer made: its fingerprint, and how it is trusted elsewhere."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

LINES = 11


class TrustView(QWidget):
    """Takes no room while there is nothing to trust."""

    def __init__(self) -> None:
        super().__init__()
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setMinimumHeight(self.text.fontMetrics().lineSpacing() * LINES)
        self.text.setAccessibleName(self.tr("Certificate"))
        label = QLabel(self.tr("Certi&ficate"))
        label.setBuddy(self.text)
        self.copy_button = QPushButton(self.tr("Co&py how to trust it"))
        self.copy_button.setAutoDefault(False)
        self.copy_button.clicked.connect(self.copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(label)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.hide()

    def show_trust(self, text: str) -> None:
        """``text`` as :attr:`HttpServer.trust` has it."""
        self.text.setPlainText(text)
        self.setVisible(bool(text))

    @Slot()
    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
