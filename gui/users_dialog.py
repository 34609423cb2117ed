"""Who may come, each with a password: the users file, added to and taken from without a command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDir, Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QVBoxLayout,
)

from gui.server_texts import DEFAULTS
from gui.theme import Tone, TonedLabel
from gui.translation import told
from server_core.access import warnings
from server_core.lifecycle import OFFERED
from server_core.users import add_user, list_users, remove_user

if TYPE_CHECKING:
    from gui.main_window import MainWindow

FIRST_NAME = "spindle-users.txt"


class UsersDialog(QDialog):
    """Writes the file that the form names, or one beside the window's own settings."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.setWindowTitle(self.tr("Users and passwords"))
        self.asks = QCheckBox(self.tr("As&k everyone for a name and a password"))
        self.list = QListWidget()
        self.name, self.password, self.again = QLineEdit(), QLineEdit(), QLineEdit()
        self.save_button = QPushButton()
        self.remove_button = QPushButton(self.tr("&Remove"))
        self._note = TonedLabel(Tone.MUTED, smaller=True)
        self._warning = TonedLabel(Tone.WARNING)
        self._lay_out()
        self.asks.clicked.connect(self._turn)
        self.list.currentItemChanged.connect(self._on_chosen)
        for editor in (self.name, self.password, self.again):
            editor.textChanged.connect(self._show_offers)
            editor.returnPressed.connect(self.save)
        self.save_button.clicked.connect(self.save)
        self.remove_button.clicked.connect(self.remove)
        window.form.checked.connect(self._show_state)
        self._show_users()
        self.resize(520, 440)

    def _lay_out(self) -> None:
        self.list.setAccessibleName(self.tr("Users"))
        grid = QGridLayout()
        grid.addWidget(self.list, 0, 0, 1, 2)
        grid.addWidget(self.remove_button, 0, 2, Qt.AlignmentFlag.AlignTop)
        rows = (
            (self.tr("&Name"), self.name),
            (self.tr("&Password"), self.password),
            (self.tr("The same a&gain"), self.again),
        )
        for row, (text, editor) in enumerate(rows, 1):
            label = QLabel(text)
            label.setBuddy(editor)
            editor.setAccessibleName(text.replace("&", ""))
            grid.addWidget(label, row, 0)
            grid.addWidget(editor, row, 1)
        for editor in (self.password, self.again):
            editor.setEchoMode(QLineEdit.EchoMode.Password)
        for button in (self.save_button, self.remove_button):
            button.setAutoDefault(False)
        grid.addWidget(self.save_button, len(rows), 2)
        grid.setRowStretch(0, 1)
        grid.setColumnStretch(1, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addWidget(self.asks)
        for label in (self._warning, self._note):
            label.setWordWrap(True)
        layout.addWidget(self._warning)
        layout.addLayout(grid, 1)
        layout.addWidget(self._note)
        layout.addWidget(buttons)

    @property
    def file(self) -> Path:
        """Where the users are kept."""
        named = self._window.form.texts().get("users", "").strip()
        own = self._window.settings.path.with_name(FIRST_NAME)
        return Path(named).expanduser().absolute() if named else own

    def refresh(self) -> None:
        """Show what may have changed elsewhere; the user who is marked stays so."""
        self._show_users(self.chosen())

    def _show_users(self, chosen: str = "") -> None:
        """Show the users as the file has them now, with ``chosen`` marked."""
        self.list.clear()
        try:
            self.list.addItems(list_users(self.file))
        except ValueError as error:
            self._note.show_text(told(str(error)), Tone.ERROR)
        else:
            shown = QDir.toNativeSeparators(str(self.file))
            self._note.show_text(
                self.tr("Kept in {path}, without the passwords.").format(path=shown), Tone.MUTED
            )
        for item in self.list.findItems(chosen, Qt.MatchFlag.MatchExactly):
            self.list.setCurrentItem(item)
        self._show_state()
        self._show_offers()

    @Slot()
    def _show_state(self) -> None:
        """The switch as the form has it, and what should be known of it."""
        form = self._window.form
        self.asks.setChecked(bool(form.texts().get("users")))
        self.asks.setEnabled("start" in OFFERED[self._window.controller.state])
        config = form.checked_config
        found = warnings(config) if config else []
        sentences = [told(each.sentence) for each in found if each.setting == "users"]
        self._warning.show_text(form.problem("users") or " ".join(sentences))

    def chosen(self) -> str:
        index = self.list.currentIndex()
        return str(index.data()) if index.isValid() else ""

    @Slot()
    def _on_chosen(self) -> None:
        if self.chosen():
            self.name.setText(self.chosen())
        self._show_offers()

    @Slot()
    def _show_offers(self) -> None:
        known = bool(self.list.findItems(self.name.text(), Qt.MatchFlag.MatchExactly))
        self.save_button.setText(self.tr("C&hange") if known else self.tr("&Add"))
        self.save_button.setEnabled(bool(self.name.text() and self.password.text()))
        self.remove_button.setEnabled(bool(self.chosen()))

    @Slot(bool)
    def _turn(self, on: bool) -> None:
        self._window.form.set_text("users", str(self.file) if on else DEFAULTS["users"])
        self._window.form.check()

    @Slot()
    def save(self) -> None:
        """Let the name come with the password; from the first one on everyone is asked."""
        name = self.name.text()
        if not self.save_button.isEnabled():
            return
        if self.password.text() != self.again.text():
            self._note.show_text(self.tr("The two passwords differ: type the same again."), Tone.ERROR)
            self.again.setFocus(Qt.FocusReason.OtherFocusReason)
            self.again.selectAll()
            return
        is_first = not self.list.count()
        QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)  # a hash takes some tenths of a second
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            add_user(self.file, name, self.password.text())
        except (ValueError, OSError) as error:
            self._note.show_text(told(str(error)), Tone.ERROR)
            return
        finally:
            QGuiApplication.restoreOverrideCursor()
        for editor in (self.name, self.password, self.again):
            editor.clear()
        if is_first and self.asks.isEnabled():
            self._turn(on=True)
        self._show_users()
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def remove(self) -> None:
        try:
            remove_user(self.file, self.chosen())
        except ValueError as error:
            self._note.show_text(told(str(error)), Tone.ERROR)
            return
        self._window.form.check()
        self._show_users()

    def note(self) -> str:
        return self._note.text()

    def warning(self) -> str:
        return self._warning.text()
