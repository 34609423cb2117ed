"""What every feature of the window can be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from server_core.lifecycle import State

if TYPE_CHECKING:
    from gui.main_window import MainWindow


class Feature(QObject):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window

    def remember(self) -> None:
        """Put what is to be remembered into ``window.settings``, which are about to be written."""

    def end(self) -> None:
        """End threads and processes: the window has closed. Within a second or two."""


class ServingFeature(Feature):
    """One whose action is offered while the server runs."""

    ACTION = ""
    """Its name in actions.py."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._action = window.actions_by_name[self.ACTION]
        self._action.triggered.connect(self.open)
        window.controller.state_changed.connect(self.follow)
        self.follow(window.controller.state)

    @Slot()
    def open(self) -> None:
        """Show the dialog."""
        raise NotImplementedError

    @Slot(object)
    def follow(self, state: State) -> None:
        """The server is in another state."""
        self._action.setEnabled(state is State.RUNNING)
