"""Starting with the person's session: one readable file where the system looks for such. No registry.

Windows runs what lies in the Startup folder; desktops on Linux read ``autostart/*.desktop`` (XDG Desktop
Application Autostart Specification).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from server_core.places import is_packaged, program_folder

# Serve at once, and without a window where there is a tray.
ARGUMENTS = ("--start", "--tray")
_STARTUP = Path("Microsoft", "Windows", "Start Menu", "Programs", "Startup")


def command() -> list[str]:
    """What starts this program in :func:`program_folder`."""
    if is_packaged():
        return [sys.executable, *ARGUMENTS]
    program = Path(sys.executable)
    windowless = program.with_name("pythonw.exe")
    return [str(windowless if windowless.exists() else program), "-m", "gui", *ARGUMENTS]


def file() -> Path:
    """The file whose existence is the setting."""
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home()) / _STARTUP / "Spindle.cmd"
    named = os.environ.get("XDG_CONFIG_HOME", "")
    folder = Path(named) if Path(named).is_absolute() else Path.home() / ".config"
    return folder / "autostart" / "spindle.desktop"


def is_on() -> bool:
    return file().exists()


def turn(on: bool) -> None:
    """Write or remove the file. Raises OSError."""
    target = file()
    if not on:
        target.unlink(missing_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    text = windows_text if sys.platform == "win32" else desktop_text
    target.write_bytes(text(command(), program_folder()).encode("utf-8"))


def windows_text(words: list[str], folder: Path) -> str:
    """A batch file. In it only the percent sign means something inside quotes; file names have no quotes."""
    quoted = " ".join(f'"{word}"' for word in words)
    lines = ["@echo off", "chcp 65001 >nul", f'cd /d "{folder}"', f'start "" {quoted}']
    return "".join(line.replace("%", "%%") + "\r\n" for line in lines)


def desktop_text(words: list[str], folder: Path) -> str:
    """A desktop entry (Desktop Entry Specification 1.5, "The Exec key")."""
    lines = [
        "[Desktop Entry]",
        "Type=Application",
        "Name=Spindle",
        "Icon=spindle",
        f"Path={_escaped(str(folder))}",
        f"Exec={' '.join(map(_exec_word, words))}",
    ]
    return "\n".join(lines) + "\n"


def _exec_word(word: str) -> str:
    for special in '\\"`$':
        word = word.replace(special, "\\" + special)
    return _escaped(f'"{word}"'.replace("%", "%%"))


def _escaped(value: str) -> str:
    """A value of type string: what reads it takes one backslash of two away."""
    return value.replace("\\", "\\\\")
