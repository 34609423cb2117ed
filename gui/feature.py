"""What every feature of the window can be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Slot

from server_core.lifecycle import State

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog

    from gui.main_window import MainWindow


class Feature(QObject):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window

    def remember(self) -> None:
        """Put what is to be remembered into ``window.settings``, which are about to be written."""

    def end(self) -> None:
        """End threads and processes: the window has closed. Within a second or two."""


class DialogFeature(Feature):
    """An action that opens a dialog, which follows the server from then on. One dialog, kept with its fields
    while the window lives.

    The dialog's module is loaded when it is opened first: the window is shown without the dialogs and all
    that they need.
    """

    ACTION = ""
    """Its name in actions.py."""
    WHILE_SERVING = False
    """Whether it is offered only then."""
    dialog: Any = None

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._action = window.actions_by_name[self.ACTION]
        self._action.triggered.connect(self.open)
        window.controller.state_changed.connect(self.follow)
        self.follow(window.controller.state)

    def make(self) -> QDialog:
        """The dialog, which has a ``refresh()`` that shows how the server is now. The place to import it."""
        raise NotImplementedError

    @Slot()
    def open(self) -> None:
        if self.dialog is None:
            self.dialog = self.make()
        self.dialog.refresh()
        self.dialog.show()
        self.dialog.activateWindow()

    @Slot(object)
    def follow(self, state: State) -> None:
        """The server is in another state."""
        if self.WHILE_SERVING:
            self._action.setEnabled(state is State.RUNNING)
        if self.dialog is not None:
            self.dialog.refresh()
