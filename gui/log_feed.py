"""Carries records from the server to the table: a timer in the GUI thread drains the bounded hand-over.

Never a signal a record: at 23,000 requests a second that stalled the window for 2.2 s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

if TYPE_CHECKING:
    from server_core.events import EventLog

DRAIN_EVERY_MS = 100
# 80,000 rows a second, more than the server can make.
DRAIN_ROWS = 8_000


class LogFeed(QObject):
    """While paused, records wait in the hand-over; when that is full, new ones are dropped and counted."""

    arrived = Signal(list)
    """The records of one drain, in order, never empty."""
    ticked = Signal()
    """After each drain, also an empty one."""

    def __init__(self, events: EventLog, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._subscription = events.subscribe()
        self._paused = False
        self._timer = QTimer(self)
        self._timer.setInterval(DRAIN_EVERY_MS)
        self._timer.timeout.connect(self.drain)
        self._timer.start()

    @property
    def waiting_rows(self) -> int:
        return len(self._subscription.queue)

    @property
    def dropped_rows(self) -> int:
        """Records that never reached the window, because it fell behind or was paused for long."""
        return self._subscription.dropped()

    @Slot(bool)
    def set_paused(self, paused: bool) -> None:
        self._paused = paused

    @Slot()
    def drain(self) -> None:
        if not self._paused and (rows := self._subscription.drain(DRAIN_ROWS)):
            self.arrived.emit(rows)
        self.ticked.emit()
