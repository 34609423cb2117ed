"""A second opinion on what the fuzzer finds: the same grammars read octet by octet, slowly and plainly.

Nothing here is shared with server_core, so that a mistake would have to be made twice.
"""

from __future__ import annotations

import re

CRLF = b"\r\n"
BLANKS = b" \t"
DIGITS = b"0123456789"
LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
TOKEN = b"!#$%&'*+-.^_`|~" + DIGITS + LETTERS
JSON_BLANKS = " \t\r\n"
JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
MAX_JSON_DEPTH = 100
MAX_CHUNK_LINE_BYTES = 1024
MAX_TRAILERS = 100


class WrongError(Exception):
    """The octets break the grammar."""


class PartialError(Exception):
    """More octets are needed to tell."""


def take_token(text: bytes) -> tuple[bytes, bytes]:
    """The token at the front, perhaps empty, and what follows it (RFC 9110 section 5.6.2)."""
    rest = text.lstrip(TOKEN)
    return text[: len(text) - len(rest)], rest


def take_quoted(text: bytes) -> tuple[bytes, bytes]:
    """What the quoted string at the front says, and what follows it (RFC 9110 section 5.6.4)."""
    said, at = bytearray(), 1
    while at < len(text):
        if text[at : at + 1] == b'"':
            return bytes(said), text[at + 1 :]
        if text[at : at + 1] == b"\\":
            at += 1
        if at == len(text) or (text[at] < 0x20 and text[at] != 0x09) or text[at] == 0x7F:
            break
        said.append(text[at])
        at += 1
    raise WrongError


def take_value(text: bytes) -> tuple[bytes, bytes]:
    if text.startswith(b'"'):
        return take_quoted(text)
    token, rest = take_token(text)
    if not token:
        raise WrongError
    return token, rest


# ---- chunked bodies (RFC 9112 section 7.1) ----


def decode_chunked(octets: bytes) -> tuple[bytes, int]:
    """The data, and how many octets it was coded in. Raises WrongError or PartialError."""
    data, at = b"", 0
    while True:
        line, at = _take_line(octets, at)
        if len(line) + 2 > MAX_CHUNK_LINE_BYTES:
            raise WrongError
        if not (size := _chunk_size(line)):
            break
        data += octets[at : at + size]
        at += size
        if len(end := octets[at : at + 2]) < 2:
            raise PartialError
        if end != CRLF:
            raise WrongError
        at += 2
    trailers = 0
    while True:
        line, at = _take_line(octets, at)
        if not line:
            return data, at
        trailers += 1
        name, rest = take_token(line)
        if not name or not rest.startswith(b":") or trailers > MAX_TRAILERS:
            raise WrongError


def _take_line(octets: bytes, at: int) -> tuple[bytes, int]:
    feed = octets.find(b"\n", at)
    if feed < 0:
        raise PartialError
    line = octets[at:feed]
    if not line.endswith(b"\r") or any(
        (octet < 0x20 and octet != 0x09) or octet == 0x7F for octet in line[:-1]
    ):
        raise WrongError
    return line[:-1], feed + 1


def _chunk_size(line: bytes) -> int:
    rest = line.lstrip(b"0123456789ABCDEFabcdef")
    digits = line[: len(line) - len(rest)]
    if not digits or len(digits.lstrip(b"0")) > 15:
        raise WrongError
    while rest:
        rest = rest.lstrip(BLANKS)
        if not rest.startswith(b";"):
            raise WrongError
        name, rest = take_token(rest[1:].lstrip(BLANKS))
        if not name:
            raise WrongError
        if rest.lstrip(BLANKS).startswith(b"="):
            _, rest = take_value(rest.lstrip(BLANKS)[1:].lstrip(BLANKS))
    return int(digits, 16)


# ---- media types (RFC 9110 section 8.3.1) ----


def read_media_type(text: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Type and subtype in lower case, and the parameters with names in lower case. Raises WrongError."""
    kind, rest = take_token(text)
    if not kind or not rest.startswith(b"/"):
        raise WrongError
    subkind, rest = take_token(rest[1:])
    if not subkind:
        raise WrongError
    parameters = []
    rest = rest.lstrip(BLANKS)
    while rest:
        if not rest.startswith(b";"):
            raise WrongError
        rest = rest[1:].lstrip(BLANKS)
        name, rest = take_token(rest)
        if name:
            if not rest.startswith(b"="):
                raise WrongError
            value, rest = take_value(rest[1:])
            parameters.append((name.lower(), value))
        rest = rest.lstrip(BLANKS)
    return (kind + b"/" + subkind).lower(), parameters


# ---- lists of entity tags (RFC 9110 sections 8.8.3 and 5.6.1) ----


def read_entity_tags(text: str) -> list[tuple[bool, str]]:
    """Each member: whether it is weak, and the tag with its quotes. Raises WrongError."""
    tags = []
    for member in _members(text):
        weak = member.startswith("W/")
        tag = member.removeprefix("W/")
        if len(tag) < 2 or not (tag.startswith('"') and tag.endswith('"')) or '"' in tag[1:-1]:
            raise WrongError
        if any(letter <= " " or letter == "\x7f" for letter in tag):
            raise WrongError
        tags.append((weak, tag))
    return tags


def _members(text: str) -> list[str]:
    """The list's members; a comma within quotes does not part them, and empty members do not count."""
    members, quoted = [""], False
    for letter in text:
        quoted ^= letter == '"'
        if letter == "," and not quoted:
            members.append("")
        else:
            members[-1] += letter
    return [member.strip(" \t") for member in members if member.strip(" \t")]


# ---- JSON (RFC 8259) ----


def is_json_text(octets: bytes) -> bool:
    """Whether ``octets`` are a JSON text in UTF-8 without a byte order mark, at most 100 deep."""
    try:
        text = octets.decode("utf-8")
        return _after_value(text, 0, 0) == len(text)
    except (UnicodeDecodeError, WrongError):
        return False


def _skip_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in JSON_BLANKS:
        at += 1
    return at


def _after_value(text: str, at: int, depth: int) -> int:
    """Where the value at ``at`` ends, with the white space on both sides of it."""
    at = _skip_blanks(text, at)
    if text[at : at + 1] in ("[", "{") and at < len(text):
        at = _after_members(text, at, depth + 1)
    elif text.startswith('"', at):
        at = _after_string(text, at)
    elif word := next((word for word in ("true", "false", "null") if text.startswith(word, at)), ""):
        at += len(word)
    elif number := JSON_NUMBER.match(text, at):
        at = number.end()
    else:
        raise WrongError
    return _skip_blanks(text, at)


def _after_members(text: str, at: int, depth: int) -> int:
    if depth > MAX_JSON_DEPTH:
        raise WrongError
    is_object, end = text[at] == "{", {"{": "}", "[": "]"}[text[at]]
    at = _skip_blanks(text, at + 1)
    if text.startswith(end, at):
        return at + 1
    while True:
        if is_object:
            at = _skip_blanks(text, _after_string(text, _skip_blanks(text, at)))
            if not text.startswith(":", at):
                raise WrongError
            at += 1
        at = _after_value(text, at, depth)
        if text.startswith(end, at):
            return at + 1
        if not text.startswith(",", at):
            raise WrongError
        at += 1


def _after_string(text: str, at: int) -> int:
    if not text.startswith('"', at):
        raise WrongError
    at += 1
    while at < len(text):
        if text[at] == '"':
            return at + 1
        if text[at] < " ":
            break
        if text[at] != "\\":
            at += 1
        elif text[at + 1 : at + 2] in set('"\\/bfnrt'):
            at += 2
        elif re.match("u[0-9A-Fa-f]{4}", text[at + 1 :]):
            at += 6
        else:
            break
    raise WrongError
