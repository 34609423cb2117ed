"""The workers, a tile each: what they do at the moment, and what they did last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
    Slot,
)
from PySide6.QtWidgets import QListView, QVBoxLayout, QWidget

from gui.numbers import count
from gui.theme import Tone, TonedLabel
from gui.tile import TILES, TileDelegate
from gui.translation import QT_TRANSLATE_NOOP, translate
from server_core.events import clock_offset_s, expand, newest_rows
from server_core.log_format import escape
from server_core.stats import Activity, Doing

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from gui.log_feed import LogFeed
    from gui.readings import Reading, Readings
    from server_core.events import Event, Record
    from server_core.stats import Snapshot, WorkerView

_NO_PARENT = QModelIndex()

DOING: dict[Doing, tuple[str, Tone]] = {
    Doing.IDLE: (QT_TRANSLATE_NOOP("WorkerBoard", "idle"), Tone.MUTED),
    Doing.READING: (QT_TRANSLATE_NOOP("WorkerBoard", "reading"), Tone.BUSY),
    Doing.SERVING: (QT_TRANSLATE_NOOP("WorkerBoard", "serving"), Tone.GOOD),
    Doing.SENDING: (QT_TRANSLATE_NOOP("WorkerBoard", "sending"), Tone.BUSY),
}


class Tile(NamedTuple):
    """What a tile shows of a worker, or of a request that has none because it waits for its client."""

    name: str
    number: str
    """Short for the name; empty: there is no shorter one."""
    state: str
    about: str
    tone: Tone
    progress: float | None = None

    @property
    def text(self) -> str:
        """All of it, for tool tips and screen readers."""
        return ", ".join(filter(None, (self.name, self.state, self.about)))


def worker_tile(worker: WorkerView, last: Event | None) -> Tile:
    word, tone = DOING[worker.doing]
    activity = worker.activity
    if activity is None:
        about = translate("WorkerBoard", "{count} served").format(count=count(worker.requests))
        if last is not None and last.target:
            about += ", " + escape(f"{last.method} {last.target}")
        return Tile(worker.name, worker.name.rpartition("-")[2], translate("WorkerBoard", word), about, tone)
    about = escape(activity.what) or activity.client
    return Tile(
        worker.name,
        worker.name.rpartition("-")[2],
        _with_percent(translate("WorkerBoard", word), activity),
        about,
        tone,
        activity.progress,
    )


def parked_tile(activity: Activity) -> Tile:
    """A request that waits for its client and has no worker."""
    receiving = activity.doing is Doing.READING
    whose = (
        translate("WorkerBoard", "from {client}") if receiving else translate("WorkerBoard", "to {client}")
    )
    name, about = escape(activity.what), whose.format(client=activity.client)
    return Tile(name, "", _with_percent("", activity), about, Tone.WARNING, activity.progress)


def _with_percent(word: str, activity: Activity) -> str:
    return word if activity.progress is None else f"{word} {int(activity.progress * 100)} %".lstrip()


def sentence(snapshot: Snapshot) -> tuple[str, Tone]:
    """The figures, how well the workers keep up, and what to do where they don't."""
    threads, busy, queued = len(snapshot.workers), snapshot.busy_workers, snapshot.queued
    if snapshot.refusing:
        tone, told = (
            Tone.ERROR,
            translate(
                "WorkerBoard",
                "New requests are refused with 503: use more worker threads, or see below what takes long.",
            ),
        )
    elif busy >= threads and queued:
        tone, told = (
            Tone.WARNING,
            translate("WorkerBoard", "Requests wait for a worker; if this lasts, use more worker threads."),
        )
    elif busy >= threads:
        tone, told = Tone.BUSY, translate("WorkerBoard", "Every worker is busy, and nobody waits.")
    else:
        tone, told = Tone.MUTED, translate("WorkerBoard", "There is room for more.")
    figures = translate("WorkerBoard", "Busy: {busy} of {threads}. Queue: {queued} of {size}.")
    parts = [figures.format(busy=busy, threads=threads, queued=queued, size=snapshot.queue_size), told]
    if snapshot.parked:
        text = translate("WorkerBoard", "Slow clients, which hold no worker: {count}.")
        parts.append(text.format(count=len(snapshot.parked)))
    return " ".join(parts), tone


class TileModel(QAbstractListModel):
    """Tiles in their order; rows change in place, so that what one looks at stays where it is."""

    def __init__(self) -> None:
        super().__init__()
        self._tiles: list[Tile] = []

    def show_tiles(self, tiles: list[Tile]) -> None:
        before, after = len(self._tiles), len(tiles)
        if after < before:
            self.beginRemoveRows(_NO_PARENT, after, before - 1)
            del self._tiles[after:]
            self.endRemoveRows()
        changed = [row for row, tile in enumerate(self._tiles) if tile != tiles[row]]
        self._tiles[: len(self._tiles)] = tiles[: len(self._tiles)]
        for row in changed:
            self.dataChanged.emit(self.index(row), self.index(row))
        if after > before:
            self.beginInsertRows(_NO_PARENT, before, after - 1)
            self._tiles += tiles[before:]
            self.endInsertRows()

    def tiles(self) -> list[Tile]:
        return list(self._tiles)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._tiles)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        tile = self._tiles[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return tile
        shown = {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole}
        return tile.text if role in shown else None


class WorkerBoard(QWidget):
    """A sentence above the tiles, which are as large as there is room for all of them."""

    def __init__(self, readings: Readings, feed: LogFeed) -> None:
        super().__init__()
        self._last: dict[str, Record] = {}
        self._sentence = TonedLabel(Tone.MUTED)
        self._sentence.setWordWrap(True)
        self._model = TileModel()
        self._delegate = TileDelegate(self)
        self.view = QListView()
        self.view.setModel(self._model)
        self.view.setItemDelegate(self._delegate)
        self.view.setViewMode(QListView.ViewMode.IconMode)
        self.view.setMovement(QListView.Movement.Static)
        self.view.setResizeMode(QListView.ResizeMode.Adjust)
        self.view.setUniformItemSizes(True)
        self.view.setFrameShape(QListView.Shape.NoFrame)
        self.view.viewport().setAutoFillBackground(False)
        self.view.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setAccessibleName(self.tr("Workers"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._sentence)
        layout.addWidget(self.view, 1)
        readings.taken.connect(self.show_reading)
        feed.arrived.connect(self._note_records)
        self.show_reading(None)

    @Slot(object)
    def _note_records(self, records: list[Record]) -> None:
        self._last.update({record.worker: record for record in records})

    @Slot(object)
    def show_reading(self, reading: Reading | None) -> None:
        if reading is None:
            self._last.clear()
            self._sentence.show_text(self.tr("The workers appear here when the server runs."), Tone.MUTED)
            self._model.show_tiles([])
            return
        snapshot = reading.snapshot
        self._sentence.show_text(*sentence(snapshot))
        if not self.isVisible():
            return
        offset_s = clock_offset_s()
        last = {name: expand(newest_rows([record], 1)[0], offset_s) for name, record in self._last.items()}
        tiles = [worker_tile(worker, last.get(worker.name)) for worker in snapshot.workers]
        tiles += map(parked_tile, snapshot.parked)
        self._model.show_tiles(tiles)
        self._fit()

    def text(self) -> str:
        return self._sentence.text()

    def tiles(self) -> list[Tile]:
        return self._model.tiles()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Take the largest tiles of which all can be seen, else the smallest."""
        tiles = max(self._model.rowCount(), 1)
        unit_px, view = self.fontMetrics().height(), self.view
        width_px = view.width() - view.verticalScrollBar().sizeHint().width() - 2
        for form in TILES:
            across = max(width_px // round(form.width * unit_px), 1)
            height_px = round(form.height * unit_px)
            if -(-tiles // across) * height_px <= view.height():
                break
        self._delegate.form = form
        most_px = round(form.width * unit_px * 1.7)
        size = QSize(min(width_px // min(across, tiles), most_px), height_px)
        if size != view.gridSize():
            view.setGridSize(size)
            view.scheduleDelayedItemsLayout()
