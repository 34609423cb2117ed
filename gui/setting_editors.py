"""An editor for each kind of setting, as its metavar in the table tells: what the command line is given is
what is edited here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from gui.server_texts import DEFAULTS
from gui.setting_texts import TEXTS, translated

if TYPE_CHECKING:
    from typing import TypeAlias

    from server_core.settings import Setting

LIST_LINES = 3
# Files that the server makes; all others must be there.
MADE_BY_SERVER = frozenset({"log_file"})


class SwitchEditor(QCheckBox):
    edited = Signal()

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.row: QWidget = self
        self._setting = setting
        self.clicked.connect(self.edited)

    def value(self) -> str:
        return "yes" if self.isChecked() else "no"

    def show_value(self, text: str) -> None:
        try:
            self.setChecked(self._setting.read(text))
        except ValueError:
            self.setChecked(False)


class LineEditor(QLineEdit):
    """Empty means the default, which stands there in grey."""

    edited = Signal()

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.row: QWidget = self
        self._default = DEFAULTS[setting.name]
        self.setPlaceholderText(self._default)
        self.textEdited.connect(self.edited)

    def value(self) -> str:
        return self.text().strip() or self._default

    def show_value(self, text: str) -> None:
        self.setText("" if text == self._default else text)


class FileEditor(LineEditor):
    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._setting = setting
        self.browse_button = QPushButton(QCoreApplication.translate("Settings", "Browse…"))
        self.browse_button.setAutoDefault(False)
        self.browse_button.clicked.connect(self._browse)
        self.row = QWidget()
        row = QHBoxLayout(self.row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self, 1)
        row.addWidget(self.browse_button)

    @Slot()
    def _browse(self) -> None:
        title = translated(TEXTS[self._setting.option].label)
        if self._setting.name in MADE_BY_SERVER:
            adds = QFileDialog.Option.DontConfirmOverwrite  # to what is there
            name, _ = QFileDialog.getSaveFileName(self, title, self.text(), "", "", adds)
        else:
            name, _ = QFileDialog.getOpenFileName(self, title, self.text())
        if name:
            self.setText(name)
            self.edited.emit()


class ChoiceEditor(QComboBox):
    """The words of the metavar; one in capitals there stands for what people write themselves."""

    edited = Signal()

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.row: QWidget = self
        given = setting.metavar.split("|")
        words = [word for word in given if not word.isupper()]
        names = TEXTS[setting.option].words
        self.setEditable(len(words) < len(given))
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        for word in words if DEFAULTS[setting.name] in words else [DEFAULTS[setting.name], *words]:
            self.addItem(translated(names.get(word, word)), word)
        self.activated.connect(self.edited)
        if line_edit := self.lineEdit():
            line_edit.textEdited.connect(self.edited)

    def value(self) -> str:
        number = self.findText(self.currentText()) if self.isEditable() else self.currentIndex()
        return str(self.itemData(number)) if number >= 0 else self.currentText().strip()

    def show_value(self, text: str) -> None:
        number = self.findData(text)
        if number < 0 and not self.isEditable():
            self.addItem(text, text)  # a wrong one, from an edited file: to be seen and explained
            number = self.count() - 1
        self.setCurrentIndex(number)
        if number < 0:
            self.setEditText(text)


class ListEditor(QPlainTextEdit):
    """One value a line."""

    edited = Signal()

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.row: QWidget = self
        self._setting = setting
        self._shown = ""
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        frame_px = 2 * (self.frameWidth() + int(self.document().documentMargin()))
        self.setFixedHeight(self.fontMetrics().lineSpacing() * LIST_LINES + frame_px)
        self.textChanged.connect(self._on_changed)

    @Slot()
    def _on_changed(self) -> None:
        if self.toPlainText() != self._shown:
            self._shown = self.toPlainText()
            self.edited.emit()

    def value(self) -> str:
        lines = (line.strip() for line in self.toPlainText().splitlines())
        return self._setting.separator.join(line for line in lines if line)

    def show_value(self, text: str) -> None:
        try:
            values = self._setting.read(text)
        except ValueError:
            values = text.split(self._setting.separator)
        self._shown = "\n".join(values)
        self.setPlainText(self._shown)


if TYPE_CHECKING:
    Editor: TypeAlias = SwitchEditor | LineEditor | ChoiceEditor | ListEditor


def make_editor(setting: Setting) -> Editor:
    if not setting.metavar:
        return SwitchEditor(setting)
    if setting.repeatable:
        return ListEditor(setting)
    if "|" in setting.metavar:
        return ChoiceEditor(setting)
    return FileEditor(setting) if setting.metavar == "FILE" else LineEditor(setting)
