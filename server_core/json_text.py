"""Whether octets are one JSON text by the letter of RFC 8259. The json module parses; here stands what it
would let pass.
"""

from __future__ import annotations

import contextlib
import gc
import json
import re
import threading
from typing import TYPE_CHECKING, NoReturn

from server_core.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

# RFC 8259 section 9 lets a parser limit depth. People's data is rarely more than 20 deep; json.loads dies of
# some thousands.
DEPTH = 100

# Escapes are blanked first, so that a string is a plain run up to the next quote: a pattern with alternatives
# inside a repetition would keep a record of every character, or start anew at every quote of a string without
# an end.
_ESCAPE = re.compile(r"\\.", re.DOTALL)
_STRING = re.compile(r'"[^"]*"?')
_CONSTANT = re.compile(r"NaN|-?Infinity")
_BRACKET = re.compile(r"[][{}]")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


# json.loads holds the interpreter's lock throughout, and what it builds can be twenty times the text: two at
# a time would only cost memory.
_one_at_a_time = threading.Lock()


class _ConstantError(Exception):
    """json.loads met NaN or Infinity."""


def check_json(octets: bytes) -> None:
    """Raises Refusal (one of the ``json-`` rows, with the position) unless ``octets`` are a JSON text."""
    if octets.startswith(_BYTE_ORDER_MARK):
        raise Refusal("json-bom", ": byte 0. Leave it out.")
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal("json-encoding", f": byte {error.start} ({octets[error.start]:#04x}).") from None
    if not text.strip(" \t\r\n"):
        raise Refusal("json-empty", ": line 1 column 1. Send a JSON text.")
    _check_depth(text)
    try:
        # Numbers stay text: int() refuses 5,000 digits, which are a number all the same.
        with _one_at_a_time, _without_collector():
            json.loads(text, parse_constant=_refuse_constant, parse_int=str, parse_float=str)
    except json.JSONDecodeError as error:
        fault = error.msg[:1].lower() + error.msg[1:].removesuffix(" at")
        raise Refusal("json-syntax", f": {fault}, {_position(text, error.pos)}.") from None
    except _ConstantError:
        at = _CONSTANT.search(_without_strings(text))
        raise Refusal("json-constant", f": {_position(text, at.start() if at else 0)}.") from None


@contextlib.contextmanager
def _without_collector() -> Iterator[None]:
    """A tree of lists and dicts has no cycles; looking for some took most of the time of a large one."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _refuse_constant(name: str) -> NoReturn:
    raise _ConstantError(name)


def _without_strings(text: str) -> str:
    """``text`` with every string blanked out, at the same positions."""
    return _STRING.sub(lambda match: " " * len(match[0]), _ESCAPE.sub("  ", text))


def _check_depth(text: str) -> None:
    """Refuse nesting before json.loads recurses into it."""
    if text.count("[") + text.count("{") <= DEPTH:
        return
    depth = 0
    for bracket in _BRACKET.finditer(_without_strings(text)):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > DEPTH:
            raise Refusal("json-depth", f": {_position(text, bracket.start())}.")


def _position(text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    return f"line {line} column {at - text.rfind(chr(10), 0, at)}"
