"""The log as a person meets it: filter, pause, the table, and how many rows there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from gui.action_button import QuietButton, fit_words
from gui.icons import make_icon
from gui.log_filter import NAMED, LogFilter
from gui.log_table import LogTable
from gui.numbers import count
from gui.translation import QT_TRANSLATE_NOOP
from server_core.events import ERROR, WARNING

if TYPE_CHECKING:
    from PySide6.QtGui import QAction, QResizeEvent

    from gui.log_feed import LogFeed
    from gui.log_model import LogModel

# What the lists beside the filter field offer.
STATUSES: tuple[tuple[str, frozenset[int]], ...] = (
    (QT_TRANSLATE_NOOP("LogView", "Any status"), frozenset()),
    (QT_TRANSLATE_NOOP("LogView", "2xx Success"), frozenset({2})),
    (QT_TRANSLATE_NOOP("LogView", "3xx Redirection"), frozenset({3})),
    (QT_TRANSLATE_NOOP("LogView", "4xx Client errors"), frozenset({4})),
    (QT_TRANSLATE_NOOP("LogView", "5xx Server errors"), frozenset({5})),
)
LEVELS: tuple[tuple[str, frozenset[str]], ...] = (
    (QT_TRANSLATE_NOOP("LogView", "Any level"), frozenset()),
    (QT_TRANSLATE_NOOP("LogView", "Warnings and errors"), frozenset({WARNING, ERROR})),
    (QT_TRANSLATE_NOOP("LogView", "Errors"), frozenset({ERROR})),
)
# A list is as wide as this; what it offers may be wider.
LIST_CHARACTERS = 8
FILTER_CHARACTERS = 18
SPACING_PX = 6

# Filtering 20,000 rows takes some 40 ms: not at every keystroke.
FILTER_AFTER_MS = 120


class LogView(QWidget):
    cleared = Signal()
    counted = Signal(str)
    """How many rows there are, as a text."""

    def __init__(self, model: LogModel, feed: LogFeed, actions: dict[str, QAction]) -> None:
        super().__init__()
        self.model = model
        self._feed = feed
        self._actions = actions
        self._dropped_before_clear = 0
        self._empty_hint = ""
        self._counts = ""
        self.table = LogTable(model)
        self.filter_field = QLineEdit()
        self.statuses = _list_of(STATUSES)
        self.levels = _list_of(LEVELS)
        self._buttons = [QuietButton(actions[name]) for name in ("pause", "clear", "export")]
        self._name()
        self._lay_out()
        self._filter_timer = QTimer(self, singleShot=True, interval=FILTER_AFTER_MS)
        self._connect()
        self.refresh()

    def _name(self) -> None:
        field = self.filter_field
        field.setPlaceholderText(self.tr("Filter: path, client, reason…"))
        field.setClearButtonEnabled(True)
        field.setAccessibleName(self.tr("Filter"))
        field.setMinimumWidth(field.fontMetrics().averageCharWidth() * FILTER_CHARACTERS)
        self._lens = field.addAction(QIcon(), QLineEdit.ActionPosition.LeadingPosition)
        self._lens.setIcon(make_icon("filter", self.palette()))
        tip = self.tr(
            "Rows that have all these words. status:4xx or client:127.0.0.1 looks in one place, "
            "-word leaves rows out.\nPlaces: {places}"
        )
        field.setToolTip(tip.format(places=", ".join(NAMED)))
        self.statuses.setAccessibleName(self.tr("Statuses shown"))
        self.levels.setAccessibleName(self.tr("Levels shown"))

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(SPACING_PX)
        top.addWidget(self.filter_field, 1)
        top.addWidget(self.statuses)
        top.addWidget(self.levels)
        for button in self._buttons:
            top.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(top)
        layout.addWidget(self.table, 1)

    def _connect(self) -> None:
        self._feed.arrived.connect(self.table.append)
        self._feed.ticked.connect(self.refresh)
        self.model.changed.connect(self.refresh)
        self.filter_field.textChanged.connect(self._filter_timer.start)
        self._filter_timer.timeout.connect(self.apply_filter)
        self.statuses.currentIndexChanged.connect(self.apply_filter)
        self.levels.currentIndexChanged.connect(self.apply_filter)
        actions = self._actions
        actions["pause"].toggled.connect(self._pause)
        actions["follow"].setChecked(True)
        actions["follow"].triggered.connect(self.table.set_follow)
        self.table.follow_changed.connect(actions["follow"].setChecked)
        actions["copy_rows"].triggered.connect(self.table.copy_selected)
        actions["clear"].triggered.connect(self.clear)
        actions["filter"].triggered.connect(self._focus_filter)

    @Slot()
    def apply_filter(self) -> None:
        self._filter_timer.stop()
        text = self.filter_field.text()
        self.model.set_filter(LogFilter(text, self.statuses.currentData(), self.levels.currentData()))
        if self.table.follow:
            self.table.set_follow(True)

    def filter_by(self, text: str) -> None:
        """Show the rows that ``text`` lets through, now."""
        self.filter_field.setText(text)
        self.apply_filter()

    @Slot()
    def _focus_filter(self) -> None:
        self.filter_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter_field.selectAll()

    @Slot(bool)
    def _pause(self, paused: bool) -> None:
        self._feed.set_paused(paused)
        self.table.header.set_sortable(paused)
        self.refresh()

    @Slot()
    def clear(self) -> None:
        self._dropped_before_clear = self._feed.dropped_rows
        self.model.clear()
        self.cleared.emit()

    def show_empty_hint(self, text: str) -> None:
        """What to say while there are no rows."""
        self._empty_hint = text
        self.refresh()

    def counts_text(self) -> str:
        return self._counts

    @property
    def dropped_rows(self) -> int:
        """Records gone since the table was cleared: the oldest, and those that never arrived."""
        return self.model.trimmed_rows + self._feed.dropped_rows - self._dropped_before_clear

    @Slot()
    def refresh(self) -> None:
        model = self.model
        parts = [self.tr("{kept} kept").format(kept=count(model.kept_rows))]
        if model.is_filtered:
            parts.insert(0, self.tr("{shown} shown").format(shown=count(model.visible_rows)))
        parts.append(self.tr("{dropped} dropped").format(dropped=count(self.dropped_rows)))
        if self._actions["pause"].isChecked():
            parts.append(self.tr("paused, {waiting} waiting").format(waiting=count(self._feed.waiting_rows)))
        text = " · ".join(parts)
        if text != self._counts:
            self._counts = text
            self.counted.emit(text)
        self.table.show_hint(self._hint())

    def _hint(self) -> str:
        if self.model.visible_rows:
            return ""
        return (
            self.tr("No row passes the filter\nClear the field, or choose any status and any level.")
            if self.model.kept_rows
            else self._empty_hint
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        lists_px = self.statuses.sizeHint().width() + self.levels.sizeHint().width()
        gaps_px = SPACING_PX * (len(self._buttons) + 2)
        room_px = event.size().width() - lists_px - gaps_px - self.filter_field.minimumWidth()
        fit_words(self._buttons, room_px)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._lens.setIcon(make_icon("filter", self.palette()))


def _list_of(choices: tuple[tuple[str, frozenset], ...]) -> QComboBox:
    chooser = QComboBox()
    for text, chosen in choices:
        chooser.addItem(QCoreApplication.translate("LogView", text), chosen)
    chooser.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    chooser.setMinimumContentsLength(LIST_CHARACTERS)
    view = chooser.view()
    view.setMinimumWidth(view.sizeHintForColumn(0) + 2 * chooser.fontMetrics().averageCharWidth())
    return chooser
