"""What every feature of the window can be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

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
