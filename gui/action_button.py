"""Buttons that do what an action does and are enabled, checked, named and explained as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QPushButton,
    QSizePolicy,
    QToolButton,
)

from gui.icons import make_icon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

# What styles put around the icon of a flat button, at most.
BARE_PADDING_PX = 12


class ActionButton(QPushButton):
    """For what one comes here to do."""

    def __init__(self, action: QAction) -> None:
        super().__init__()
        self.setAutoDefault(False)
        _Follower(self, action)


class QuietButton(QToolButton):
    """For what stands beside that: flat until the mouse is over it."""

    def __init__(self, action: QAction) -> None:
        super().__init__()
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setAutoRaise(True)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        _Follower(self, action)
        self._full_px = self.sizeHint().width()

    @property
    def full_px(self) -> int:
        """How wide it is with its word."""
        if self.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonTextBesideIcon:
            self._full_px = self.sizeHint().width()
        return self._full_px

    @property
    def bare_px(self) -> int:
        """How wide it is without it."""
        return self.iconSize().width() + BARE_PADDING_PX

    def minimumSizeHint(self) -> QSize:
        # Else the word would keep its window from getting so small that it has to go.
        return QSize(self.iconSize().width(), self.sizeHint().height())

    def show_word(self, shown: bool) -> None:
        """Where room is short the icon alone stands; the word is in the tool tip."""
        styles = Qt.ToolButtonStyle
        self.setToolButtonStyle(styles.ToolButtonTextBesideIcon if shown else styles.ToolButtonIconOnly)


def fit_words(buttons: Sequence[QuietButton], room_px: int) -> None:
    """Show the words of as many ``buttons`` as fit into ``room_px``, the first ones before the others."""
    worded = len(buttons)
    while worded and _width_px(buttons, worded) > room_px:
        worded -= 1
    for place, button in enumerate(buttons):
        button.show_word(place < worded)


def _width_px(buttons: Sequence[QuietButton], worded: int) -> int:
    full_px = sum(button.full_px for button in buttons[:worded])
    return full_px + sum(button.bare_px for button in buttons[worded:])


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
