"""Carries records from the server to the table: a timer in the GUI thread drains the bounded hand-over.

Never a signal a record: at 23,000 requests a second that stalled the window for 2.2 s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

if TYPE_CHECKING:
    from server_core.events import EventLog

DRAIN_EVERY_MS = 100
# A batch costs 10 to 20 ms of repainting whatever its size, and the interpreter for as long: where more than
# so many rows come at a time nobody reads them anyway, and they come less often.
FLOOD_ROWS = 2_000
FLOOD_EVERY_MS = 300


class LogFeed(QObject):
    """While paused, records wait in the hand-over; when that is full, new ones are dropped and counted."""

    arrived = Signal(object)  # as a list, Qt would turn each record into one of its own values, and back
    """The list of records of one drain, in order, never empty; rows are made of them by whoever shows them,
    which for most of a flood is nobody.
    """
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
        return self._subscription.waiting_rows

    @property
    def dropped_rows(self) -> int:
        """Records that never reached the window, because it fell behind or was paused for long."""
        return self._subscription.dropped_rows

    @Slot(bool)
    def set_paused(self, paused: bool) -> None:
        self._paused = paused

    @Slot()
    def drain(self) -> None:
        is_flood = self.waiting_rows > FLOOD_ROWS
        records = [] if self._paused else self._subscription.take()
        if records:
            self.arrived.emit(records)
        every_ms = FLOOD_EVERY_MS if is_flood else DRAIN_EVERY_MS
        if self._timer.interval() != every_ms:
            self._timer.setInterval(every_ms)
        self.ticked.emit()
