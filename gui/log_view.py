"""The log as a person meets it: filter, choice of rows, pause, the table, and how many rows there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from gui.actions import ActionButton
from gui.log_filter import LogFilter
from gui.log_table import LogTable
from gui.numbers import count
from gui.theme import Tone, TonedLabel
from gui.translation import QT_TRANSLATE_NOOP
from server_core.events import ERROR, WARNING

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from gui.log_feed import LogFeed
    from gui.log_model import LogModel

# What the list beside the filter field offers.
CHOICES: tuple[tuple[str, LogFilter], ...] = (
    (QT_TRANSLATE_NOOP("LogView", "Everything"), LogFilter()),
    (QT_TRANSLATE_NOOP("LogView", "Warnings and errors"), LogFilter(levels=frozenset({WARNING, ERROR}))),
    (QT_TRANSLATE_NOOP("LogView", "2xx Success"), LogFilter(status_classes=frozenset({2}))),
    (QT_TRANSLATE_NOOP("LogView", "3xx Redirection"), LogFilter(status_classes=frozenset({3}))),
    (QT_TRANSLATE_NOOP("LogView", "4xx Client errors"), LogFilter(status_classes=frozenset({4}))),
    (QT_TRANSLATE_NOOP("LogView", "5xx Server errors"), LogFilter(status_classes=frozenset({5}))),
)

# Filtering 20,000 rows takes some 40 ms: not at every keystroke.
FILTER_AFTER_MS = 120


class LogView(QWidget):
    cleared = Signal()

    def __init__(self, model: LogModel, feed: LogFeed, actions: dict[str, QAction]) -> None:
        super().__init__()
        self._model = model
        self._feed = feed
        self._actions = actions
        self._dropped_before_clear = 0
        self._empty_hint = ""
        self.table = LogTable(model)
        self.filter_field = QLineEdit()
        self.choice = QComboBox()
        self._counts = TonedLabel(Tone.MUTED)
        self._follow_box = QCheckBox(actions["follow"].text())
        self._make_filter()
        self._lay_out()
        self._filter_timer = QTimer(self, singleShot=True, interval=FILTER_AFTER_MS)
        self._connect()
        self.refresh()

    def _make_filter(self) -> None:
        self.filter_field.setPlaceholderText(self.tr("Path, client, status, reason…"))
        self.filter_field.setClearButtonEnabled(True)
        self.filter_field.setAccessibleName(self.tr("Filter"))
        self.choice.setAccessibleName(self.tr("Rows shown"))
        for text, chosen in CHOICES:
            self.choice.addItem(QCoreApplication.translate("LogView", text), chosen)

    def _lay_out(self) -> None:
        label = QLabel(self.tr("F&ilter"))
        label.setBuddy(self.filter_field)
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(label)
        top.addWidget(self.filter_field, 1)
        top.addWidget(self.choice)
        top.addSpacing(6)
        top.addWidget(ActionButton(self._actions["pause"]))
        top.addWidget(ActionButton(self._actions["clear"]))
        bottom = QHBoxLayout()
        bottom.addWidget(self._counts, 1)
        bottom.addWidget(self._follow_box)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(top)
        layout.addWidget(self.table, 1)
        layout.addLayout(bottom)

    def _connect(self) -> None:
        self._feed.arrived.connect(self.table.append)
        self._feed.ticked.connect(self.refresh)
        self._model.changed.connect(self.refresh)
        self.filter_field.textChanged.connect(self._filter_timer.start)
        self._filter_timer.timeout.connect(self.apply_filter)
        self.choice.currentIndexChanged.connect(self.apply_filter)
        actions = self._actions
        actions["pause"].toggled.connect(self._feed.set_paused)
        actions["pause"].toggled.connect(self.refresh)
        self._follow_box.clicked.connect(actions["follow"].trigger)
        actions["follow"].toggled.connect(self._follow_box.setChecked)
        actions["follow"].setChecked(True)
        actions["follow"].triggered.connect(self.table.set_follow)
        self.table.follow_changed.connect(actions["follow"].setChecked)
        actions["copy_rows"].triggered.connect(self.table.copy_selected)
        actions["clear"].triggered.connect(self.clear)
        actions["filter"].triggered.connect(self._focus_filter)

    @Slot()
    def apply_filter(self) -> None:
        chosen: LogFilter = self.choice.currentData()
        text = self.filter_field.text()
        self._model.set_filter(LogFilter(text, chosen.status_classes, chosen.levels))
        if self.table.follow:
            self.table.set_follow(True)

    @Slot()
    def _focus_filter(self) -> None:
        self.filter_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter_field.selectAll()

    @Slot()
    def clear(self) -> None:
        self._dropped_before_clear = self._feed.dropped_rows
        self._model.clear()
        self.cleared.emit()

    def show_empty_hint(self, text: str) -> None:
        """What to say while there are no rows."""
        self._empty_hint = text
        self.refresh()

    def counts_text(self) -> str:
        return self._counts.text()

    @property
    def dropped_rows(self) -> int:
        """Records gone since the table was cleared: the oldest, and those that never arrived."""
        return self._model.trimmed_rows + self._feed.dropped_rows - self._dropped_before_clear

    @Slot()
    def refresh(self) -> None:
        model = self._model
        parts = [self.tr("{kept} kept").format(kept=count(model.kept_rows))]
        if model.is_filtered:
            parts.insert(0, self.tr("{shown} shown").format(shown=count(model.visible_rows)))
        parts.append(self.tr("{dropped} dropped").format(dropped=count(self.dropped_rows)))
        if self._actions["pause"].isChecked():
            parts.append(self.tr("paused, {waiting} waiting").format(waiting=count(self._feed.waiting_rows)))
        text = self.tr("Rows: {counts}").format(counts=" · ".join(parts))
        if text != self._counts.text():
            self._counts.show_text(text)
        self.table.show_hint(self._hint())

    def _hint(self) -> str:
        if self._model.visible_rows:
            return ""
        return self.tr("No row passes the filter.") if self._model.kept_rows else self._empty_hint
