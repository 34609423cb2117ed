"""The table of the log: rows of a fixed height, and a tail that is followed until one scrolls up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QPushButton, QTableView, QWidget

from gui.empty_state import EmptyState
from gui.log_header import LogHeader
from gui.theme import inks
from server_core.log_format import text_line

if TYPE_CHECKING:
    from gui.log_model import LogModel
    from server_core.events import Event, Record

BUTTON_MARGIN_PX = 10


class LogTable(QTableView):
    follow_changed = Signal(bool)
    picked = Signal(object)
    """The event of the row that became the current one, or None."""

    def __init__(self, model: LogModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = model
        self._follow = True
        self._settling = False
        """The table itself moves the scroll bar, or its range changes under it: not a wish of the person."""
        self.setModel(model)
        self.header = LogHeader(model, self)
        self.setHorizontalHeader(self.header)
        self.setAccessibleName(self.tr("Log"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)  # else the Tab key never leaves the table
        self.setCornerButtonEnabled(False)
        self._hint = EmptyState(self.viewport())
        self.follow_button = self._make_follow_button()
        self._set_row_height()
        self.header.measure()
        self.header.set_sortable(False)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.verticalScrollBar().rangeChanged.connect(self._on_range_changed)
        model.rowsAboutToBeRemoved.connect(self._on_rows_leaving)
        model.modelReset.connect(self._pick_none)
        self.selectionModel().currentRowChanged.connect(self._on_current_row)
        model.set_inks(inks(self.palette()))

    def _make_follow_button(self) -> QPushButton:
        """Stands over the table while newer rows come out of sight."""
        button = QPushButton(self.tr("Follow the newest"), self.viewport())
        button.setAutoDefault(False)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the action has its shortcut
        button.setCursor(Qt.CursorShape.ArrowCursor)
        button.clicked.connect(lambda: self.set_follow(True))
        button.hide()
        return button

    def _set_row_height(self) -> None:
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(0)
        rows.setDefaultSectionSize(round(self.fontMetrics().height() * 1.6))

    # --- following ---

    @property
    def follow(self) -> bool:
        return self._follow

    @Slot(bool)
    def set_follow(self, follow: bool) -> None:
        if follow:
            self._to_bottom()
        if follow != self._follow:
            self._follow = follow
            self.follow_button.setVisible(not follow)
            self._place_over()
            self.follow_changed.emit(follow)

    @Slot(object)
    def append(self, records: list[Record]) -> None:
        """Add a batch and keep in sight what was: the newest row, or those that are being read."""
        self._settling = True
        self._rows.append(records)
        self.executeDelayedItemsLayout()  # brings the scroll bar's range up to date now, not after this guard
        self._settling = False
        if self._follow:
            self._to_bottom()

    @Slot(QModelIndex, int, int)
    def _on_rows_leaving(self, _parent: QModelIndex, first: int, last: int) -> None:
        if not self._follow:
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() - (last - first + 1))

    def _to_bottom(self) -> None:
        self._settling = True
        self.scrollToBottom()
        self._settling = False

    @Slot(int)
    def _on_scrolled(self, value: int) -> None:
        if not self._settling:
            self.set_follow(value >= self.verticalScrollBar().maximum())

    @Slot(int, int)
    def _on_range_changed(self, _least: int, most: int) -> None:
        if self._follow and not self._settling:
            self._settling = True
            self.verticalScrollBar().setValue(most)
            self._settling = False

    # --- what is shown and copied ---

    def show_hint(self, text: str) -> None:
        """A sentence where the rows would be; empty: none."""
        if text != self._hint.text():
            self._hint.show_text(text)

    def hint(self) -> str:
        return self._hint.text()

    @Slot(QModelIndex, QModelIndex)
    def _on_current_row(self, current: QModelIndex, _previous: QModelIndex) -> None:
        # Rows leaving the front move the current one on: that is nobody's wish.
        if not self._settling:
            self.picked.emit(self._rows.event_at(current.row()) if current.isValid() else None)

    @Slot()
    def _pick_none(self) -> None:
        self.picked.emit(None)

    def current_event(self) -> Event | None:
        index = self.currentIndex()
        return self._rows.event_at(index.row()) if index.isValid() else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.setCurrentIndex(QModelIndex())
            self.clearSelection()
        else:
            super().keyPressEvent(event)

    def selected_events(self) -> list[Event]:
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self._rows.event_at(row) for row in rows]

    @Slot()
    def copy_selected(self) -> None:
        """The selected rows to the clipboard, a line each, as the log file has them."""
        if events := self.selected_events():
            QGuiApplication.clipboard().setText("\n".join(map(text_line, events)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.header.fit()
        self._place_over()

    def _place_over(self) -> None:
        """What stands over the rows: the hint in the middle, the button in the corner."""
        inside, button = self.viewport().rect(), self.follow_button
        self._hint.setGeometry(inside)
        button.adjustSize()
        corner = inside.bottomRight() - button.rect().bottomRight()
        button.move(corner.x() - BUTTON_MARGIN_PX, corner.y() - BUTTON_MARGIN_PX)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._rows.set_inks(inks(self.palette()))
