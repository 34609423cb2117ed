"""What stands where there is nothing yet: what to do first, and what will be here then."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.theme import Tone, TonedLabel

MARGIN_PX = 24


class EmptyState(QWidget):
    """Lies over the middle of its parent and lets the mouse through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._title, self._text = TonedLabel(Tone.PLAIN), TonedLabel(Tone.MUTED)
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * 1.35)
        font.setWeight(QFont.Weight.DemiBold)
        self._title.setFont(font)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN_PX, MARGIN_PX, MARGIN_PX, MARGIN_PX)
        layout.setSpacing(8)
        layout.addStretch(1)
        for label in (self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
            layout.addWidget(label)
        layout.addStretch(1)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_text(self, text: str) -> None:
        """The first line is the title; empty: nothing."""
        title, _, rest = text.partition("\n")
        self._title.show_text(title)
        self._text.show_text(rest)
        self.setVisible(bool(text))

    def text(self) -> str:
        return "\n".join(filter(None, (self._title.text(), self._text.text())))
