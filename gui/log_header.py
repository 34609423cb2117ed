"""The head of the log table: how wide the columns are, which of them are shown, and by which rows are sorted.

Widths are measured once, from samples: asking every row for its width took seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QPoint, Qt, Slot
from PySide6.QtWidgets import QHeaderView, QMenu, QWidget

from gui.log_columns import COLUMNS
from gui.log_model import UNSORTED

if TYPE_CHECKING:
    from gui.log_model import LogModel
    from gui.settings import Settings

# Columns leave before those with a share get less than this times their least width.
COMFORT = 1.25


class LogHeader(QHeaderView):
    """Columns with a share take what the others leave; where there is too little room, some leave."""

    def __init__(self, model: LogModel, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._flexible = {number for number, column in enumerate(COLUMNS) if column.share}
        """Those whose width nobody has chosen."""
        self._unwanted: set[int] = set()
        """Those that the person has put away."""
        self._least_px: list[int] = []
        self._fitting = False
        self.setModel(model)
        self.setHighlightSections(False)
        self.setSectionsMovable(True)
        self.setSectionsClickable(True)
        self.setSortIndicatorClearable(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def measure(self) -> None:
        """Set every column to the width of its sample or its title. Once, when the table has its font."""
        metrics = self.fontMetrics()
        padding = metrics.averageCharWidth() * 2 + 6
        for number, column in enumerate(COLUMNS):
            texts = (column.sample, self.title(number))
            self._least_px.append(max(map(metrics.horizontalAdvance, texts)) + padding)
            self.resizeSection(number, self._least_px[number])
        self.sectionResized.connect(self._on_resized)
        self.customContextMenuRequested.connect(self.show_menu)
        self.sortIndicatorChanged.connect(self._on_sort_wanted)

    def title(self, number: int) -> str:
        return str(self.model().headerData(number, Qt.Orientation.Horizontal)).strip()

    # --- room ---

    def fit(self) -> None:
        """Show what there is room for, and give the rest of it to the columns that have a share."""
        room_px = self.viewport().width()
        shown = [number for number in range(len(COLUMNS)) if number not in self._unwanted]
        leaving = sorted(
            (number for number in shown if COLUMNS[number].leaves), key=lambda number: -COLUMNS[number].leaves
        )
        needed_px = sum(map(self._needed_px, shown))
        while leaving and needed_px > room_px:
            number = leaving.pop(0)
            shown.remove(number)
            needed_px -= self._needed_px(number)
        self._fitting = True
        for number in range(len(COLUMNS)):
            self.setSectionHidden(number, number not in shown)
        self._share_out(room_px, [number for number in shown if number in self._flexible] or shown[-1:])
        self._fitting = False

    def _needed_px(self, number: int) -> int:
        if number in self._flexible:
            return round(self._least_px[number] * COMFORT)
        if self.isSectionHidden(number):
            return self._least_px[number]
        return self.sectionSize(number)

    def _share_out(self, room_px: int, takers: list[int]) -> None:
        visible = [number for number in range(len(COLUMNS)) if not self.isSectionHidden(number)]
        free_px = room_px - sum(self.sectionSize(number) for number in visible if number not in takers)
        spare_px = max(free_px - sum(self._least_px[number] for number in takers), 0)
        shares = sum(COLUMNS[number].share for number in takers) or 1
        for number in takers:
            more_px = spare_px * (COLUMNS[number].share or shares) // shares
            self.resizeSection(number, self._least_px[number] + more_px)

    @Slot(int, int, int)
    def _on_resized(self, number: int, _before_px: int, _after_px: int) -> None:
        if self._fitting or self.isSectionHidden(number):
            return
        self._flexible.discard(number)
        takers = [each for each in self._flexible if not self.isSectionHidden(each)]
        if takers:
            self._fitting = True
            self._share_out(self.viewport().width(), takers)
            self._fitting = False

    # --- choice ---

    @Slot(QPoint)
    def show_menu(self, place: QPoint) -> None:
        menu = self.make_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.mapToGlobal(place))

    def make_menu(self) -> QMenu:
        """A tick for each column; the last one can't be put away."""
        menu = QMenu(self)
        for number in range(len(COLUMNS)):
            action = menu.addAction(self.title(number))
            action.setCheckable(True)
            action.setChecked(number not in self._unwanted)
            action.setEnabled(number in self._unwanted or len(self._unwanted) < len(COLUMNS) - 1)
            action.setData(number)
        menu.triggered.connect(lambda action: self.want(action.data(), action.isChecked()))
        return menu

    def want(self, number: int, wanted: bool) -> None:
        """Show a column, room permitting, or put it away."""
        (self._unwanted.discard if wanted else self._unwanted.add)(number)
        self.fit()

    def remember(self, settings: Settings) -> None:
        settings.pack("columns", bytes(self.saveState().data()))
        settings.window["columns-put-away"] = " ".join(
            COLUMNS[number].title for number in sorted(self._unwanted)
        )

    def restore(self, settings: Settings) -> None:
        self._fitting = True
        state = settings.packed("columns")
        if state and self.restoreState(QByteArray(state)):
            self._flexible = {min(self._flexible)}
        self._fitting = False
        titles = settings.window.get("columns-put-away", "").split()
        self._unwanted = {number for number, column in enumerate(COLUMNS) if column.title in titles}
        self.set_sortable(False)
        self.fit()

    # --- order ---

    def set_sortable(self, sortable: bool) -> None:
        """Rows can be sorted while no new ones come."""
        self.setSectionsClickable(sortable)
        self.setSortIndicatorShown(sortable)
        self.setSortIndicator(UNSORTED, Qt.SortOrder.AscendingOrder)

    @Slot(int, Qt.SortOrder)
    def _on_sort_wanted(self, column: int, order: Qt.SortOrder) -> None:
        self.model().sort(column, order)
