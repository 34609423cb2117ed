"""A small graph of the last readings of one figure, without axes: how it has been going."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme import Tone, ink

READINGS = 60
LINE_PX = 1.4


class Spark(QWidget):
    """As tall as its highest reading, which is at its top; the newest at the right."""

    def __init__(self, tone: Tone = Tone.BUSY) -> None:
        super().__init__()
        self._tone = tone
        self._values: deque[float] = deque(maxlen=READINGS)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)

    def add(self, value: float) -> None:
        self._values.append(value)
        self.update()

    def clear(self) -> None:
        self._values.clear()
        self.update()

    def values(self) -> list[float]:
        return list(self._values)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().height() * 4, self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().height(), self.fontMetrics().height())

    def _points(self) -> list[QPointF]:
        step_px = self.width() / (READINGS - 1)
        highest = max(self._values) or 1.0
        room_px = self.height() - 2 * LINE_PX
        first = READINGS - len(self._values)
        return [
            QPointF((first + number) * step_px, self.height() - LINE_PX - room_px * value / highest)
            for number, value in enumerate(self._values)
        ]

    def paintEvent(self, _event: QPaintEvent) -> None:
        colour = ink(self.palette(), self._tone)
        faint = QColor(colour)
        faint.setAlphaF(0.16)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        base = self.height() - LINE_PX / 2
        painter.setPen(QPen(faint, 1))
        painter.drawLine(QPointF(0, base), QPointF(self.width(), base))
        if len(self._values) > 1:
            points = self._points()
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(faint)
            ends = [QPointF(points[-1].x(), base), QPointF(points[0].x(), base)]
            painter.drawPolygon(QPolygonF([*points, *ends]))
            painter.setPen(QPen(colour, LINE_PX, j=Qt.PenJoinStyle.RoundJoin))
            painter.drawPolyline(QPolygonF(points))
        painter.end()
