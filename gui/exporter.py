"""Asks for a file and writes the rows to it, in a thread of its own: 20,000 rows take half a second."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from gui.feature import Feature
from gui.log_export import FORMS, export
from gui.numbers import count
from gui.theme import Tone

if TYPE_CHECKING:
    from gui.main_window import MainWindow
    from server_core.events import Event

FILE_NAME = "spindle-log.csv"


class Exporter(Feature):
    _ended = Signal(str, str)
    """What to say and, where it worked, the file."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        window.actions_by_name["export"].triggered.connect(self.ask)
        self._ended.connect(self._on_ended, Qt.ConnectionType.QueuedConnection)

    @Slot()
    def ask(self) -> None:
        dialog = QFileDialog(self.window, self.tr("Export the rows that are shown"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([self.tr("Table (*.csv)"), self.tr("JSON lines (*.jsonl)")])
        dialog.setDefaultSuffix("csv")
        dialog.filterSelected.connect(
            lambda chosen: dialog.setDefaultSuffix(chosen[chosen.rfind(".") + 1 : -1])
        )
        dialog.selectFile(FILE_NAME)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.write)
        dialog.open()

    @Slot(str)
    def write(self, name: str) -> None:
        """Write what the filter lets through now to the file ``name``, in the form that its suffix says."""
        path = Path(name)
        if path.suffix.lower() not in FORMS:
            path = path.with_name(f"{path.name}.csv")
        events = self.window.log.model.visible_events()
        threading.Thread(target=self._write, args=(events, path), name="Export", daemon=True).start()

    def _write(self, events: list[Event], path: Path) -> None:
        try:
            export(events, path)
        except OSError as error:
            text = self.tr("The rows can't be written to {path}: {why}. Choose another place.")
            self._ended.emit(text.format(path=path, why=error.strerror), "")
        else:
            text = self.tr("{count} rows are in {path}.")
            self._ended.emit(text.format(count=count(len(events)), path=path), str(path))

    @Slot(str, str)
    def _on_ended(self, text: str, file: str) -> None:
        banner = self.window.banner
        if not file:
            banner.show_notice(Tone.ERROR, text, self.tr("Choose a file…"), self.ask)
            return

        def open_folder() -> None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(file).parent)))

        banner.show_notice(Tone.GOOD, text, self.tr("Open the folder"), open_folder)
