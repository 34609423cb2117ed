"""JSON laid out for reading, token by token: numbers, escapes and doubled names stay as they were sent."""

from __future__ import annotations

import re

from server_core.log_format import escape

INDENT = "  "
_WORD = re.compile(r'[{}\[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+')


def pretty(text: str) -> str:
    """``text``, which is valid JSON, with a line for each member and element. Takes any depth."""
    parts: list[str] = []
    depth, opened = 0, False
    for match in _WORD.finditer(text):
        word = match[0]
        if word in "}]":
            depth -= 1
            if not opened:
                parts.append("\n" + INDENT * depth)
        elif opened:
            parts.append("\n" + INDENT * depth)
        opened = word in "{["
        if opened:
            depth += 1
            parts.append(word)
        elif word == ",":
            parts.append(",\n" + INDENT * depth)
        elif word == ":":
            parts.append(": ")
        else:
            parts.append(word if escape(word) == word else "".join(map(_shown, word)))
    return "".join(parts)


def _shown(character: str) -> str:
    """What would rearrange the text on screen is shown by its escape, which JSON reads alike."""
    return character if escape(character) == character else f"\\u{ord(character):04x}"
