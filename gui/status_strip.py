"""A line of figures about the running server, with small graphs, and how many rows the log has."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.numbers import count, duration, size
from gui.spark import READINGS, Spark
from gui.theme import Tone, TonedLabel
from gui.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from gui.readings import Reading, Readings
    from server_core.stats import Totals


class Figure(NamedTuple):
    name: str
    caption: str
    sample: str
    """As wide as the value gets, so that nothing moves when it changes."""
    has_graph: bool = False


FIGURES = (
    Figure("requests_per_s", QT_TRANSLATE_NOOP("StatusStrip", "Requests/s"), "00,000", has_graph=True),
    Figure("bytes_per_s", QT_TRANSLATE_NOOP("StatusStrip", "Sent/s"), "000.0 MB", has_graph=True),
    Figure("connections", QT_TRANSLATE_NOOP("StatusStrip", "Connections"), "00,000"),
    Figure("workers", QT_TRANSLATE_NOOP("StatusStrip", "Workers busy"), "000/000"),
    Figure("p50", QT_TRANSLATE_NOOP("StatusStrip", "p50"), "000.0 ms"),
    Figure("p95", QT_TRANSLATE_NOOP("StatusStrip", "p95"), "000.0 ms"),
    Figure("p99", QT_TRANSLATE_NOOP("StatusStrip", "p99"), "000.0 ms"),
    Figure("errors", QT_TRANSLATE_NOOP("StatusStrip", "Errors"), "00,000"),
)
NOTHING = "–"  # noqa: RUF001 - the dash is meant


class StatusStrip(QWidget):
    """Shows nothing while there is no server; then its graphs begin anew."""

    def __init__(self, readings: Readings) -> None:
        super().__init__()
        self._values: dict[str, QLabel] = {}
        self._recent: deque[Totals] = deque(maxlen=READINGS)
        self.graphs: dict[str, Spark] = {}
        self._rows = QLabel()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(self.fontMetrics().averageCharWidth() * 2)
        for figure in FIGURES:
            layout.addLayout(self._block(figure))
            if figure.has_graph:
                self.graphs[figure.name] = Spark()
                layout.addWidget(self.graphs[figure.name])
        layout.addStretch(1)
        layout.addLayout(_stacked(self.tr("Log rows"), self._rows))
        tip = self.tr(
            "How long answers took: within this time, {percent} % of those of the last half minute."
        )
        for name in ("p50", "p95", "p99"):
            self._values[name].setToolTip(tip.format(percent=name[1:]))
        readings.taken.connect(self.show_reading)

    def _block(self, figure: Figure) -> QVBoxLayout:
        value = QLabel(NOTHING)
        value.setMinimumWidth(self.fontMetrics().horizontalAdvance(figure.sample))
        self._values[figure.name] = value
        return _stacked(QCoreApplication.translate("StatusStrip", figure.caption), value)

    def value(self, name: str) -> str:
        return self._values[name].text()

    def rows_text(self) -> str:
        return self._rows.text()

    @Slot(str)
    def show_rows(self, text: str) -> None:
        self._rows.setText(text)

    @Slot(object)
    def show_reading(self, reading: Reading | None) -> None:
        if reading is None:
            self._recent.clear()
            for graph in self.graphs.values():
                graph.clear()
            texts = dict.fromkeys(self._values, NOTHING)
        else:
            self._recent.append(reading.snapshot.totals)
            self.graphs["requests_per_s"].add(reading.requests_per_s)
            self.graphs["bytes_per_s"].add(reading.bytes_per_s)
            texts = figures(reading, self._recent[0])
        for name, text in texts.items():
            if self._values[name].text() != text:
                self._values[name].setText(text)


def figures(reading: Reading, half_a_minute_ago: Totals) -> dict[str, str]:
    """The texts of the strip. Latency is that of the last half minute, or of all where nobody asked."""
    snapshot = reading.snapshot
    totals = snapshot.totals
    recent = totals - half_a_minute_ago
    timed = recent if recent.requests else totals
    return {
        "requests_per_s": count(round(reading.requests_per_s)),
        "bytes_per_s": size(round(reading.bytes_per_s)),
        "connections": count(snapshot.open_connections),
        "workers": f"{snapshot.busy_workers}/{len(snapshot.workers)}",
        **{
            f"p{percent}": duration(timed.percentile_ms(percent)) if timed.requests else NOTHING
            for percent in (50, 95, 99)
        },
        "errors": count(totals.errors),
    }


def _stacked(caption: str, value: QLabel) -> QVBoxLayout:
    value.setAccessibleName(caption)
    layout = QVBoxLayout()
    layout.setSpacing(0)
    layout.addWidget(TonedLabel(Tone.MUTED, caption, smaller=True))
    layout.addWidget(value)
    return layout
