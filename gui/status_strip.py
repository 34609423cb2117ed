"""A line of figures about the running server, from two readings of its counters half a second apart."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from gui.numbers import count, duration, size
from gui.theme import Tone, TonedLabel
from gui.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from gui.controller import ServerController
    from server_core.stats import Snapshot, Totals

READ_EVERY_MS = 500

FIGURES: tuple[tuple[str, str], ...] = (
    ("requests_per_s", QT_TRANSLATE_NOOP("StatusStrip", "Requests/s")),
    ("bytes_per_s", QT_TRANSLATE_NOOP("StatusStrip", "Sent/s")),
    ("connections", QT_TRANSLATE_NOOP("StatusStrip", "Connections")),
    ("workers", QT_TRANSLATE_NOOP("StatusStrip", "Workers busy")),
    ("p50", QT_TRANSLATE_NOOP("StatusStrip", "p50")),
    ("p95", QT_TRANSLATE_NOOP("StatusStrip", "p95")),
    ("errors", QT_TRANSLATE_NOOP("StatusStrip", "Errors")),
)
NOTHING = "–"  # noqa: RUF001 - the dash is meant


class StatusStrip(QWidget):
    """Reads only while the server runs; keeps the last figures out of sight when it doesn't."""

    def __init__(self, controller: ServerController) -> None:
        super().__init__()
        self._controller = controller
        self._last: tuple[float, Totals] | None = None
        self._values: dict[str, QLabel] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for name, caption in FIGURES:
            text = QCoreApplication.translate("StatusStrip", caption)
            value = QLabel(NOTHING)
            value.setAccessibleName(text)
            value.setMinimumWidth(
                self.fontMetrics().horizontalAdvance("0000.0 ms") if name != "errors" else 0
            )
            self._values[name] = value
            layout.addWidget(TonedLabel(Tone.MUTED, text))
            layout.addWidget(value)
            layout.addStretch(1)
        self._timer = QTimer(self, interval=READ_EVERY_MS)
        self._timer.timeout.connect(self.read)
        self._timer.start()

    def value(self, name: str) -> str:
        return self._values[name].text()

    @Slot()
    def read(self) -> None:
        snapshot, now_s = self._controller.snapshot(), time.monotonic()
        if snapshot is None:
            self._last = None
            texts = dict.fromkeys(self._values, NOTHING)
        else:
            then_s, earlier = self._last or (now_s, snapshot.totals)
            texts = figures(snapshot, snapshot.totals - earlier, max(now_s - then_s, READ_EVERY_MS / 1000))
            self._last = (now_s, snapshot.totals)
        for name, text in texts.items():
            if self._values[name].text() != text:
                self._values[name].setText(text)


def figures(snapshot: Snapshot, since: Totals, span_s: float) -> dict[str, str]:
    """The texts of the strip: rates over ``span_s``, latency over all requests, the rest as it is now."""
    totals = snapshot.totals
    return {
        "requests_per_s": count(round(since.requests / span_s)),
        "bytes_per_s": size(round(since.sent_bytes / span_s)),
        "connections": count(snapshot.open_connections),
        "workers": f"{snapshot.busy_workers}/{len(snapshot.workers)}",
        "p50": duration(totals.percentile_ms(50)) if totals.requests else NOTHING,
        "p95": duration(totals.percentile_ms(95)) if totals.requests else NOTHING,
        "errors": count(totals.errors),
    }
