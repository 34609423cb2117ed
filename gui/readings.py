"""The server's counters, read twice a second for everything in the window that shows figures."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal, Slot

if TYPE_CHECKING:
    from gui.controller import ServerController
    from server_core.stats import Snapshot, Totals

READ_EVERY_MS = 500


class Reading(NamedTuple):
    snapshot: Snapshot
    since: Totals
    """What was counted since the reading before."""
    span_s: float
    """How long ago that was."""

    @property
    def requests_per_s(self) -> float:
        return self.since.requests / self.span_s

    @property
    def bytes_per_s(self) -> float:
        return self.since.sent_bytes / self.span_s


class Readings(QObject):
    """Reads on a timer of its own, in the GUI thread."""

    taken = Signal(object)
    """A :class:`Reading`, or None where there is no server."""

    def __init__(self, controller: ServerController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._last: tuple[float, Totals] | None = None
        self._timer = QTimer(self, interval=READ_EVERY_MS)
        self._timer.timeout.connect(self.take)
        self._timer.start()

    @Slot()
    def take(self) -> None:
        snapshot, now_s = self._controller.snapshot(), time.monotonic()
        if snapshot is None:
            self._last = None
            self.taken.emit(None)
            return
        then_s, earlier = self._last or (now_s, snapshot.totals)
        self._last = (now_s, snapshot.totals)
        span_s = max(now_s - then_s, READ_EVERY_MS / 1000)
        self.taken.emit(Reading(snapshot, snapshot.totals - earlier, span_s))
