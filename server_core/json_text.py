"""Whether octets are one JSON text by the letter of RFC 8259, judged piece by piece as they arrive.

The machine is the table :data:`_NEXT`: which tokens may come in a state, and which state follows. Most of a
long text is spared it by :func:`_leaps`, which leaps over many members of a list or an object at once and
changes nothing but the time. No tree is built: a text costs one piece of memory and a few milliseconds of
the interpreter at a time, however long it is.

The end of a piece may cut a token in two. Its beginning is kept for the next piece, shortened to one that
begins in the same way, so that a string or a number of ten megabytes is not read again and again.
"""

from __future__ import annotations

import codecs
import re
from functools import cache

from server_core.refusals import Refusal
from server_core.sentence import Sentence

# RFC 8259 section 9 lets a parser limit depth. People's data is rarely more than 20 deep; recursive readers,
# who get the text one day, die of some thousands.
DEPTH = 100
# What is judged at a time, before another thread may have its turn: three milliseconds at most.
PIECE_BYTES = 16 * 1024

# RFC 8259 sections 2 (white space and words), 6 (numbers) and 7 (strings).
_BLANKS = " \t\n\r"
_BLANK = rf"[{_BLANKS}]*"
_PLAIN = r'[^"\\\x00-\x1f]*'
_INSIDE = rf'"{_PLAIN}(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{{4}}){_PLAIN})*'
_STRING = rf'{_INSIDE}"'
_DIGITS = r"(?:0|[1-9][0-9]*)"
_NUMBER = rf"-?{_DIGITS}(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_WORDS = ("true", "false", "null")
# No JSON, but written by some programs, and therefore called by its name.
_CONSTANTS = ("NaN", "Infinity", "-Infinity")

# A string need not be closed, so that the search for its end is not repeated backwards: see _begun().
_TOKEN = re.compile(
    rf"(?:(?P<mark>[][{{}},:])|(?P<string>{_INSIDE}(?P<closed>\")?)|(?P<number>{_NUMBER})"
    rf"|(?P<word>{'|'.join(_WORDS)})|(?P<constant>{'|'.join(_CONSTANTS)})){_BLANK}"
)
# What may be left of a token where a piece ends.
_ESCAPE_BEGUN = re.compile(r"(?:\\(?:u[0-9A-Fa-f]{0,3})?)?")
_NUMBER_BEGUN = re.compile(rf"-?{_DIGITS}(?:\.(?:[0-9]+(?:[eE][+-]?[0-9]*)?)?|[eE][+-]?[0-9]*)?")
_WORD_BEGUN = frozenset(word[:end] for word in _WORDS + _CONSTANTS for end in range(1, len(word)))
_MORE_DIGITS = re.compile(r"(?<=[0-9])[0-9]+")

# Members with the comma behind them. So deep may their values be to be leapt over: with every level the
# patterns double, and most data has no more.
_LEAPT_LEVELS = 3


@cache
def _leaps() -> dict[str, tuple[str, re.Pattern[str]]]:
    """Which members may come in a state, and the state behind them. Made when the first text comes: nothing
    else takes as long to compile, and most servers never get one.
    """
    simple = rf"(?:{_STRING}|{_NUMBER}|{'|'.join(_WORDS)})"
    value = simple
    for _ in range(_LEAPT_LEVELS):
        list_ = rf"\[{_BLANK}(?:{value}{_BLANK}(?:,{_BLANK}(?!\])|(?=\])))*\]"
        object_ = rf"\{{{_BLANK}(?:{_STRING}{_BLANK}:{_BLANK}{value}{_BLANK}(?:,{_BLANK}(?!\}})|(?=\}})))*\}}"
        value = rf"(?:{simple}|{list_}|{object_})"
    elements = re.compile(rf"(?:{value}{_BLANK},{_BLANK})+")
    pairs = re.compile(rf"(?:{_STRING}{_BLANK}:{_BLANK}{value}{_BLANK},{_BLANK})+")
    return {
        "first element": ("element", elements),
        "element": ("element", elements),
        "first name": ("name", pairs),
        "name": ("name", pairs),
    }


_UP = ""
"""As the list, object or text goes on in which the value stands."""
_VALUES = {"[": "first element", "{": "first name", "string": _UP, "number": _UP, "word": _UP}
_NEXT: dict[str, dict[str, str]] = {
    "value": _VALUES,
    "first element": {**_VALUES, "]": _UP},
    "element": _VALUES,
    "first name": {"string": "colon", "}": _UP},
    "name": {"string": "colon"},
    "colon": {":": "value"},
    "in list": {",": "element", "]": _UP},
    "in object": {",": "name", "}": _UP},
    "end": {},
}
_ENCLOSES = {"[": "in list", "{": "in object"}
_EXPECTED = {
    "value": Sentence("a value is expected"),
    "first element": Sentence("a value or ] is expected"),
    "element": Sentence("a value is expected"),
    "first name": Sentence("a name in double quotes or }} is expected"),
    "name": Sentence("a name in double quotes is expected"),
    "colon": Sentence("a colon is expected"),
    "in list": Sentence("a comma or ] is expected"),
    "in object": Sentence("a comma or }} is expected"),
    "end": Sentence("nothing more is expected"),
}


class JsonText:
    """The judgement on one text. Belongs to whoever feeds it; after a Refusal it is over."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._octets = 0
        """Fed so far."""
        self._state = "value"
        self._enclosing = ["end"]
        """The states to go on with behind the values that are open."""
        self._begun = ""
        """The token, shortened, that the last piece ended in."""
        self._letters = self._lines = self._line_start = 0
        """Letters and line ends judged so far, and which letter the last line began with."""

    def feed(self, octets: bytes) -> None:
        """Judge what comes next. Raises Refusal (a ``json-`` row, with the position) at the first fault; how
        the octets are cut into pieces makes no difference.
        """
        for start in range(0, len(octets), PIECE_BYTES):
            self._decode(octets[start : start + PIECE_BYTES])

    def end(self) -> None:
        """Nothing more comes. Raises Refusal where the text is not complete."""
        self._decode(b"", final=True)

    def _decode(self, piece: bytes, *, final: bool = False) -> None:
        try:
            text = self._decoder.decode(piece, final)
        except UnicodeDecodeError as error:
            wrong, start = error.object, error.start
            self._judge(wrong[:start].decode("utf-8"))
            at = self._octets + len(piece) - len(wrong) + start
            raise Refusal(
                "json-encoding", Sentence(": byte {at} ({octet:#04x}).", at=at, octet=wrong[start])
            ) from None
        self._octets += len(piece)
        self._judge(text, final=final)

    def _judge(self, piece: str, *, final: bool = False) -> None:
        text = self._begun + piece
        self._letters -= len(self._begun)
        self._begun = self._take_tokens(text, final=final)
        if final and self._state != "end":
            raise self._too_early(text)
        self._letters += len(text)
        if lines := text.count("\n"):
            self._lines += lines
            self._line_start = self._letters - len(text) + text.rindex("\n") + 1

    def _take_tokens(self, text: str, *, final: bool) -> str:
        """Go from state to state; what is left is the beginning, shortened, of a token that may go on."""
        leaps = _leaps()
        state, enclosing, end = self._state, self._enclosing, len(text)
        at = end - len(text.lstrip(_BLANKS))
        while at < end:
            if state in leaps and len(enclosing) <= DEPTH - _LEAPT_LEVELS + 1 and (at or not self._begun):
                after, members = leaps[state]
                if run := members.match(text, at):
                    state, at = after, run.end()
                    continue
            self._state = state
            token = _TOKEN.match(text, at)
            kind = "" if token is None else token["mark"] or token.lastgroup or ""
            if kind not in _NEXT[state]:
                if not final and "word" in _NEXT[state] and text[at:] in _WORD_BEGUN:
                    return text[at:]
                raise self._misplaced(text, at, kind)
            assert token is not None
            if not final and (begun := _begun(text, token)):
                return begun
            if kind == "string" and not token["closed"]:
                raise self._bad_string(text, token.end("string"))
            if kind in _ENCLOSES:
                if len(enclosing) > DEPTH:
                    raise Refusal("json-depth", Sentence(": {place}.", place=self._position(text, at)))
                enclosing.append(_ENCLOSES[kind])
            elif kind in "]}":
                enclosing.pop()
            state = _NEXT[state][kind] or enclosing[-1]
            at = token.end()
        self._state = state
        return ""

    def _too_early(self, text: str) -> Refusal:
        if self._state == "value" and len(self._enclosing) == 1:
            return Refusal(
                "json-empty", Sentence(": {place}. Send a JSON text.", place=self._position(text, len(text)))
            )
        return self._syntax(
            text, len(text), Sentence("the text ends where {expected}", expected=_EXPECTED[self._state])
        )

    def _misplaced(self, text: str, at: int, kind: str) -> Refusal:
        if kind == "constant" and "word" in _NEXT[self._state]:
            return Refusal("json-constant", Sentence(": {place}.", place=self._position(text, at)))
        if text[at] == "\ufeff" and self._letters + at == 0:
            return Refusal("json-bom", Sentence(": byte 0. Leave it out."))
        return self._syntax(text, at, _EXPECTED[self._state])

    def _bad_string(self, text: str, at: int) -> Refusal:
        if at == len(text):
            return self._syntax(text, at, Sentence("the text ends within a string"))
        if text[at] == "\\":
            return self._syntax(text, at, Sentence("an escape that JSON does not know"))
        return self._syntax(text, at, Sentence("a control character in a string"))

    def _syntax(self, text: str, at: int, fault: str) -> Refusal:
        return Refusal(
            "json-syntax", Sentence(": {fault}, {place}.", fault=fault, place=self._position(text, at))
        )

    def _position(self, text: str, at: int) -> str:
        line = self._lines + text.count("\n", 0, at) + 1
        feed = text.rfind("\n", 0, at)
        column = at - feed if feed >= 0 else self._letters + at - self._line_start + 1
        return Sentence("line {line} column {column}", line=line, column=column)


def _begun(text: str, token: re.Match[str]) -> str:
    """If ``token`` may go on where the text ends: its beginning, shortened to another with the same end that
    may go on in the same ways. Else nothing.
    """
    if token["string"] and not token["closed"]:
        end = token.end("string")
        return '"' + text[end:] if _ESCAPE_BEGUN.fullmatch(text, end) else ""
    if token["number"] and token.end() + 2 >= len(text) and _NUMBER_BEGUN.fullmatch(text, token.start()):
        return _MORE_DIGITS.sub("", text[token.start() :])
    return ""
