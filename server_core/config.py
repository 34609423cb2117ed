"""Every setting of the server, once: type, default, range, help. The command line, the config file, the form
and the docs read it.
"""

from __future__ import annotations

import configparser
import dataclasses
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from server_core.errors import ConfigError, Problem
from server_core.hosts import parse_entry, parse_host
from server_core.places import SAMPLE_SITE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")

MIB = 1024 * 1024
CONFIG_SECTION = "server"


class Setting(NamedTuple):
    """What is known of one setting besides its value."""

    name: str
    """The attribute of :class:`Config`."""
    option: str
    """How the command line (with ``--``, unless positional) and the config file spell it."""
    read: Callable[[str], Any]
    """Text to value; raises ValueError with a sentence that says what is wrong and what to do."""
    metavar: str
    help: str
    positional: bool
    repeatable: bool


def _setting(
    default: T,
    read: Callable[[str], T],
    option: str,
    metavar: str,
    help: str,  # noqa: A002 - argparse's own word for it
    *,
    positional: bool = False,
    repeatable: bool = False,
) -> T:
    known = Setting("", option, read, metavar, help, positional, repeatable)
    made: T = field(default=default, metadata={"setting": known})
    return made


def _number(what: str, lowest: int, highest: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        # fullmatch on ASCII digits: int() would also take signs, underscores and the digits of other scripts.
        if re.fullmatch(r"[0-9]{1,18}", text.strip()) and lowest <= int(text) <= highest:
            return int(text)
        raise ValueError(f"{what} must be a whole number from {lowest} to {highest}, not {text!r}.")

    return read


def _seconds(what: str, lowest: float, highest: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", text.strip()) and lowest <= float(text) <= highest:
            return float(text)
        raise ValueError(f"{what} must be a number of seconds from {lowest:g} to {highest:g}, not {text!r}.")

    return read


def _choice(what: str, *words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text in words:
            return text
        raise ValueError(f"{what} must be {' or '.join(words)}, not {text!r}.")

    return read


def _switch(text: str) -> bool:
    known = configparser.ConfigParser.BOOLEAN_STATES.get(text.strip().lower())
    if known is None:
        raise ValueError(f"A switch must be yes or no, not {text!r}.")
    return known


def _folder(text: str) -> Path:
    if not text.strip() or "\0" in text:
        raise ValueError("Choose the folder to serve.")
    try:
        folder = Path(text).expanduser().resolve()
        if not folder.exists():
            raise ValueError(f"The folder {text} does not exist: choose one that does, or create it.")
        if not folder.is_dir():
            raise ValueError(f"{text} is a file: choose the folder that holds it.")
        next(folder.iterdir(), None)
    except PermissionError:
        raise ValueError(
            f"The folder {text} can't be read: choose another, or ask for permission to read it."
        ) from None
    except (OSError, RuntimeError) as error:
        raise ValueError(
            f"The folder {text} can't be used: {getattr(error, 'strerror', None) or error}."
        ) from None
    return folder


def _file(text: str) -> Path | None:
    if not text.strip():
        return None
    if "\0" in text:
        raise ValueError("The name of the log file has a NUL character: leave it out.")
    file = Path(text).expanduser().absolute()
    if file.is_dir():
        raise ValueError(f"{text} is a folder: name a file in it.")
    if not file.parent.is_dir():
        raise ValueError(f"The folder {file.parent} does not exist: create it, or choose another file.")
    return file


def _host(text: str) -> str:
    text = text.strip()
    bare = text.removeprefix("[").removesuffix("]").partition("%")[0] if ":" in text else text
    known = parse_host(f"[{bare}]" if ":" in bare else bare)
    if known is None:
        raise ValueError(
            f"{text!r} is not an address to listen on: write 127.0.0.1 for this computer only, "
            "0.0.0.0 for the network, or an address of this computer."
        )
    return text.removeprefix("[").removesuffix("]")


def _allowed_host(text: str) -> tuple[str, ...]:
    entries = tuple(part for part in re.split(r"[,\s]+", text) if part)
    for entry in entries:
        parse_entry(entry)  # raises where it is none
    return entries


@dataclass(frozen=True)
class Config:
    """All settings of one server, checked. Make one from text with :meth:`from_text`."""

    port: int = _setting(
        8080,
        _number("The port", 0, 65535),
        "port",
        "PORT",
        "port to listen on; 0 takes any free one",
        positional=True,
    )
    host: str = _setting(
        "127.0.0.1",
        _host,
        "host",
        "HOST",
        "address to listen on: 127.0.0.1 is this computer only, localhost both of its loopback addresses, "
        "0.0.0.0 the network",
        positional=True,
    )
    threads: int = _setting(
        10, _number("The number of threads", 1, 256), "threads", "THREADS", "worker threads", positional=True
    )
    root: Path = _setting(SAMPLE_SITE, _folder, "root", "DIR", "folder to serve")
    allow_hosts: tuple[str, ...] = _setting(
        (), _allowed_host, "allow-host", "NAME",
        "host name to answer for besides this computer's own: example.test, *.example.test or *; "
        "a port other than the server's needs name:*",
        repeatable=True,
    )  # fmt: skip
    max_connections: int = _setting(
        10_000, _number("The number of connections", 1, 1_000_000), "max-connections", "N",
        "connections kept open at once; beyond, idle ones are closed first, then new ones get 503",
    )  # fmt: skip
    queue_size: int = _setting(
        50,
        _number("The queue size", 1, 100_000),
        "queue-size",
        "N",
        "requests that may wait while all workers are busy",
    )
    keep_alive_timeout_s: float = _setting(
        30.0, _seconds("The keep-alive timeout", 1, 86_400), "keep-alive-timeout", "S",
        "seconds that a connection may be idle between requests",
    )  # fmt: skip
    max_requests: int = _setting(
        100,
        _number("The number of requests", 1, 1_000_000_000),
        "max-requests",
        "N",
        "requests answered on one connection",
    )
    max_body_bytes: int = _setting(
        10 * MIB, _number("The largest body", 1, 2**30), "max-body", "BYTES", "largest request body accepted"
    )
    log_file: Path | None = _setting(
        None, _file, "log-file", "FILE", "file to log to; rotates at 10 MiB, five are kept"
    )
    log_format: str = _setting(
        "text", _choice("The log format", "text", "json"), "log-format", "text|json", "form of a log line"
    )
    quiet: bool = _setting(False, _switch, "quiet", "", "no log lines on the console")

    @classmethod
    def from_text(cls, texts: Mapping[str, str | Sequence[str]]) -> Config:
        """Settings from their texts by attribute name; what is absent keeps its default. Raises
        :class:`ConfigError` with every problem.
        """
        values: dict[str, Any] = {}
        problems = []
        for setting in SETTINGS:
            if setting.name not in texts:
                continue
            text = texts[setting.name]
            try:
                values[setting.name] = setting.read(text if isinstance(text, str) else _lines(text))
            except ValueError as error:
                problems.append(Problem(setting.name, str(error)))
        if problems:
            raise ConfigError(tuple(problems))
        return cls(**values)

    def to_text(self) -> dict[str, str]:
        """The texts from which :meth:`from_text` makes this again."""
        return {setting.name: _write(getattr(self, setting.name)) for setting in SETTINGS}


def _lines(texts: Sequence[str]) -> str:
    """One text of an option's several. Raises ValueError where one is empty, as an unset variable of a shell
    would make it.
    """
    if not all(text.strip() for text in texts):
        raise ValueError("One of the names is empty: write a name, or leave the option out.")
    return "\n".join(texts)


def _write(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)


SETTINGS: tuple[Setting, ...] = tuple(
    each.metadata["setting"]._replace(name=each.name)
    for each in dataclasses.fields(Config)
    if "setting" in each.metadata
)


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
        raise ConfigError(
            (Problem("config", f"The config file {path} can't be read: {error.strerror}."),)
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(
            (Problem("config", f"The config file {path} is not UTF-8 text: save it as UTF-8."),)
        ) from None
    except KeyError:
        raise ConfigError(
            (Problem("config", f"The config file {path} has no [{CONFIG_SECTION}] section: add it."),)
        ) from None
    except configparser.Error as error:
        sentence = f"The config file {path} is not an INI file: {' '.join(str(error).split())}."
        raise ConfigError((Problem("config", sentence),)) from None
    known = {setting.option: setting.name for setting in SETTINGS}
    unknown = tuple(option for option in section if option not in known)
    if unknown:
        sentence = (
            f"The config file {path} has settings that do not exist: {', '.join(unknown)}. "
            f"Known are {', '.join(known)}."
        )
        raise ConfigError((Problem("config", sentence),))
    return {known[option]: text for option, text in section.items()}
