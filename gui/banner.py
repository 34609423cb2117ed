"""A notice inside the window: what happened, what to do, and a button that does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, Qt, Slot
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from gui.theme import Tone, ink, wash

if TYPE_CHECKING:
    from collections.abc import Callable


class Banner(QWidget):
    """Hidden until :meth:`show_notice`. Shows one notice at a time, the newest."""

    def __init__(self) -> None:
        super().__init__()
        self._tone = Tone.ERROR
        self._do: Callable[[], None] | None = None
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.action_button = QPushButton()
        self.action_button.setAutoDefault(False)
        self.action_button.clicked.connect(self._act)
        self.dismiss_button = QPushButton(self.tr("Dis&miss"))
        self.dismiss_button.setAutoDefault(False)
        self.dismiss_button.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 8, 10, 8)
        layout.setSpacing(8)
        layout.addWidget(self._text, 1)
        layout.addWidget(self.action_button)
        layout.addWidget(self.dismiss_button)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.hide()

    def text(self) -> str:
        return self._text.text()

    def show_notice(
        self, tone: Tone, text: str, action_text: str = "", do: Callable[[], None] | None = None
    ) -> None:
        """``do`` is called when the button ``action_text`` is pressed; without one there is no button."""
        self._tone, self._do = tone, do
        self._text.setText(text)
        self.setAccessibleName(text)
        self.action_button.setText(action_text)
        self.action_button.setVisible(do is not None)
        self.show()
        self.update()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    @Slot()
    def _act(self) -> None:
        if self._do is not None:
            self._do()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(wash(self.palette(), self._tone))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        painter.setClipRect(0, 0, 4, self.height())
        painter.setBrush(ink(self.palette(), self._tone))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        painter.end()
