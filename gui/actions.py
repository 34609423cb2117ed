"""Every action of the window, as data: name, menu, text, shortcut. Menus, buttons and shortcuts read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction, QKeySequence

from gui.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenuBar


class ActionSpec(NamedTuple):
    name: str
    text: str
    shortcut: str
    checkable: bool = False
    separated: bool = False
    """Stands below a line."""


MENUS: tuple[tuple[str, tuple[ActionSpec, ...]], ...] = (
    (QT_TRANSLATE_NOOP("Actions", "&File"), (
        ActionSpec("choose_folder", QT_TRANSLATE_NOOP("Actions", "Choose &folder…"), "Ctrl+O"),
        ActionSpec("more_settings", QT_TRANSLATE_NOOP("Actions", "&More settings…"), "Ctrl+M"),
        ActionSpec("users", QT_TRANSLATE_NOOP("Actions", "&Users…"), "Ctrl+U"),
        ActionSpec("saved_settings", QT_TRANSLATE_NOOP("Actions", "&Saved settings"), "", separated=True),
        ActionSpec("import_settings", QT_TRANSLATE_NOOP("Actions", "&Import settings…"), "Ctrl+Shift+O"),
        ActionSpec("export_settings", QT_TRANSLATE_NOOP("Actions", "&Export settings…"), "Ctrl+Shift+S"),
        ActionSpec("preferences", QT_TRANSLATE_NOOP("Actions", "P&references…"), "Ctrl+,"),
        ActionSpec("quit", QT_TRANSLATE_NOOP("Actions", "&Quit"), "Ctrl+Q", separated=True),
    )),
    (QT_TRANSLATE_NOOP("Actions", "&Server"), (
        ActionSpec("start", QT_TRANSLATE_NOOP("Actions", "St&art"), "F5"),
        ActionSpec("stop", QT_TRANSLATE_NOOP("Actions", "St&op"), "Shift+F5"),
        ActionSpec("restart", QT_TRANSLATE_NOOP("Actions", "&Restart"), "Ctrl+F5"),
        ActionSpec("open", QT_TRANSLATE_NOOP("Actions", "Open in &browser"), "Ctrl+B", separated=True),
        ActionSpec("copy_address", QT_TRANSLATE_NOOP("Actions", "&Copy address"), "Ctrl+Shift+C"),
        ActionSpec("share", QT_TRANSLATE_NOOP("Actions", "&QR code…"), "Ctrl+D"),
    )),
    (QT_TRANSLATE_NOOP("Actions", "&View"), (
        ActionSpec("show_settings", QT_TRANSLATE_NOOP("Actions", "Settin&gs"), "F9", checkable=True),
        ActionSpec("show_lower", QT_TRANSLATE_NOOP("Actions", "Pages &below the log"), "F8", checkable=True),
        ActionSpec("filter", QT_TRANSLATE_NOOP("Actions", "F&ilter"), "Ctrl+F", separated=True),
        ActionSpec("pause", QT_TRANSLATE_NOOP("Actions", "Pa&use"), "Ctrl+P", checkable=True),
        ActionSpec("follow", QT_TRANSLATE_NOOP("Actions", "Follow the &newest"), "Ctrl+End", checkable=True),
        ActionSpec("copy_rows", QT_TRANSLATE_NOOP("Actions", "Cop&y rows"), "Ctrl+C", separated=True),
        ActionSpec("export", QT_TRANSLATE_NOOP("Actions", "Export ro&ws…"), "Ctrl+S"),
        ActionSpec("clear", QT_TRANSLATE_NOOP("Actions", "Cl&ear"), "Ctrl+L"),
    )),
    (QT_TRANSLATE_NOOP("Actions", "E&xtras"), (
        ActionSpec("self_test", QT_TRANSLATE_NOOP("Actions", "Self-&test…"), "Ctrl+T"),
        ActionSpec("load_test", QT_TRANSLATE_NOOP("Actions", "&Load test…"), "Ctrl+Shift+T"),
    )),
    (QT_TRANSLATE_NOOP("Actions", "&Help"), (
        ActionSpec("about", QT_TRANSLATE_NOOP("Actions", "&About Spindle"), "F1"),
    )),
)  # fmt: skip


def translated(text: str) -> str:
    return QCoreApplication.translate("Actions", text)


def make_actions(owner: QObject) -> dict[str, QAction]:
    """All actions by name, not yet connected."""
    actions = {}
    for _, specs in MENUS:
        for spec in specs:
            action = QAction(translated(spec.text), owner)
            action.setObjectName(spec.name)
            action.setShortcut(QKeySequence(spec.shortcut))
            action.setCheckable(spec.checkable)
            actions[spec.name] = action
    return actions


def fill_menu_bar(bar: QMenuBar, actions: dict[str, QAction]) -> None:
    for title, specs in MENUS:
        menu = bar.addMenu(translated(title))
        for spec in specs:
            if spec.separated:
                menu.addSeparator()
            menu.addAction(actions[spec.name])
