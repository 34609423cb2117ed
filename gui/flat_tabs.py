"""Tabs as a row of words, the chosen one underlined: they lead to pages and are no buttons."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QStyle, QStyleOptionFocusRect, QTabBar

from gui.theme import Tone, ink

LINE_PX, SIDE_PX, ABOVE_PX = 2.5, 12, 5


class FlatTabBar(QTabBar):
    def __init__(self) -> None:
        super().__init__()
        self.setDrawBase(False)
        self.setExpanding(False)

    def tabSizeHint(self, index: int) -> QSize:
        metrics = self.fontMetrics()
        text = self.tabText(index).replace("&", "")
        return QSize(metrics.horizontalAdvance(text) + 2 * SIDE_PX, metrics.height() + 3 * ABOVE_PX)

    def minimumTabSizeHint(self, index: int) -> QSize:
        return self.tabSizeHint(index)

    def paintEvent(self, _event: QPaintEvent) -> None:
        palette = self.palette()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index in range(self.count()):
            box = QRectF(self.tabRect(index))
            chosen = index == self.currentIndex()
            painter.setPen(ink(palette, Tone.PLAIN if chosen else Tone.MUTED))
            flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextShowMnemonic)
            painter.drawText(box, flags, self.tabText(index))
            if chosen:
                line = box.adjusted(SIDE_PX, box.height() - LINE_PX - 1, -SIDE_PX, -1)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(palette.color(QPalette.ColorRole.Highlight))
                painter.drawRoundedRect(line, LINE_PX / 2, LINE_PX / 2)
                if self.hasFocus():
                    option = QStyleOptionFocusRect()
                    option.initFrom(self)
                    option.rect = box.adjusted(3, 3, -3, -4).toRect()
                    self.style().drawPrimitive(
                        QStyle.PrimitiveElement.PE_FrameFocusRect, option, painter, self
                    )
        painter.end()
