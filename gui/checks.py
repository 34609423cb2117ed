"""The rows of the black-box scripts, read from the scripts in ``tests/``: what to send, what must come.

``tests/blackbox_lib.sh`` explains their grammar. Without Qt.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

SCRIPTS_FOLDER = Path(__file__).resolve().parent.parent / "tests"
SCRIPTS = ("test_get_requests", "test_post_requests", "test_security")
# Where a row waits before it sends on.
PAUSE = b"\\p"

_COUNTED = re.compile(r"@([0-9]+)\*([^@]*)@")
_NAMED = re.compile(r"@([A-Za-z-]+)@")
_ESCAPE = re.compile(rb"\\(x[0-9A-Fa-f]{1,2}|[rnt\\])")
_ESCAPED = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"\\": b"\\"}
# The files of the sample site that rows ask for: without them a row can't be judged.
_SAMPLES = re.compile(
    r"\b(?:(?:index|about|contact)\.html|sample\.txt|(?:logo|photo)\.png|(?:family|friend)\.jpg|icons)\b"
)
# Statuses that only something that exists can have; a refusal comes whether or not it does.
_OF_WHAT_EXISTS = re.compile(r"2[0-9][0-9]|3[0-9][0-9]|405|412|415|416")


class Check(NamedTuple):
    """One row. ``request`` is None where the script runs a command of its own instead of a row."""

    name: str
    group: str
    """The heading that it stands under."""
    request: str | None = None
    fields: str = ""
    body: str | None = None
    status: str = ""
    """What the connection must answer until it is closed, as a regular expression: ``200``, ``200 404``."""
    expected: tuple[str, ...] = ()
    """``< Field: regex``, ``< !Field``, ``<< regex``, ``<= file``."""

    def samples(self) -> frozenset[str]:
        """The files of the sample site that must be in the folder for this row to mean anything."""
        if self.request is None:
            return frozenset(_SAMPLES.findall(self.name))
        if not _OF_WHAT_EXISTS.search(self.status) or self.request.startswith(("POST /upload", "@post@")):
            return frozenset()
        text = " ".join((self.request.replace("@get@", " index.html "), *self.expected))
        at_root = re.match(r"[A-Z]+ /(?: |$)", self.request)
        return frozenset(_SAMPLES.findall(text)) | ({"index.html"} if at_root else set())


def read_checks() -> list[Check]:
    """All rows of the scripts in their order. Raises OSError where the scripts are not there."""
    return [check for stem in SCRIPTS for check in _read_script(SCRIPTS_FOLDER / f"{stem}.sh")]


def _read_script(script: Path) -> list[Check]:
    found: list[Check] = []
    inside, group = False, ""
    for line in script.read_text("ascii").splitlines():
        if line.endswith("<<'CHECKS'"):
            inside = True
        elif line == "CHECKS":
            inside = False
        elif line.startswith("# ") and (inside or found):
            group = line[2:]
        elif inside and line:
            found.append(_read_row(line, group))
        elif command := re.match(r"check '([^']+)'", line):
            found.append(Check(command[1], group))
    return found


def _read_row(line: str, group: str) -> Check:
    name, request, *columns = (column.rstrip(" ") for column in line.split(" | "))
    fields, body, status, expected = "", None, "", []
    for column in columns:
        if column.startswith(">>"):
            body = column[2:].removeprefix(" ")
        elif column.startswith("> "):
            fields += column[2:] + "\\r\\n"
        elif column.startswith("<"):
            expected.append(column)
        else:
            status = column
    return Check(name, group, request, fields, body, status, tuple(expected))


def octets_of(check: Check, values: dict[str, str]) -> bytes:
    r"""What ``check`` sends, ``\p`` left for whoever sends it. ``values`` by lower-case name."""
    assert check.request is not None
    request = expand(check.request, values)
    if not re.search(r"\\[rn]", request):
        body, fields = expand(check.body or "", values), expand(check.fields, values)
        if "Host:" not in fields:
            fields = f"Host: {values['host']}\\r\\n{fields}"
        if "Connection:" not in fields:
            fields += "Connection: close\\r\\n"
        if check.body is not None and "Content-Length:" not in fields and "Transfer-Encoding:" not in fields:
            fields += f"Content-Length: {len(unescape(body))}\\r\\n"
        request = f"{request} HTTP/1.1\\r\\n{fields}\\r\\n{body}"
    return unescape(request)


def expand(text: str, values: dict[str, str]) -> str:
    """``text`` with every ``@count*text@`` and known ``@name@`` replaced."""
    while True:
        if counted := _COUNTED.search(text):
            text = text.replace(counted[0], int(counted[1]) * counted[2])
        elif (named := _NAMED.search(text)) and named[1].lower() in values:
            text = text.replace(named[0], values[named[1].lower()])
        else:
            return text


def unescape(text: str) -> bytes:
    return _ESCAPE.sub(_octet, text.encode("latin-1"))


def _octet(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes([int(code[1:], 16)]) if code.startswith(b"x") else _ESCAPED[code]


def first_values(host: str, port: int) -> dict[str, str]:
    """What rows may name before any answer has come."""
    authority = f"{host}:{port}"
    close = "Connection: close\\r\\n\\r\\n"
    return {
        "host": authority,
        "port": str(port),
        "close": close,
        "get": f"GET /index.html HTTP/1.1\\r\\nHost: {authority}\\r\\n",
        "post": f"POST /upload HTTP/1.1\\r\\nHost: {authority}\\r\\nContent-Type: application/json\\r\\n",
        "next": f"GET /no-such-page.html HTTP/1.1\\r\\nHost: {authority}\\r\\n{close}",
    }
