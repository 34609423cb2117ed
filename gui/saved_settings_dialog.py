"""Saved settings: use some, save the form's, rename and delete; and the file that carries all of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDir, Qt, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QVBoxLayout,
)

from gui.feature import Feature
from gui.saved_settings import LONGEST_NAME, export_text, import_file, is_name
from gui.server_texts import DEFAULTS, Texts
from gui.theme import Tone, TonedLabel
from gui.translation import told
from server_core.errors import ConfigError
from server_core.lifecycle import OFFERED, State

if TYPE_CHECKING:
    from gui.main_window import MainWindow
    from gui.settings import Settings

FILES = "Spindle (*.ini)"
FIRST_NAME = "spindle-settings.ini"


class SavedSettingsDialog(QDialog):
    """Changes ``settings.saved``; the feature is told and writes the file."""

    def __init__(self, feature: SavedSettingsFeature) -> None:
        super().__init__(feature.window)
        self._feature = feature
        self._settings: Settings = feature.window.settings
        self.setWindowTitle(self.tr("Saved settings"))
        self.list = QListWidget()
        self.name = QLineEdit()
        self._note = TonedLabel(Tone.MUTED, smaller=True)
        self.use_button = QPushButton(self.tr("&Use"))
        self.save_button = QPushButton(self.tr("&Save"))
        self.rename_button = QPushButton(self.tr("&Rename"))
        self.delete_button = QPushButton(self.tr("&Delete"))
        self._lay_out()
        self.list.currentItemChanged.connect(self._on_chosen)
        self.list.itemActivated.connect(self.use)
        self.name.textChanged.connect(self._show_offers)
        self.use_button.clicked.connect(self.use)
        self.save_button.clicked.connect(self.save)
        self.rename_button.clicked.connect(self.rename)
        self.delete_button.clicked.connect(self.delete)
        self.refresh()
        self.resize(600, 380)

    def _lay_out(self) -> None:
        self.list.setAccessibleName(self.tr("Saved settings"))
        self.list.setSpacing(3)
        self.list.setWordWrap(True)
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setAccessibleName(self.tr("Name"))
        label = QLabel(self.tr("&Name"))
        label.setBuddy(self.name)
        self._note.setWordWrap(True)
        self._note.setText(self.tr("Save keeps the window's settings under this name."))
        grid = QGridLayout()
        grid.addWidget(self.list, 0, 0, 6, 1)
        side = (self.use_button, self.rename_button, self.delete_button)
        for row, button in enumerate(side):
            button.setAutoDefault(False)
            grid.addWidget(button, row, 1)
        grid.setRowStretch(5, 1)
        grid.addWidget(label, 6, 0)
        grid.addWidget(self.name, 7, 0)
        grid.addWidget(self.save_button, 7, 1)
        grid.addWidget(self._note, 8, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addLayout(grid, 1)
        layout.addWidget(buttons)

    def refresh(self, chosen: str = "") -> None:
        """Show what is saved now, with ``chosen`` marked."""
        self.list.clear()
        for name, texts in self._settings.saved.items():
            item = QListWidgetItem(f"{name}\n{self._summary(texts)}")
            item.setData(Qt.ItemDataRole.UserRole, name)
            self.list.addItem(item)
            if name == chosen:
                self.list.setCurrentItem(item)
        self._show_offers()

    def _summary(self, texts: Texts) -> str:
        shown = {**DEFAULTS, **texts}
        text = self.tr("{folder}, port {port}, {threads} threads, listening on {host}")
        folder = QDir.toNativeSeparators(shown["root"])
        return text.format(folder=folder, port=shown["port"], threads=shown["threads"], host=shown["host"])

    def chosen(self) -> str:
        """The name of those that are marked; empty where none is."""
        index = self.list.currentIndex()
        return str(index.data(Qt.ItemDataRole.UserRole)) if index.isValid() else ""

    @Slot()
    def _on_chosen(self) -> None:
        if self.chosen():
            self.name.setText(self.chosen())
        self._show_offers()

    @Slot()
    def _show_offers(self) -> None:
        name, chosen = self.name.text(), self.chosen()
        known = name in self._settings.saved
        self.use_button.setEnabled(bool(chosen) and self._feature.may_change)
        self.delete_button.setEnabled(bool(chosen))
        self.rename_button.setEnabled(bool(chosen) and is_name(name) and not known)
        self.save_button.setEnabled(is_name(name))
        self.save_button.setText(self.tr("&Save again") if known else self.tr("&Save"))

    @Slot()
    def use(self) -> None:
        if self._feature.may_change and self.chosen():
            self._feature.use(self.chosen())

    @Slot()
    def save(self) -> None:
        self._settings.saved[self.name.text()] = self._feature.window.form.texts()
        self._feature.changed()
        self.refresh(self.name.text())

    @Slot()
    def rename(self) -> None:
        old, new = self.chosen(), self.name.text()
        renamed = {new if name == old else name: texts for name, texts in self._settings.saved.items()}
        self._settings.saved = renamed
        self._feature.changed()
        self.refresh(new)

    @Slot()
    def delete(self) -> None:
        del self._settings.saved[self.chosen()]
        self._feature.changed()
        self.refresh()


class SavedSettingsFeature(Feature):
    """``File > Saved settings``, export and import. They can be used while the server does not run."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.dialog: SavedSettingsDialog | None = None
        self._menu = QMenu(window)
        self._group: QActionGroup | None = None
        actions = window.actions_by_name
        actions["saved_settings"].setMenu(self._menu)
        self._edit = QAction(self.tr("&Edit saved settings…"), self)
        self._edit.setShortcut("Ctrl+E")
        self._edit.triggered.connect(self.open)
        window.addAction(self._edit)
        self._menu.aboutToShow.connect(self._fill_menu)
        actions["export_settings"].triggered.connect(self.export)
        actions["import_settings"].triggered.connect(self.import_settings)
        window.controller.state_changed.connect(self._on_state)
        self._fill_menu()

    @property
    def may_change(self) -> bool:
        return "start" in OFFERED[self.window.controller.state]

    @Slot(object)
    def _on_state(self, _state: State) -> None:
        self.window.actions_by_name["import_settings"].setEnabled(self.may_change)
        if self.dialog is not None:
            self.dialog.refresh(self.dialog.chosen())

    @Slot()
    def _fill_menu(self) -> None:
        self._menu.clear()
        if self._group is not None:
            self._group.deleteLater()
        self._group = QActionGroup(self)
        now = self.window.form.texts()
        for name, texts in self.window.settings.saved.items():
            action = self._group.addAction(name.replace("&", "&&"))
            action.setData(name)
            action.setCheckable(True)
            action.setChecked({**DEFAULTS, **texts} == {**DEFAULTS, **now})
            action.setEnabled(self.may_change)
            self._menu.addAction(action)
        self._group.triggered.connect(self._on_picked)
        self._menu.addSeparator()
        self._menu.addAction(self._edit)

    @Slot(QAction)
    def _on_picked(self, action: QAction) -> None:
        self.use(action.data())

    def use(self, name: str) -> None:
        """Fill the form from what is saved under ``name``."""
        self.window.form.set_texts(self.window.settings.saved[name])

    def changed(self) -> None:
        self.window.remember()
        self._fill_menu()

    @Slot()
    def open(self) -> None:
        if self.dialog is None:
            self.dialog = SavedSettingsDialog(self)
        self.dialog.refresh()
        self.dialog.show()
        self.dialog.activateWindow()

    # --- to and from a file ---

    @Slot()
    def export(self) -> None:
        start = str(Path.home() / FIRST_NAME)
        name, _ = QFileDialog.getSaveFileName(self.window, self.tr("Export settings"), start, FILES)
        if not name:
            return
        text = export_text(self.window.form.texts(), self.window.settings.saved)
        try:
            Path(name).write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            sentence = self.tr("The settings can't be exported to {path}: {why}. Choose another place.")
            self._say(Tone.ERROR, sentence.format(path=name, why=error.strerror))
        else:
            sentence = self.tr("Exported to {path}. `server.py --config` reads this file as well.")
            self._say(Tone.GOOD, sentence.format(path=name))

    @Slot()
    def import_settings(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self.window, self.tr("Import settings"), str(Path.home()), FILES
        )
        if not name:
            return
        try:
            server, saved = import_file(Path(name))
        except ConfigError as error:
            self._say(Tone.ERROR, " ".join(told(each.sentence) for each in error.problems))
            return
        self.window.settings.saved.update(saved)
        self.window.form.set_texts(server)
        self.changed()
        sentence = self.tr("Imported from {path}: the settings, and saved ones: {count}.")
        self._say(Tone.GOOD, sentence.format(path=name, count=len(saved)))

    def _say(self, tone: Tone, text: str) -> None:
        self.window.banner.show_notice(tone, text)
