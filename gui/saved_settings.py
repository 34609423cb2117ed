"""Settings of a server that are saved under a name, and the file that carries them elsewhere.

``server.py --config`` reads such a file as well: ``[server]`` is what was in the form, ``[website]`` what
waits for that profile, each ``[saved NAME]`` other settings.
"""

from __future__ import annotations

import configparser
import io
from typing import TYPE_CHECKING

from gui.server_texts import SITE, Texts, holding, waiting
from server_core.config import SETTINGS
from server_core.config_file import CONFIG_SECTION, read_config_file
from server_core.errors import ConfigError
from server_core.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

WAITING_SECTION = "website"
PREFIX = "saved "
LONGEST_NAME = 60


def is_name(name: str) -> bool:
    """Whether settings can be saved under this name: it becomes a section's title in an INI file."""
    plain = all(character.isprintable() and character not in "[]" for character in name)
    return plain and name == name.strip() and 0 < len(name) <= LONGEST_NAME


def write_sections(
    parser: configparser.ConfigParser, server: Mapping[str, str], saved: Mapping[str, Texts]
) -> None:
    """Put the settings of the form and all that are saved into ``parser``."""
    parser[CONFIG_SECTION] = _to_section(holding(server))
    if waits := waiting(server):
        parser[WAITING_SECTION] = _to_section(waits)
    for name, texts in saved.items():
        parser[PREFIX + name] = _to_section(texts)


def _to_section(texts: Mapping[str, str]) -> dict[str, str]:
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


def read_sections(path: Path) -> tuple[configparser.ConfigParser, Texts, dict[str, Texts]]:
    """The file ``path``, and what :func:`write_sections` put into it. What this version doesn't know of
    settings that are saved is left out. Raises ConfigError.
    """
    server = read_config_file(path)
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:  # it could be read a moment ago
        raise ConfigError.of(
            "config", Sentence("The file {file} can't be read: {why}.", file=path, why=error)
        ) from None
    waits = _from_section(parser, WAITING_SECTION) if parser.has_section(WAITING_SECTION) else {}
    kept = {name: text for name, text in waits.items() if name in SITE}
    return parser, {**kept, **server}, from_sections(parser)


def _from_section(parser: configparser.ConfigParser, section: str) -> Texts:
    known = {setting.option: setting.name for setting in SETTINGS}
    return {known[option]: text for option, text in parser[section].items() if option in known}


def from_sections(parser: configparser.ConfigParser) -> dict[str, Texts]:
    """All that are saved in the file, by their name."""
    names = {section: section.removeprefix(PREFIX) for section in parser.sections()}
    return {
        name: _from_section(parser, section)
        for section, name in names.items()
        if section.startswith(PREFIX) and is_name(name)
    }


def export_text(server: Mapping[str, str], saved: Mapping[str, Texts]) -> str:
    """The content of a file with ``server`` and all that are saved."""
    parser = configparser.ConfigParser(interpolation=None)
    write_sections(parser, server, saved)
    text = io.StringIO()
    parser.write(text)
    return text.getvalue()


def import_file(path: Path) -> tuple[Texts, dict[str, Texts]]:
    """What :func:`export_text` wrote: the form's settings and those that are saved. Raises ConfigError."""
    _, server, saved = read_sections(path)
    return server, saved
