"""Every setting that has no field in the window: a page for each group of the table of settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from gui.flat_tabs import FlatTabBar
from gui.form_field import FormField
from gui.server_texts import DEFAULTS, NOT_IN_WINDOW, is_site
from gui.setting_editors import ChoiceEditor, FileEditor, LineEditor, SwitchEditor, make_editor
from gui.setting_texts import GROUPS, TEXTS, translated
from gui.theme import Tone, TonedLabel, keep_disabled_readable
from server_core.config import SETTINGS
from server_core.lifecycle import OFFERED
from server_core.settings import Group, Setting

if TYPE_CHECKING:
    from gui.config_form import ConfigForm
    from gui.main_window import MainWindow
    from gui.setting_editors import Editor

FIRST_SIZE_PX = (640, 600)
COLUMNS = 2


class SettingsPage(QScrollArea):
    """The fields of one group; short ones stand side by side."""

    def __init__(self, settings: list[Setting], form: ConfigForm) -> None:
        super().__init__()
        self._form = form
        self.editors: dict[str, Editor] = {}
        self.fields: dict[str, FormField] = {}
        self._note = TonedLabel(Tone.MUTED)
        self._note.setWordWrap(True)
        content = QWidget()
        self._grid = QGridLayout(content)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(14)
        for column in range(COLUMNS):
            self._grid.setColumnStretch(column, 1)
        self._grid.addWidget(self._note, 0, 0, 1, COLUMNS)
        for setting in settings:
            self._add(setting)
        self._grid.setRowStretch(self._grid.rowCount(), 1)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        self.setWidget(content)
        content.setAutoFillBackground(False)

    def _add(self, setting: Setting) -> None:
        text = TEXTS[setting.option]
        editor = make_editor(setting)
        field = FormField(translated(text.label), editor, translated(text.help), row=editor.row)
        editor.setObjectName(setting.name)
        editor.edited.connect(self._on_edited)
        self.editors[setting.name], self.fields[setting.name] = editor, field
        row, column = self._free_place()
        if isinstance(editor, (SwitchEditor, LineEditor, ChoiceEditor)) and not isinstance(
            editor, FileEditor
        ):
            self._grid.addWidget(field, row, column, Qt.AlignmentFlag.AlignTop)
        else:
            self._grid.addWidget(field, row + (column > 0), 0, 1, COLUMNS)

    def _free_place(self) -> tuple[int, int]:
        """Beside the last field where that is a short one, else below it."""
        row = self._grid.rowCount() - 1
        beside_is_free = row > 0 and self._grid.itemAtPosition(row, 1) is None
        return (row, 1) if beside_is_free else (row + 1, 0)

    @Slot()
    def _on_edited(self) -> None:
        name = self.sender().objectName()
        self._form.set_text(name, self.editors[name].value())

    def show_values(self) -> None:
        texts = {**DEFAULTS, **self._form.texts()}
        for name, editor in self.editors.items():
            editor.show_value(texts[name])

    def show_problems(self) -> None:
        for name, field in self.fields.items():
            field.show_error(self._form.problem(name))

    def note(self) -> str:
        """Why nothing can be changed; empty where it can."""
        return self._note.text()

    def fix(self, why: str) -> None:
        """Let nothing be changed, because of ``why``; empty: everything."""
        self._note.show_text(why)
        for field in self.fields.values():
            field.setEnabled(not why)


class MoreSettingsDialog(QDialog):
    """What is changed here holds at once, as in the form, which keeps and checks it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.setWindowTitle(self.tr("More settings"))
        self.tabs = QTabWidget()
        self.tabs.setTabBar(FlatTabBar())
        self.tabs.setDocumentMode(True)
        for named in (self.tabs, self.tabs.tabBar()):
            named.setAccessibleName(self.tr("Groups of settings"))
        self.pages: dict[Group, SettingsPage] = {}
        for group in Group:
            if settings := settings_of(group, window.form):
                self.pages[group] = SettingsPage(settings, window.form)
                self.tabs.addTab(self.pages[group], translated(GROUPS[group]))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(buttons)
        self.resize(*FIRST_SIZE_PX)
        keep_disabled_readable(self)
        window.form.checked.connect(self.refresh)
        window.form.replaced.connect(self.show_values)
        self.show_values()
        self.refresh()

    @Slot()
    def show_values(self) -> None:
        for page in self.pages.values():
            page.show_values()

    @Slot()
    def refresh(self) -> None:
        """Show what is wrong, and what may be changed now."""
        fixed = ""
        if "start" not in OFFERED[self._window.controller.state]:
            fixed = self.tr("Stop the server to change these.")
        idle = ""
        if not is_site(self._window.form.texts()):
            idle = self.tr("These belong to the Website profile: choose it in the window.")
        for group, page in self.pages.items():
            page.show_problems()
            page.fix(fixed or (idle if group is Group.SITE else ""))

    def show_setting(self, name: str) -> None:
        """Bring up the field of one setting; empty: leave the page that is shown."""
        for page in self.pages.values():
            if name in page.fields:
                self.tabs.setCurrentWidget(page)
                page.ensureWidgetVisible(page.fields[name])
                page.editors[name].setFocus(Qt.FocusReason.OtherFocusReason)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            keep_disabled_readable(self)


def settings_of(group: Group, form: ConfigForm) -> list[Setting]:
    """The settings of a group that the form has no field for."""
    return [
        setting
        for setting in SETTINGS
        if setting.group is group and not form.has_field(setting.name) and setting.name not in NOT_IN_WINDOW
    ]
