"""How long requests took, as bars over a scale in which each decade is as wide as the next."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLocale, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.load import BUCKETS, FIRST_EDGE_MS, GROWTH, Report, edge_ms
from gui.numbers import duration
from gui.theme import Tone, ink, mix

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

# Empty buckets beside the used ones, so that a single bar isn't a wall.
MARGIN_BUCKETS = 4
LEAST_BUCKETS = 24


class Histogram(QWidget):
    """Shows one :class:`Report` at a time; its text for screen readers says the same."""

    def __init__(self) -> None:
        super().__init__()
        self._report: Report | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Latency histogram"))

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(line * 34, line * 14)

    def minimumSizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(line * 16, line * 9)

    def show_report(self, report: Report | None) -> None:
        self._report = report
        self.setAccessibleDescription(
            ", ".join(f"{name} {duration(value_ms)}" for name, value_ms in _marks(report)) if report else ""
        )
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.PaletteChange, QEvent.Type.FontChange}:
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        line = self.fontMetrics().height()
        plot = QRectF(self.rect()).adjusted(1, line * 1.9, -1, -line * 1.6)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        muted = ink(self.palette(), Tone.MUTED)
        grid = mix(self.palette().window().color(), muted, 0.28)
        if self._report is None or not any(self._report.buckets):
            painter.setPen(muted)
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), self.tr("Nothing measured yet."))
        else:
            first, last = shown_buckets(self._report.buckets)
            scale = _Scale(plot, first, last)
            self._paint_axis(painter, scale, muted, grid)
            self._paint_bars(painter, scale, self._report.buckets)
            self._paint_marks(painter, scale, self._report)
        painter.setPen(QPen(grid, 1))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        painter.end()

    def _paint_axis(self, painter: QPainter, scale: _Scale, text: QColor, grid: QColor) -> None:
        decade = math.ceil(math.log10(edge_ms(scale.first)) - 1e-9)
        while (value_ms := 10.0**decade) <= edge_ms(scale.last + 1):
            x = scale.x(value_ms)
            painter.setPen(QPen(grid, 1))
            painter.drawLine(QPointF(x, scale.plot.top()), QPointF(x, scale.plot.bottom()))
            label = f"{QLocale().toString(value_ms)} ms" if value_ms < 1000 else f"{value_ms / 1000:g} s"
            width = self.fontMetrics().horizontalAdvance(label)
            left = min(max(x - width / 2, scale.plot.left()), scale.plot.right() - width)
            painter.setPen(text)
            painter.drawText(QPointF(left, scale.plot.bottom() + self.fontMetrics().height() * 1.25), label)
            decade += 1

    def _paint_bars(self, painter: QPainter, scale: _Scale, buckets: tuple[int, ...]) -> None:
        painter.save()
        painter.setClipRect(scale.plot)  # of the round corners only the upper ones are seen
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mix(self.palette().window().color(), ink(self.palette(), Tone.BUSY), 0.72))
        highest = max(buckets)
        for bucket in range(scale.first, scale.last + 1):
            if not buckets[bucket]:
                continue
            left, right = scale.x(edge_ms(bucket)), scale.x(edge_ms(bucket + 1))
            height = max(2.0, scale.plot.height() * buckets[bucket] / highest)
            bar = QRectF(left + 0.75, scale.plot.bottom() - height, max(1.0, right - left - 1.5), height)
            radius = min(3.0, bar.width() / 2, height)
            painter.drawRoundedRect(bar.adjusted(0, 0, 0, radius), radius, radius)
        painter.restore()

    def _paint_marks(self, painter: QPainter, scale: _Scale, report: Report) -> None:
        metrics = self.fontMetrics()
        colour = self.palette().windowText().color()
        free_from = scale.plot.left()
        for name, value_ms in _marks(report):
            x = scale.x(value_ms)
            painter.setPen(QPen(colour, 1.2, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, scale.plot.top() - 2), QPointF(x, scale.plot.bottom()))
            label = f"{name} {duration(value_ms)}"
            width = metrics.horizontalAdvance(label)
            left = min(max(x - width / 2, free_from), scale.plot.right() - width)
            if left < free_from:
                continue  # the figures below the picture say it too
            painter.setPen(colour)
            painter.drawText(QPointF(left, scale.plot.top() - metrics.descent() - 5), label)
            free_from = left + width + metrics.averageCharWidth() * 2


class _Scale:
    """Milliseconds to pixels, over the buckets from ``first`` to ``last``."""

    def __init__(self, plot: QRectF, first: int, last: int) -> None:
        self.plot, self.first, self.last = plot, first, last

    def x(self, value_ms: float) -> float:
        bucket = math.log(max(value_ms, FIRST_EDGE_MS) / FIRST_EDGE_MS, GROWTH)
        share = (bucket - self.first) / (self.last + 1 - self.first)
        return self.plot.left() + self.plot.width() * min(max(share, 0.0), 1.0)


def shown_buckets(buckets: tuple[int, ...]) -> tuple[int, int]:
    """The first and last bucket to show: those in use, with room around them."""
    used = [number for number, size in enumerate(buckets) if size]
    first, last = used[0] - MARGIN_BUCKETS, used[-1] + MARGIN_BUCKETS
    lacking = max(0, LEAST_BUCKETS - (last - first + 1))
    first, last = first - lacking // 2, last + lacking - lacking // 2
    return max(0, first), min(BUCKETS - 1, last)


def _marks(report: Report) -> tuple[tuple[str, float], ...]:
    return (("p50", report.p50_ms), ("p95", report.p95_ms), ("p99", report.p99_ms))
