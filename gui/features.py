"""What hangs on the window without being part of its layout: one class a feature, made once with the window.

A feature is a QObject that takes the :class:`~gui.main_window.MainWindow` as its parent. It connects the
actions that it names in ``actions.py``, adds its page to ``window.lower_pane``, listens to
``window.controller`` and keeps what it remembers in ``window.settings.window``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QObject

    from gui.main_window import MainWindow

FEATURES: tuple[Callable[[MainWindow], QObject], ...] = ()


def add_features(window: MainWindow) -> list[QObject]:
    """All of them, in the order in which their pages stand."""
    return [make(window) for make in FEATURES]
