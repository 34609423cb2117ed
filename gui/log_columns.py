"""The columns of the log table, as data: title, sample that measures the width, text of a cell, order."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import Qt

from gui.numbers import count, duration
from gui.translation import QT_TRANSLATE_NOOP, told
from server_core.events import INFO, Event
from server_core.log_format import escape

if TYPE_CHECKING:
    from collections.abc import Callable

# Longer cells stall painting; the row's full text is kept in the event.
CELL_CHARACTERS = 300
# Keeps numbers, which stand on the right, off the next column.
PAD = "\N{EN SPACE}"


class Column(NamedTuple):
    title: str
    """English; translated where it is shown, in the context ``LogColumns``."""
    sample: str
    text: Callable[[Event], str]
    key: Callable[[Event], Any]
    """What rows are sorted by; one type a column."""
    on_the_right: bool = False
    share: int = 0
    """Of the room that the other columns leave."""
    leaves: int = 0
    """Where there is too little room, the highest goes first; 0 stays."""

    @property
    def alignment(self) -> int:
        side = Qt.AlignmentFlag.AlignRight if self.on_the_right else Qt.AlignmentFlag.AlignLeft
        return int((side | Qt.AlignmentFlag.AlignVCenter).value)


def shown(text: str) -> str:
    """Text from the network as a cell shows it: unsafe characters escaped, cut where painting would slow."""
    if len(text) > CELL_CHARACTERS:
        text = text[:CELL_CHARACTERS] + "…"
    return escape(text)


@lru_cache(maxsize=64)
def _clock(second: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(second))


def _time(event: Event) -> str:
    return f"{_clock(int(event.time_s))}.{int(event.time_s * 1000) % 1000:03d}"


def _method(event: Event) -> str:
    return shown(event.method) if event.method else event.kind


def _target(event: Event) -> str:
    # A record that is about no request says its sentence where there is room for it.
    return shown(event.target or told(event.message))


def _status(event: Event) -> str:
    if event.status:
        return str(event.status)
    return "" if event.level == INFO else event.level


def _bytes(event: Event) -> str:
    return count(event.sent_bytes) + PAD if event.status else ""


def _took(event: Event) -> str:
    return duration(event.took_ms) + PAD if event.status else ""


def _reason(event: Event) -> str:
    if not event.target:
        return ""
    return shown(told(event.message) or event.reason)


def _worker_number(event: Event) -> tuple[int, str]:
    return len(event.worker), event.worker


COLUMNS = (
    Column(QT_TRANSLATE_NOOP("LogColumns", "Time"), "00:00:00.000", _time, lambda event: event.time_s),
    Column(QT_TRANSLATE_NOOP("LogColumns", "Method"), "lifecycle", _method, _method),
    Column(QT_TRANSLATE_NOOP("LogColumns", "Target"), "/photos/lake.jpg", _target, _target, share=3),
    Column(QT_TRANSLATE_NOOP("LogColumns", "Status"), "warning", _status, lambda event: event.status),
    Column(QT_TRANSLATE_NOOP("LogColumns", "Reason"), "The path has a .. segment.", _reason, _reason,
           share=4),
    Column(QT_TRANSLATE_NOOP("LogColumns", "Bytes"), "10,485,760 ", _bytes, lambda event: event.sent_bytes,
           on_the_right=True, leaves=3),
    Column(QT_TRANSLATE_NOOP("LogColumns", "Took"), "100.0 ms ", _took, lambda event: event.took_ms,
           on_the_right=True, leaves=1),
    Column(QT_TRANSLATE_NOOP("LogColumns", "Client"), "127.0.0.1:65535", lambda event: shown(event.client),
           lambda event: event.client, leaves=2),
    Column(QT_TRANSLATE_NOOP("LogColumns", "Worker"), "Worker-10", lambda event: event.worker, _worker_number,
           leaves=4),
)  # fmt: skip
