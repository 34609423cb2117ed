"""Named profiles: the settings of a server under a name, and the file that carries them elsewhere.

``server.py --config`` reads an exported file as well: ``[server]`` is what was in the form, each
``[profile NAME]`` one of the others.
"""

from __future__ import annotations

import configparser
import io
from typing import TYPE_CHECKING

from server_core.config import CONFIG_SECTION, SETTINGS, read_config_file
from server_core.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PREFIX = "profile "
LONGEST_NAME = 60

Texts = dict[str, str]
"""Settings of a server by attribute name of Config."""


def is_name(name: str) -> bool:
    """Whether a profile can have this name: it becomes a section's title in an INI file."""
    plain = all(character.isprintable() and character not in "[]" for character in name)
    return plain and name == name.strip() and 0 < len(name) <= LONGEST_NAME


def to_section(texts: Mapping[str, str]) -> dict[str, str]:
    """``texts`` as a section of an INI file, in the order of the settings. Line breaks stay only where they
    part values: there a value goes on in indented lines.
    """
    return {
        setting.option: ("\n" if setting.separator == "\n" else " ").join(_lines(texts[setting.name]))
        for setting in SETTINGS
        if setting.name in texts
    }


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def from_sections(parser: configparser.ConfigParser) -> dict[str, Texts]:
    """Every profile in the file by its name. Settings that this version doesn't know are left out."""
    known = {setting.option: setting.name for setting in SETTINGS}
    return {
        section.removeprefix(PREFIX): {
            known[option]: text for option, text in parser[section].items() if option in known
        }
        for section in parser.sections()
        if section.startswith(PREFIX) and is_name(section.removeprefix(PREFIX))
    }


def export_text(server: Mapping[str, str], profiles: Mapping[str, Texts]) -> str:
    """The content of a file with ``server`` and all ``profiles``."""
    parser = configparser.ConfigParser(interpolation=None)
    parser[CONFIG_SECTION] = to_section(server)
    for name, texts in profiles.items():
        parser[PREFIX + name] = to_section(texts)
    text = io.StringIO()
    parser.write(text)
    return text.getvalue()


def import_file(path: Path) -> tuple[Texts, dict[str, Texts]]:
    """What :func:`export_text` wrote: the server's settings and the profiles. Raises ConfigError."""
    server = read_config_file(path)
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:  # it could be read a moment ago
        raise ConfigError((Problem("config", f"The file {path} can't be read: {error}."),)) from None
    return server, from_sections(parser)
