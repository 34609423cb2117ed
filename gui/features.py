"""What hangs on the window without being part of its layout: one class a feature, made once with the window.

A :class:`~gui.feature.Feature` takes the :class:`~gui.main_window.MainWindow` as its parent. It connects
the actions that it names in ``actions.py``, adds its page to ``window.lower_pane``, listens to
``window.controller`` and keeps what it remembers in ``window.settings.window``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.dialogs import LoadFeature, MoreSettingsFeature, SelfTestFeature, ShareFeature, UsersFeature
from gui.exporter import Exporter
from gui.inbox_view import InboxFeature
from gui.preferences_dialog import PreferencesFeature
from gui.row_menu import RowMenu
from gui.saved_settings_dialog import SavedSettingsFeature

if TYPE_CHECKING:
    from collections.abc import Callable

    from gui.feature import Feature
    from gui.main_window import MainWindow

FEATURES: tuple[Callable[[MainWindow], Feature], ...] = (
    RowMenu,
    Exporter,
    InboxFeature,
    ShareFeature,
    SelfTestFeature,
    LoadFeature,
    MoreSettingsFeature,
    UsersFeature,
    SavedSettingsFeature,
    PreferencesFeature,
)


def add_features(window: MainWindow) -> list[Feature]:
    """All of them, in the order in which their pages stand."""
    return [make(window) for make in FEATURES]
