"""The uploads that the inbox shows: the newest first, a bounded number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QCoreApplication, QModelIndex, QPersistentModelIndex, Qt

from gui.numbers import size
from gui.translation import QT_TRANSLATE_NOOP
from server_core.events import UPLOAD

if TYPE_CHECKING:
    from pathlib import Path

    from server_core.events import Event

KEPT_ROWS = 2_000
UPLOADS = "uploads"
_LOCATION = re.compile(rb"\r\nLocation: /uploads/(upload_([0-9]{8})_([0-9]{6})_[0-9a-f]{8}\.json)\r\n")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*\r\n", re.IGNORECASE)
_FILE = re.compile(r"upload_([0-9]{4})([0-9]{2})([0-9]{2})_([0-9]{2})([0-9]{2})([0-9]{2})_[0-9a-f]{8}\.json")

COLUMNS = (
    QT_TRANSLATE_NOOP("InboxModel", "Saved"),
    QT_TRANSLATE_NOOP("InboxModel", "Size"),
    QT_TRANSLATE_NOOP("InboxModel", "From"),
)

Index = QModelIndex | QPersistentModelIndex


class Item(NamedTuple):
    file: Path
    when: str
    size_bytes: int
    """0 where it was sent in chunks and is not known."""
    client: str
    """Empty where it was saved before this window looked."""


def item_of(event: Event, root: Path) -> Item | None:
    """The upload that ``event`` tells of; None where it tells of something else."""
    if event.kind != UPLOAD or event.status != 201:
        return None
    where = _LOCATION.search(event.response_head)
    if where is None:
        return None
    length = _LENGTH.search(event.request_head)
    file = root / UPLOADS / where[1].decode()
    return Item(file, when_saved(file.name), int(length[1]) if length else 0, event.client)


def when_saved(name: str) -> str:
    """The time in an upload's name, readable; empty where it is no upload's."""
    match = _FILE.fullmatch(name)
    return "{}-{}-{} {}:{}:{}".format(*match.groups()) if match else ""


class InboxModel(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self._items: list[Item] = []

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._items)

    def columnCount(self, _parent: Index | None = None) -> int:
        return len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return QCoreApplication.translate("InboxModel", COLUMNS[section])
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 1:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        item = self._items[index.row()]
        return (item.when, size(item.size_bytes) if item.size_bytes else "", item.client)[index.column()]

    def item(self, row: int) -> Item:
        return self._items[row]

    def add(self, items: list[Item]) -> None:
        """Put ``items``, the oldest first, above the others; what is known already stays where it is."""
        known = {item.file for item in self._items}
        new = [item for item in reversed(items) if item.file not in known][:KEPT_ROWS]
        if not new:
            return
        self.beginInsertRows(QModelIndex(), 0, len(new) - 1)
        self._items[:0] = new
        self.endInsertRows()
        if len(self._items) > KEPT_ROWS:
            self.beginRemoveRows(QModelIndex(), KEPT_ROWS, len(self._items) - 1)
            del self._items[KEPT_ROWS:]
            self.endRemoveRows()

    def add_older(self, items: list[Item]) -> None:
        """Put ``items``, the newest first, below the others."""
        known = {item.file for item in self._items}
        new = [item for item in items if item.file not in known][: KEPT_ROWS - len(self._items)]
        if new:
            self.beginInsertRows(QModelIndex(), len(self._items), len(self._items) + len(new) - 1)
            self._items += new
            self.endInsertRows()

    def clear(self) -> None:
        self.beginResetModel()
        self._items.clear()
        self.endResetModel()
