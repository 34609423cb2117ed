"""The inbox: JSON and files as they come, the text of the chosen one, and what can be done with it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QDir, QEvent, QItemSelectionModel, QProcess, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from gui.commands import curl, powershell, upload_of
from gui.feature import Feature
from gui.icons import make_icon
from gui.inbox_model import ICONS, PLAIN, UPLOADS, InboxModel, Item, item_of
from gui.inbox_reader import InboxReader, Listing, Reading
from gui.numbers import count, size
from gui.theme import Tone, TonedLabel
from gui.workspace import FIRST_SIZE_PX, GAP_PX
from server_core.events import Event
from server_core.lifecycle import State

if TYPE_CHECKING:
    from pathlib import Path

    from gui.main_window import MainWindow
    from server_core.events import Record


class InboxView(QWidget):
    """Knows uploads and their files; the feature tells it of both."""

    def __init__(self) -> None:
        super().__init__()
        self._url = ""
        self._receives = False
        self.root: Path | None = None
        self.model = InboxModel()
        self._reader = InboxReader(self)
        self.table = QTableView()
        self.text = QPlainTextEdit()
        self._note = TonedLabel(Tone.MUTED)
        self.path_field = QLineEdit()
        self.folder_button = QPushButton(self.tr("Open folder"))
        self.copy_button = QPushButton(self.tr("Copy text"))
        self.curl_button = QPushButton(self.tr("Copy as curl"))
        self.powershell_button = QPushButton(self.tr("Copy as PowerShell"))
        self._make_table()
        self._make_text()
        self._lay_out()
        self._connect()
        self._draw_icons()
        self._show_nothing()

    def _make_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setAccessibleName(self.tr("Uploads"))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().height() * 1.5))
        table.horizontalHeader().setStretchLastSection(True)
        table.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        table.horizontalHeader().setHighlightSections(False)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        samples = (
            "a photo of the summer.jpeg",
            "0000-00-00 00:00:00",
            "0,000.0 kB ",
            "000.000.000.000:00000",
        )
        for column, sample in enumerate(samples):
            table.setColumnWidth(column, self.fontMetrics().horizontalAdvance(sample + "xx"))

    def _make_text(self) -> None:
        self.text.setReadOnly(True)
        self.text.setAccessibleName(self.tr("Text of the upload"))
        self.text.setTabChangesFocus(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        # A field and no label: a long path must not widen the window, and all of it can be read and copied.
        self.path_field.setReadOnly(True)
        self.path_field.setFrame(False)
        self.path_field.setAccessibleName(self.tr("Saved as"))
        palette = self.path_field.palette()
        palette.setBrush(QPalette.ColorRole.Base, Qt.BrushStyle.NoBrush)
        self.path_field.setPalette(palette)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for button in self._buttons():
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch(1)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        above = QHBoxLayout()
        above.setSpacing(12)
        above.addWidget(self.path_field, 1)
        above.addWidget(self._note)
        column.addLayout(above)
        column.addWidget(self.text, 1)
        column.addLayout(buttons)
        splitter = QSplitter()
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(GAP_PX)
        splitter.addWidget(self.table)
        splitter.addWidget(right)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([self.table.horizontalHeader().length() + 2 * GAP_PX, FIRST_SIZE_PX[0]])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addWidget(splitter)

    def _buttons(self) -> tuple[QPushButton, ...]:
        return (self.folder_button, self.copy_button, self.curl_button, self.powershell_button)

    def _connect(self) -> None:
        self.table.selectionModel().currentRowChanged.connect(self._on_chosen)
        self.model.rowsInserted.connect(self._show_nothing)
        self.model.modelReset.connect(self._show_nothing)
        self._reader.was_read.connect(self._show_reading)
        self._reader.was_listed.connect(self._on_listed)
        self.folder_button.clicked.connect(self.open_folder)
        self.copy_button.clicked.connect(self.copy)
        self.curl_button.clicked.connect(self.copy_curl)
        self.powershell_button.clicked.connect(self.copy_powershell)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_icons()

    def _draw_icons(self) -> None:
        self.model.set_icons({name: make_icon(name, self.palette()) for name in {*ICONS.values(), PLAIN}})

    # --- what it is told ---

    def set_server(self, root: Path, url: str, *, receives: bool) -> None:
        """Where uploads are saved and where they can be repeated, and whether that are files too; another
        folder begins anew.
        """
        self._url = url
        self._receives = receives
        if root != self.root:
            self.root = root
            self.model.clear()
            self._reader.list_folder(root)
        self._show_nothing()

    def add(self, items: list[Item]) -> None:
        """Uploads that have just come, the oldest first. The newest is shown while nobody has chosen one."""
        follows = self.table.currentIndex().row() <= 0
        self.model.add(items)
        if follows and self.model.rowCount():
            self.table.selectionModel().setCurrentIndex(
                self.model.index(0, 0),
                QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows,
            )

    def end(self) -> None:
        self._reader.end()

    @Slot(object)
    def _on_listed(self, listing: Listing) -> None:
        if listing.root == self.root:
            self.model.add_older(listing.items)
            self._show_nothing()

    # --- what is shown ---

    def chosen(self) -> Item | None:
        row = self.table.currentIndex().row()
        return self.model.item(row) if row >= 0 else None

    @Slot()
    def _on_chosen(self) -> None:
        item = self.chosen()
        if item is None:
            self._show_nothing()
            return
        self.path_field.setText(QDir.toNativeSeparators(str(item.file)))
        self.path_field.show()
        self._reader.read(item)
        self.folder_button.setEnabled(True)
        self.copy_button.setEnabled(False)  # until there is something to copy
        for button in (self.curl_button, self.powershell_button):
            button.setEnabled(item.is_json)

    @Slot()
    def _show_nothing(self) -> None:
        if self.chosen() is not None:
            return
        self.text.clear()
        self.path_field.hide()
        for button in self._buttons():
            button.setEnabled(False)
        self.folder_button.setEnabled(self.root is not None)
        if self.model.rowCount():
            text = self.tr("Choose an upload to read it.")
        elif self._url:
            text = self.tr("No upload yet. Send JSON to {url}.")
            if self._receives:
                text = self.tr("No upload yet. Open {url} and send files.")
            text = text.format(url=f"{self._url}upload")
        else:
            text = self.tr("What is sent to /upload appears here while the server runs.")
        self._note.show_text(text, Tone.MUTED)

    @Slot(object)
    def _show_reading(self, reading: Reading) -> None:
        item = self.chosen()
        if item is None or item.file != reading.file:
            return  # meanwhile another one was chosen
        self.copy_button.setEnabled(reading.is_text and not reading.error)
        self.text.setPlainText(reading.text)
        if not reading.error:
            self.model.set_size(reading.file, reading.size_bytes)
        if not reading.is_text:
            text = self.tr("{type}, {size}. It is not opened here.")
            self._note.show_text(text.format(type=item.media_type, size=size(reading.size_bytes)), Tone.MUTED)
        elif reading.error:
            text = self.tr("The file can't be read any more: {why}.").format(why=reading.error)
            self._note.show_text(text, Tone.ERROR)
        elif reading.is_cut:
            text = self.tr("{size}, too large to show: this is its beginning.")
            self._note.show_text(text.format(size=size(reading.size_bytes)), Tone.WARNING)
        else:
            text = self.tr("{lines} lines, {size}").format(
                lines=count(self.text.blockCount()), size=size(reading.size_bytes)
            )
            self._note.show_text(text, Tone.MUTED)

    # --- what can be done ---

    @Slot()
    def open_folder(self) -> None:
        item = self.chosen()
        if item is not None and show_in_folder(item.file):
            return
        if self.root is not None:
            folder = self.root / UPLOADS
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder if folder.is_dir() else self.root)))

    @Slot()
    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())

    @Slot()
    def copy_curl(self) -> None:
        if item := self.chosen():
            QGuiApplication.clipboard().setText(curl(upload_of(self._url, item.file)))

    @Slot()
    def copy_powershell(self) -> None:
        if item := self.chosen():
            QGuiApplication.clipboard().setText(powershell(upload_of(self._url, item.file)))


def show_in_folder(file: Path) -> bool:
    """Open the file's folder with the file marked, where the system knows how; whether it was done. A comma
    would end the name for Explorer.
    """
    if sys.platform != "win32" or "," in str(file) or not file.is_file():
        return False
    return QProcess.startDetached("explorer.exe", ["/select,", QDir.toNativeSeparators(str(file))])[0]


class InboxFeature(Feature):
    """The page ``Inbox`` of the lower pane, fed from the log."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.view = InboxView()
        window.lower_pane.addTab(self.view, self.tr("Inbox"))
        window.controller.state_changed.connect(self._on_state)
        window.feed.arrived.connect(self._on_arrived)

    @Slot(object)
    def _on_state(self, state: State) -> None:
        config = self.window.controller.config
        if state is State.RUNNING and config is not None:
            self.view.set_server(config.root, self.window.controller.url, receives=config.receive_files)

    @Slot(object)
    def _on_arrived(self, records: list[Record]) -> None:
        root = self.view.root
        if root is None:
            return
        events = [record for record in records if isinstance(record, Event)]  # no other is of an upload
        if items := [item for event in events if (item := item_of(event, root))]:
            self.view.add(items)

    def end(self) -> None:
        self.view.end()
