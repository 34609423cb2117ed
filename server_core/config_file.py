"""The config file: an INI file that spells settings as the command line does."""

from __future__ import annotations

import configparser
from typing import TYPE_CHECKING

from server_core.config import SETTINGS
from server_core.errors import ConfigError
from server_core.sentence import Sentence

if TYPE_CHECKING:
    from pathlib import Path

CONFIG_SECTION = "server"


def read_config_file(path: Path) -> dict[str, str]:
    """The texts of an INI file's ``[server]`` section by attribute name, for :meth:`Config.from_text`.

    Raises :class:`ConfigError` where the file can't be read, is no INI file, or names a setting that does
    not exist.
    """
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text(encoding="utf-8-sig"))
        section = parser[CONFIG_SECTION]
    except OSError as error:
        raise ConfigError.of(
            "config", Sentence("The config file {file} can't be read: {why}.", file=path, why=error.strerror)
        ) from None
    except UnicodeDecodeError:
        sentence = Sentence("The config file {file} is not UTF-8 text: save it as UTF-8.", file=path)
        raise ConfigError.of("config", sentence) from None
    except KeyError:
        sentence = Sentence(
            "The config file {file} has no [{section}] section: add it.", file=path, section=CONFIG_SECTION
        )
        raise ConfigError.of("config", sentence) from None
    except configparser.Error as error:
        sentence = Sentence(
            "The config file {file} is not an INI file: {why}.", file=path, why=" ".join(str(error).split())
        )
        raise ConfigError.of("config", sentence) from None
    known = {each.option: each.name for each in SETTINGS}
    unknown = tuple(option for option in section if option not in known)
    if unknown:
        sentence = Sentence(
            "The config file {file} has settings that do not exist: {names}. Known are {known}.",
            file=path,
            names=", ".join(unknown),
            known=", ".join(known),
        )
        raise ConfigError.of("config", sentence)
    return {known[option]: text for option, text in section.items()}
