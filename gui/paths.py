"""Where the window keeps its settings and its log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server_core.places import SAMPLE_SITE, settings_folder, user_folder

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS_FILE = "spindle.ini"
ICON = SAMPLE_SITE / "icons" / "spindle.ico"


def settings_file() -> Path:
    return settings_folder() / SETTINGS_FILE


def log_folder() -> Path:
    return user_folder("LOCALAPPDATA", "XDG_STATE_HOME", ".local/state")
