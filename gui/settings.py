"""What the window remembers, in an INI file that people can read and ``server.py --config`` understands.

``[server]`` is spelled as the server's config file is, ``[window]`` is the window's own;
``saved_settings.py`` says what else there may be.
"""

from __future__ import annotations

import base64
import binascii
import configparser
import io
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gui.saved_settings import read_sections, write_sections
from server_core.errors import ConfigError
from server_core.sentence import Sentence

if TYPE_CHECKING:
    from gui.server_texts import Texts

WINDOW_SECTION = "window"
ON, OFF = "yes", "no"
RECENT_FOLDERS = 8
# Attributes that are lists, by their names in the file.
_LISTS = {"recent-folders": "recent_folders", "accepted-folders": "accepted_folders"}


@dataclass
class Settings:
    """Read once at the start, written at every start of the server and when the window closes. GUI thread."""

    path: Path
    server: dict[str, str] = field(default_factory=dict)
    """Texts by attribute name of Config, those included that the form doesn't show."""
    recent_folders: list[str] = field(default_factory=list)
    """The newest first."""
    window: dict[str, str] = field(default_factory=dict)
    """What else the window remembers, by names of lower-case letters and hyphens."""
    accepted_folders: list[str] = field(default_factory=list)
    """Risky ones that somebody has said yes to."""
    saved: dict[str, Texts] = field(default_factory=dict)
    """By name, in the order in which they were made."""
    notice: str = ""
    """A sentence for the person where the file was broken; never written."""

    @classmethod
    def load(cls, path: Path) -> Settings:
        """What ``path`` holds; a file that can't be understood is set aside, and ``notice`` says so."""
        if not path.exists():
            return cls(path)
        try:
            return _read(path)
        except (ConfigError, OSError) as error:
            why = error.problems[0].sentence if isinstance(error, ConfigError) else str(error)
            return cls(path, notice=_set_aside(path, why))

    def remember_folder(self, folder: str) -> None:
        others = [each for each in self.recent_folders if each != folder]
        self.recent_folders = [folder, *others][:RECENT_FOLDERS]

    def packed(self, name: str) -> bytes:
        """What Qt packed and :meth:`pack` kept; nothing where someone has edited it: not worth a notice."""
        try:
            return base64.b64decode(self.window.get(name, ""), validate=True)
        except (binascii.Error, ValueError):
            return b""

    def pack(self, name: str, state: bytes) -> None:
        self.window[name] = base64.b64encode(state).decode("ascii")

    def is_on(self, switch: str) -> bool:
        """A switch of the window; off until somebody turns it on."""
        return self.window.get(switch) == ON

    def turn(self, switch: str, on: bool) -> None:
        self.window[switch] = ON if on else OFF

    def save(self) -> None:
        """Write the file whole or not at all. Raises OSError."""
        parser = configparser.ConfigParser(interpolation=None)
        write_sections(parser, self.server, self.saved)
        parser[WINDOW_SECTION] = {
            **{name: _one_line(text) for name, text in self.window.items()},
            # A value may go on in indented lines; an empty first line keeps one folder a line.
            **{
                name: "".join(f"\n{_one_line(each)}" for each in getattr(self, kept))
                for name, kept in _LISTS.items()
            },
        }
        text = io.StringIO()
        parser.write(text)
        write_atomically(self.path, text.getvalue())


def _one_line(text: str) -> str:
    return " ".join(text.split("\n"))


def _read(path: Path) -> Settings:
    parser, server, saved = read_sections(path)
    window = dict(parser[WINDOW_SECTION]) if parser.has_section(WINDOW_SECTION) else {}
    settings = Settings(path, server, window=window, saved=saved)
    for name, kept in _LISTS.items():
        setattr(settings, kept, [line for line in window.pop(name, "").split("\n") if line.strip()])
    del settings.recent_folders[RECENT_FOLDERS:]
    return settings


def _set_aside(path: Path, why: str) -> Sentence:
    aside = path.with_suffix(".broken.ini")
    try:
        path.replace(aside)
    except OSError as error:
        return Sentence(
            "The settings can't be read: {why} {file} can't be renamed either: {error}.",
            why=why, file=path, error=error.strerror,
        )  # fmt: skip
    return Sentence(
        "The settings can't be read: {why} Spindle uses its defaults and keeps the old file as {aside}.",
        why=why, aside=aside,
    )  # fmt: skip


def write_atomically(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
