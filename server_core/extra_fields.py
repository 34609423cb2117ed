"""Field lines of every answer that the settings ask for, as pure functions over text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from server_core.grammar import TOKEN
from server_core.profiles import PROFILES
from server_core.sentence import Mistake

if TYPE_CHECKING:
    from server_core.config import Config
    from server_core.cors import Cors

# A letter first, as RFC 9110 section 16.3.2.1 advises: what begins with # is a comment in a config file.
_NAME = rf"(?=[A-Za-z]){TOKEN.decode('ascii')}"
_VALUE = r"[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?"
_LINE = re.compile(rf"(?P<name>{_NAME})[ \t]*:[ \t]*(?P<value>{_VALUE})")
# What the server says itself, where it is true and once.
_OWN = frozenset({
    "accept-ranges", "age", "allow", "connection", "content-disposition", "content-length",
    "content-location", "content-range", "date", "etag", "keep-alive", "last-modified", "location",
    "proxy-authenticate", "retry-after", "server", "te", "trailer", "transfer-encoding", "upgrade", "vary",
    "www-authenticate", "x-content-type-options",
})  # fmt: skip
_OPTIONS = {
    "cache-control": "--cache",
    "expires": "--cache",
    "pragma": "--cache",
    "content-type": "--type",
    "content-encoding": "--precompressed",
}


def parse_field(line: str) -> str:
    """``Name: value`` as it is sent. Raises ValueError with a sentence: nothing passes that could end a line
    or contradict what the server says.
    """
    match = _LINE.fullmatch(line.strip(" \t"))
    if match is None:
        raise Mistake(
            "{line!r} is not a field: write 'Name: value', the name in letters, digits and hyphens, the "
            "value in visible ASCII.",
            line=line,
        )
    name = match["name"].lower()
    option = "--cors" if name.startswith("access-control-") else _OPTIONS.get(name)
    if option:
        raise Mistake("{name} is not for --header to set: use {option}.", name=match["name"], option=option)
    if name in _OWN:
        raise Mistake(
            "{name} is what the server itself says of each answer: leave it out.", name=match["name"]
        )
    return f"{match['name']}: {match['value']}"


def common_fields(config: Config, cors: Cors) -> tuple[tuple[str, str], ...]:
    """Those of every answer, whatever it is."""
    own = tuple((name, value) for name, _, value in (line.partition(": ") for line in config.headers))
    return (*PROFILES[config.profile].fields, *_vary(config, cors), *cors.fields, *own)


def _vary(config: Config, cors: Cors) -> tuple[tuple[str, str], ...]:
    """By what an answer may differ (RFC 9110 section 12.5.5): one line for all, since some caches read only
    one, and what is found may be missing tomorrow.
    """
    deciding = (
        ("Accept", config.spa or config.listing),
        ("Accept-Encoding", config.precompressed),
        ("Origin", bool(cors.lines)),
    )
    names = ", ".join(name for name, decides in deciding if decides)
    return (("Vary", names),) if names else ()
