"""What is known of a setting besides its value, and how its text is read.

A reader takes the text and returns the value; it raises ValueError with a sentence that says what is wrong
and what to do.
"""

from __future__ import annotations

import configparser
import enum
import re
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from server_core.certificates import check_dates, check_key, read_certificate
from server_core.cors import parse_origin
from server_core.extra_fields import parse_field
from server_core.hosts import parse_entry, parse_host
from server_core.networks import parse_network
from server_core.sentence import Mistake, Sentence
from server_core.users import read_users

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_WORD = r"[A-Za-z0-9!#$&^_.+-]+"
_MEDIA_TYPE = re.compile(rf"\.[^./\\=\s]+={_WORD}/{_WORD}(?:;{_WORD}={_WORD})*")


class Group(enum.Enum):
    """What belongs together, in the order of the help and the form; the value is its heading."""

    SERVER = "What is served, and where"
    SITE = "How a website is shown (with --profile website)"
    HTTPS = "HTTPS"
    ACCESS = "Who may come, and what visitors may send"
    LIMITS = "Limits"
    LOG = "Log"


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
    group: Group
    positional: bool
    repeatable: bool
    separator: str
    """Between the values of one that is repeatable, where they are written as one text."""
    default: Any


def setting(
    default: T,
    read: Callable[[str], T],
    option: str,
    metavar: str,
    help: str,  # noqa: A002 - argparse's own word for it
    group: Group = Group.SERVER,
    *,
    positional: bool = False,
    repeatable: bool = False,
    separator: str = ", ",
) -> T:
    known = Setting("", option, read, metavar, help, group, positional, repeatable, separator, default)
    made: T = field(default=default, metadata={"setting": known})
    return made


def number(what: str, lowest: int, highest: int) -> Callable[[str], int]:
    subject = Sentence(what)

    def read(text: str) -> int:
        # fullmatch on ASCII digits: int() would also take signs, underscores and the digits of other scripts.
        if re.fullmatch(r"[0-9]{1,18}", text.strip()) and lowest <= int(text) <= highest:
            return int(text)
        raise Mistake(
            "{what} must be a whole number from {lowest} to {highest}, not {text!r}.",
            what=subject, lowest=lowest, highest=highest, text=text,
        )  # fmt: skip

    return read


def seconds(what: str, lowest: float, highest: float) -> Callable[[str], float]:
    subject = Sentence(what)

    def read(text: str) -> float:
        if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", text.strip()) and lowest <= float(text) <= highest:
            return float(text)
        raise Mistake(
            "{what} must be a number of seconds from {lowest:g} to {highest:g}, not {text!r}.",
            what=subject, lowest=lowest, highest=highest, text=text,
        )  # fmt: skip

    return read


def choice(what: str, one: str, other: str) -> Callable[[str], str]:
    subject = Sentence(what)

    def read(text: str) -> str:
        if text in {one, other}:
            return text
        raise Mistake(
            "{what} must be {one} or {other}, not {text!r}.", what=subject, one=one, other=other, text=text
        )

    return read


def switch(text: str) -> bool:
    known = configparser.ConfigParser.BOOLEAN_STATES.get(text.strip().lower())
    if known is None:
        raise Mistake("A switch must be yes or no, not {text!r}.", text=text)
    return known


def folder(text: str) -> Path:
    if not text.strip() or "\0" in text:
        raise Mistake("Choose the folder to serve.")
    try:
        folder = Path(text).expanduser().resolve()
        if not folder.exists():
            raise Mistake("The folder {text} does not exist: choose one that does, or create it.", text=text)
        if not folder.is_dir():
            raise Mistake("{text} is a file: choose the folder that holds it.", text=text)
        next(folder.iterdir(), None)
    except PermissionError:
        raise Mistake(
            "The folder {text} can't be read: choose another, or ask for permission to read it.",
            text=text,
        ) from None
    except (OSError, RuntimeError) as error:
        raise Mistake(
            "The folder {text} can't be used: {why}.",
            text=text,
            why=getattr(error, "strerror", None) or error,
        ) from None
    return folder


def log_file(text: str) -> Path | None:
    if not text.strip():
        return None
    if "\0" in text:
        raise Mistake("The name of the log file has a NUL character: leave it out.")
    file = Path(text).expanduser().absolute()
    if file.is_dir():
        raise Mistake("{text} is a folder: name a file in it.", text=text)
    if not file.parent.is_dir():
        raise Mistake(
            "The folder {folder} does not exist: create it, or choose another file.", folder=file.parent
        )
    return file


def certificate_file(text: str) -> Path | None:
    """A file that holds a certificate that is valid today."""
    if not text.strip():
        return None
    file = _path(text, Sentence("certificate"))
    check_dates(read_certificate(file))
    return file


def key_file(text: str) -> Path | None:
    """A file that holds a key that needs no password."""
    if not text.strip():
        return None
    file = _path(text, Sentence("key"))
    check_key(file)
    return file


def _path(text: str, what: str) -> Path:
    if "\0" in text:
        raise Mistake("The name of the {what} has a NUL character: leave it out.", what=what)
    return Path(text.strip()).expanduser().absolute()


def host_address(text: str) -> str:
    text = text.strip()
    bare = text.removeprefix("[").removesuffix("]").partition("%")[0] if ":" in text else text
    known = parse_host(f"[{bare}]" if ":" in bare else bare)
    if known is None:
        raise Mistake(
            "{text!r} is not an address to listen on: write 127.0.0.1 for this computer only, 0.0.0.0 for "
            "the network, or an address of this computer.",
            text=text,
        )
    return text.removeprefix("[").removesuffix("]")


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[,\s]+", text) if part)


def allowed_hosts(text: str) -> tuple[str, ...]:
    entries = _parts(text)
    for entry in entries:
        parse_entry(entry)  # raises where it is none
    return entries


def origins(text: str) -> tuple[str, ...]:
    return tuple(map(parse_origin, _parts(text)))


def field_lines(text: str) -> tuple[str, ...]:
    return tuple(parse_field(line) for line in text.split("\n") if line.strip())


def media_types(text: str) -> tuple[str, ...]:
    """``.ext=type/subtype``, with parameters if need be (RFC 9110 section 8.3.1)."""
    entries = _parts(text)
    for entry in entries:
        if not _MEDIA_TYPE.fullmatch(entry):
            raise Mistake(
                "{entry!r} is not a type: write .extension=type/subtype, as .glb=model/gltf-binary.",
                entry=entry,
            )
    return tuple(entry.partition("=")[0].lower() + "=" + entry.partition("=")[2] for entry in entries)


def networks(text: str) -> tuple[str, ...]:
    """Networks in one spelling each: ``192.0.2.0/24``."""
    return tuple(str(parse_network(entry)) for entry in _parts(text))


def users_file(text: str) -> Path | None:
    """A file that :func:`server_core.users.add_user` wrote, with at least one user."""
    if not text.strip():
        return None
    if "\0" in text:
        raise Mistake("The name of the users file has a NUL character: leave it out.")
    file = Path(text).expanduser().absolute()
    if not file.exists():
        raise Mistake(
            "The users file {file} does not exist: add a user first, which makes it (--add-user).",
            file=file,
        )
    if not read_users(file).names:
        raise Mistake("The users file {file} has no user yet: add one (--add-user).", file=file)
    return file
