"""The uploads that the inbox shows: the newest first, a bounded number."""

from __future__ import annotations

import html
import re
import time
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from PySide6.QtCore import QAbstractTableModel, QCoreApplication, QModelIndex, QPersistentModelIndex, Qt

from gui.numbers import size
from gui.translation import QT_TRANSLATE_NOOP
from server_core.events import UPLOAD
from server_core.log_format import escape
from server_core.mime import OCTETS, WEBSITE_KINDS, Kind, kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from PySide6.QtGui import QIcon

    from server_core.events import Event

KEPT_ROWS = 2_000
UPLOADS = "uploads"
_LOCATION = re.compile(rb"\r\nLocation: /uploads/([^/\r\n]+)\r\n")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*\r\n", re.IGNORECASE)
_FILE = re.compile(r"upload_([0-9]{4})([0-9]{2})([0-9]{2})_([0-9]{2})([0-9]{2})([0-9]{2})_[0-9a-f]{8}\.json")

COLUMNS = (
    QT_TRANSLATE_NOOP("InboxModel", "Name"),
    QT_TRANSLATE_NOOP("InboxModel", "Saved"),
    QT_TRANSLATE_NOOP("InboxModel", "Size"),
    QT_TRANSLATE_NOOP("InboxModel", "From"),
)

Index = QModelIndex | QPersistentModelIndex
NAME, SAVED, SIZE, FROM = range(len(COLUMNS))
# Which picture stands for what begins so; all else is a plain file.
TEXT, PLAIN = "text", "file"
ICONS = {"image/": "picture", "video/": "film", "audio/": "sound", "text/": TEXT, "application/json": TEXT}


class Item(NamedTuple):
    file: Path
    when: str
    size_bytes: int
    """0 where it was sent in chunks and is not known."""
    client: str
    """Empty where it was saved before this window looked."""

    @property
    def is_json(self) -> bool:
        """Whether the server found it to be JSON and gave it its name."""
        return bool(_FILE.fullmatch(self.file.name))

    @property
    def media_type(self) -> str:
        """By the name alone: what somebody sent is not opened to find out."""
        kind = kind_of(self.file.name, WEBSITE_KINDS, Kind(OCTETS))
        return kind.media_type.partition(";")[0] if kind else OCTETS

    @property
    def icon(self) -> str:
        """The name of the picture that stands for it."""
        return next((icon for kind, icon in ICONS.items() if self.media_type.startswith(kind)), PLAIN)


def item_of(event: Event, root: Path) -> Item | None:
    """The upload that ``event`` tells of; None where it tells of something else."""
    if event.kind != UPLOAD or event.status != 201:
        return None
    where = _LOCATION.search(event.response_head)
    if where is None:
        return None
    length = _LENGTH.search(event.request_head)
    file = root / UPLOADS / unquote(where[1].decode())
    return Item(file, when_saved(file.name, event.time_s), int(length[1]) if length else 0, event.client)


def when_saved(name: str, time_s: float) -> str:
    """The time in the name of a JSON upload, or else ``time_s``, readable."""
    match = _FILE.fullmatch(name)
    if match:
        return "{}-{}-{} {}:{}:{}".format(*match.groups())
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time_s))


class InboxModel(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self._items: list[Item] = []
        self._icons: Mapping[str, QIcon] = {}

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._items)

    def columnCount(self, _parent: Index | None = None) -> int:
        return len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return QCoreApplication.translate("InboxModel", COLUMNS[section])
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        column = index.column()
        if role == Qt.ItemDataRole.TextAlignmentRole and column == SIZE:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        item = self._items[index.row()]
        if role == Qt.ItemDataRole.DecorationRole and column == NAME:
            return self._icons.get(item.icon)
        if role == Qt.ItemDataRole.ToolTipRole and column == NAME:
            return f"<span>{html.escape(escape(item.file.name))}</span>"
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if column == NAME:
            return escape(item.file.name)
        return (item.when, size(item.size_bytes) if item.size_bytes else "", item.client)[column - 1]

    def set_icons(self, icons: Mapping[str, QIcon]) -> None:
        """By the names of :data:`ICONS`, and :data:`PLAIN`."""
        self._icons = icons
        if self._items:
            self.dataChanged.emit(self.index(0, NAME), self.index(len(self._items) - 1, NAME))

    def set_size(self, file: Path, size_bytes: int) -> None:
        """What was sent in chunks has turned out to be so large."""
        for row, item in enumerate(self._items):
            if item.file == file and item.size_bytes != size_bytes:
                self._items[row] = item._replace(size_bytes=size_bytes)
                self.dataChanged.emit(self.index(row, SIZE), self.index(row, SIZE))

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
