"""Where the window keeps its settings and its log."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from server_core.places import SAMPLE_SITE, is_portable, program_folder

SETTINGS_FILE = "spindle.ini"
ICON = SAMPLE_SITE / "icons" / "spindle.svg"


def _user_folder(windows_variable: str, xdg_variable: str, xdg_default: str) -> Path:
    if is_portable():
        return program_folder() / "data"
    if sys.platform == "win32":
        return Path(os.environ.get(windows_variable) or Path.home()) / "Spindle"
    # What is not absolute is to be ignored (XDG Base Directory Specification 0.8).
    named = os.environ.get(xdg_variable, "")
    return (Path(named) if Path(named).is_absolute() else Path.home() / xdg_default) / "spindle"


def settings_file() -> Path:
    return _user_folder("APPDATA", "XDG_CONFIG_HOME", ".config") / SETTINGS_FILE


def log_folder() -> Path:
    return _user_folder("LOCALAPPDATA", "XDG_STATE_HOME", ".local/state")
