"""Buttons that do what an action does and are enabled, checked, named and explained as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionToolButton,
    QToolButton,
)

from gui.icons import make_icon

if TYPE_CHECKING:
    from PySide6.QtGui import QAction, QResizeEvent

FULL = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
BARE = Qt.ToolButtonStyle.ToolButtonIconOnly
TEXT_GAP_PX = 8


class ActionButton(QPushButton):
    """For what one comes here to do."""

    def __init__(self, action: QAction) -> None:
        super().__init__()
        self.setAutoDefault(False)
        _Follower(self, action)


class QuietButton(QToolButton):
    """For what stands beside that: flat until the mouse is over it, and without words where room is short."""

    def __init__(self, action: QAction) -> None:
        super().__init__()
        self.setToolButtonStyle(FULL)
        self.setAutoRaise(True)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        _Follower(self, action)

    def sizeHint(self) -> QSize:
        return self._size_in(FULL)

    def minimumSizeHint(self) -> QSize:
        return self._size_in(BARE)

    def _size_in(self, style: Qt.ToolButtonStyle) -> QSize:
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        option.toolButtonStyle = style
        size = option.iconSize
        if style is FULL:
            text_px = self.fontMetrics().horizontalAdvance(self.text().replace("&", ""))
            size = QSize(
                size.width() + text_px + TEXT_GAP_PX, max(size.height(), self.fontMetrics().height())
            )
        return self.style().sizeFromContents(QStyle.ContentsType.CT_ToolButton, option, size, self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setToolButtonStyle(FULL if event.size().width() >= self.sizeHint().width() else BARE)


class _Follower(QObject):
    """Belongs to ``button``; keeps it like ``action``, and its icon in the palette's colours."""

    def __init__(self, button: QAbstractButton, action: QAction) -> None:
        super().__init__(button)
        self._button, self._action = button, action
        button.setCheckable(action.isCheckable())
        button.clicked.connect(action.trigger)
        action.changed.connect(self._on_changed)
        button.installEventFilter(self)
        self._set_icon()
        self._on_changed()

    @Slot()
    def _on_changed(self) -> None:
        button, action = self._button, self._action
        button.setText(action.text())
        button.setEnabled(action.isEnabled())
        button.setChecked(action.isChecked())
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        name = action.text().replace("&", "")
        button.setToolTip(f"{name} ({keys})" if keys else name)
        button.setAccessibleName(name)

    def _set_icon(self) -> None:
        self._button.setIcon(make_icon(self._action.objectName(), self._button.palette()))

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.PaletteChange:
            self._set_icon()
        return False
