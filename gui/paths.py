"""Where things are: settings, logs, the document root. A marker file beside the program makes it portable."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from server_core.config import SAMPLE_SITE

PORTABLE_MARKER = "spindle-portable"
SETTINGS_FILE = "spindle.ini"
ICON = SAMPLE_SITE / "icons" / "spindle.svg"
SITE_FOLDER = "Spindle site"


def program_folder() -> Path:
    """The folder of the packaged program, or the one that holds the sources."""
    if getattr(sys, "frozen", False):
        return Path(sys.executable).resolve().parent
    return Path(__file__).resolve().parent.parent


def is_portable() -> bool:
    return (program_folder() / PORTABLE_MARKER).exists()


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


def default_root() -> Path:
    """The folder offered at first: the sample site, as a writable copy where the program is packaged."""
    if not getattr(sys, "frozen", False):
        return SAMPLE_SITE
    return copy_sample_site(program_folder() / SITE_FOLDER if is_portable() else _documents() / SITE_FOLDER)


def copy_sample_site(target: Path) -> Path:
    """``target``, the sample site copied there unless it exists, whole or not at all; else its source."""
    if target.is_dir():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".spindle-") as scratch:
            copy = Path(scratch) / target.name
            shutil.copytree(SAMPLE_SITE, copy, ignore=_not_part_of_the_site)
            (copy / "uploads").mkdir(exist_ok=True)
            copy.rename(target)
    except OSError:
        return target if target.is_dir() else SAMPLE_SITE
    return target


def _not_part_of_the_site(folder: str, names: list[str]) -> list[str]:
    at_top = Path(folder) == SAMPLE_SITE
    return [name for name in names if (at_top and name == "icons") or name.startswith((".", "upload_"))]


def _documents() -> Path:
    from PySide6.QtCore import (
        QStandardPaths,  # knows a Documents folder that was moved, for example to OneDrive
    )

    return Path(
        QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation) or Path.home()
    )
