"""The rows of the log table: a ring of records and the numbers of those that the filter lets through.

Each record has a number, counted since the model was made, that never changes: trimming renumbers nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from gui.log_columns import COLUMNS, PAD
from gui.log_filter import LogFilter
from gui.theme import Tone
from server_core.events import (
    ERROR,
    INFO,
    WARNING,
    Event,
    clock_offset_s,
    expand,
    newest_rows,
    row_count,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QBrush

    from server_core.events import Record, Row

MAX_ROWS = 20_000
UNSORTED = -1

# Qt asks about seven roles for every visible cell: ints that were looked up once halve the cost of a flush.
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_FOREGROUND = int(Qt.ItemDataRole.ForegroundRole)
_ALIGNMENT = int(Qt.ItemDataRole.TextAlignmentRole)
_TOOL_TIP = int(Qt.ItemDataRole.ToolTipRole)
_SERVED = frozenset({_DISPLAY, _FOREGROUND, _ALIGNMENT, _TOOL_TIP})
_TEXTS = tuple(column.text for column in COLUMNS)
_ALIGNMENTS = tuple(column.alignment for column in COLUMNS)
_NO_PARENT = QModelIndex()


class LogModel(QAbstractTableModel):
    """Bounded to ``max_rows`` events; the oldest go first and are counted. GUI thread."""

    changed = Signal()
    """The number of rows, kept or visible or trimmed, may have changed."""

    def __init__(self, max_rows: int = MAX_ROWS, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.max_rows = max_rows
        self._rows: list[Event | Row] = []
        self._first = 0
        """The number of ``_rows[0]``."""
        self._visible: list[int] = []
        self._filter = LogFilter()
        self._order: tuple[int, bool] | None = None
        """The column that rows are sorted by and whether downwards; None: as they came."""
        self._trimmed = 0
        self._inks: dict[str, QBrush] = {}

    @property
    def kept_rows(self) -> int:
        return len(self._rows)

    @property
    def visible_rows(self) -> int:
        return len(self._visible)

    @property
    def trimmed_rows(self) -> int:
        """Events let go to stay within the bound, since the table was cleared."""
        return self._trimmed

    def event_at(self, row: int) -> Event:
        return self._event(self._visible[row] - self._first)

    def _event(self, place: int) -> Event:
        row = self._rows[place]
        if not isinstance(row, Event):
            row = self._rows[place] = expand(row, clock_offset_s())
        return row

    def _all_events(self) -> list[Event]:
        return [self._event(place) for place in range(len(self._rows))]

    def append(self, records: Sequence[Record]) -> None:
        """Add a batch: at most one removal at the front and one insertion at the end, whatever its size."""
        if not records:
            return
        if self._order is not None:
            self.sort(UNSORTED)
        count = sum(map(row_count, records))
        rows = newest_rows(records, self.max_rows)
        self._trim(len(self._rows) + count - self.max_rows)
        surplus = count - len(rows)
        self._trimmed += surplus
        self._first += surplus
        end = self._first + len(self._rows)
        if self.is_filtered:
            offset_s = clock_offset_s()
            events = [expand(row, offset_s) for row in rows]
            rows = [*events]
            arriving = self._filter.select(events, end)
        else:
            arriving = list(range(end, end + len(rows)))
        if arriving:
            self.beginInsertRows(_NO_PARENT, len(self._visible), len(self._visible) + len(arriving) - 1)
        self._rows += rows
        self._visible += arriving
        if arriving:
            self.endInsertRows()
        self.changed.emit()

    def _trim(self, surplus: int) -> None:
        count = min(surplus, len(self._rows))
        if count <= 0:
            return
        hidden = bisect_left(self._visible, self._first + count)
        if hidden:
            self.beginRemoveRows(_NO_PARENT, 0, hidden - 1)
        del self._rows[:count]
        del self._visible[:hidden]
        self._first += count
        self._trimmed += count
        if hidden:
            self.endRemoveRows()

    def set_filter(self, chosen: LogFilter) -> None:
        if chosen == self._filter:
            return
        self.beginResetModel()
        self._filter = chosen
        self._visible = self._ordered(chosen.select(self._all_events(), self._first))
        self.endResetModel()
        self.changed.emit()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort what is there by ``column``; :data:`UNSORTED`, and the next batch, bring back how it came."""
        descending = order is Qt.SortOrder.DescendingOrder
        self.layoutAboutToBeChanged.emit()
        chosen = self.persistentIndexList()
        numbers = [self._visible[index.row()] for index in chosen]
        self._order = None if column == UNSORTED else (column, descending)
        self._visible = self._ordered(sorted(self._visible))
        rows = {number: row for row, number in enumerate(self._visible)} if chosen else {}
        moved = [
            self.index(rows[number], index.column()) for number, index in zip(numbers, chosen, strict=True)
        ]
        self.changePersistentIndexList(chosen, moved)
        self.layoutChanged.emit()

    def _ordered(self, numbers: list[int]) -> list[int]:
        if self._order is None:
            return numbers
        column, descending = self._order
        key, events, first = COLUMNS[column].key, self._all_events(), self._first
        return sorted(numbers, key=lambda number: key(events[number - first]), reverse=descending)

    def visible_events(self) -> list[Event]:
        """The rows that the filter lets through, in the order in which they stand."""
        return [self._event(number - self._first) for number in self._visible]

    @property
    def is_filtered(self) -> bool:
        return self._filter != LogFilter()

    def clear(self) -> None:
        self.beginResetModel()
        self._first += len(self._rows)
        self._rows = []
        self._visible = []
        self._trimmed = 0
        self.endResetModel()
        self.changed.emit()

    def set_inks(self, inks: dict[Tone, QBrush]) -> None:
        """The colours of the current palette; made once a palette, not once a cell."""
        self._inks = {
            level: inks[tone]
            for level, tone in ((INFO, Tone.MUTED), (WARNING, Tone.WARNING), (ERROR, Tone.ERROR))
        }
        if self._visible:
            last = self.index(len(self._visible) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last, [_FOREGROUND])

    def _ink(self, event: Event) -> QBrush | None:
        if event.status >= 500:
            return self._inks.get(ERROR)
        if event.status >= 400 or event.level != INFO:
            return self._inks.get(event.level if event.level != INFO else WARNING)
        return None if event.method else self._inks.get(INFO)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._visible)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = _DISPLAY) -> Any:
        if role not in _SERVED:
            return None
        if role == _ALIGNMENT:
            return _ALIGNMENTS[index.column()]
        event = self._event(self._visible[index.row()] - self._first)
        if role == _FOREGROUND:
            return self._ink(event)
        return _TEXTS[index.column()](event)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == _DISPLAY:
            title = QCoreApplication.translate("LogColumns", COLUMNS[section].title)
            return title + PAD if COLUMNS[section].on_the_right else title
        return _ALIGNMENTS[section] if role == _ALIGNMENT else None
