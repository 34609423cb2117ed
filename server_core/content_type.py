"""Content-Type as an upload states it (RFC 9110 section 8.3)."""

from __future__ import annotations

import re

_WORD = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_VALUE = rf'(?:{_WORD}|"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*")'
_PARAMETER = re.compile(rf"({_WORD})=({_VALUE})")
# White space is matched in one place only between two semicolons: in two, a hostile value would be tried in
# endless ways.
_MEDIA_TYPE = re.compile(rf"({_WORD}/{_WORD})[ \t]*((?:;[ \t]*(?:{_WORD}={_VALUE}[ \t]*)?)*)")


def is_json(value: str) -> bool:
    """Whether a Content-Type is application/json in UTF-8, in any case and with any further parameters."""
    match = _MEDIA_TYPE.fullmatch(value)
    if match is None or match[1].lower() != "application/json":
        return False
    charsets = {
        _said(value).lower() for name, value in _PARAMETER.findall(match[2]) if name.lower() == "charset"
    }
    return charsets <= {"utf-8"}


def _said(value: str) -> str:
    """What a value says: in quotes, a backslash means the character behind it (RFC 9110 section 5.6.4)."""
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
