"""Which pages of other origins may read what is served (Fetch standard, section 3.3), as pure functions over
text and fields.

Cookies and passwords that a browser keeps are never shared so (no Access-Control-Allow-Credentials).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from server_core.grammar import TOKEN
from server_core.hosts import parse_host
from server_core.sentence import Mistake

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server_core.messages import Request

ANY = "*"
# How long a browser may keep what a preflight said. Chromium keeps it for two hours at most, Firefox for a
# day; after ten minutes other settings take hold, and one request more in that time costs nothing.
PREFLIGHT_AGE_S = 600

# RFC 3986 section 3.1. Programs have schemes of their own: chrome-extension, tauri, capacitor.
_ORIGIN = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/?#@]*)", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_NAMES = re.compile(TOKEN.decode("ascii") + r"(?:[ \t]*,[ \t]*" + TOKEN.decode("ascii") + ")*")


def parse_origin(text: str) -> str:
    """An origin as browsers write it (RFC 6454 section 6.2), or ``*``. Raises ValueError with a sentence."""
    if text == ANY:
        return text
    if text.lower() == "null":
        raise Mistake(
            "null can't be allowed, for every file and every sandboxed frame has that origin: serve the "
            "page from an address, and allow that."
        )
    match = _ORIGIN.fullmatch(text)
    host = parse_host(match["authority"]) if match else None
    if match is None or host is None:
        raise Mistake(
            "{text!r} is not an origin: write https://app.example or http://localhost:3000, without a "
            "path, or * for every origin.",
            text=text,
        )
    scheme = match["scheme"].lower()
    port = "" if host.port in {None, _DEFAULT_PORTS.get(scheme)} else f":{host.port}"
    return f"{scheme}://{host.name}{port}"


def is_preflight(request: Request) -> bool:
    """Whether a browser asks what it may send to another origin (Fetch standard, section 3.3.2). It asks
    without a password, and the answer says nothing of what is served.
    """
    fields = request.fields
    return request.method == "OPTIONS" and "origin" in fields and "access-control-request-method" in fields


class Cors:
    """What is said to pages of ``origins``. Immutable; any thread may call any method."""

    def __init__(self, origins: tuple[str, ...]) -> None:
        self._allows_any = ANY in origins
        self.fields: tuple[tuple[str, str], ...] = _fields(ANY) if self._allows_any else ()
        """Those of every answer."""
        named = () if self._allows_any else origins
        self.lines: Mapping[str, bytes] = {
            origin: "".join(f"{name}: {value}\r\n" for name, value in _fields(origin)).encode("ascii")
            for origin in named
        }
        """Those of answers to one origin. Where there are any, an answer varies by Origin."""

    def preflight(self, request: Request, methods: str) -> tuple[tuple[str, str], ...]:
        """What the answer to OPTIONS has besides where it is a preflight of an allowed origin: that
        ``methods`` may be used, and the fields that are asked for be sent.
        """
        fields = request.fields
        allowed = self._allows_any or fields.get("origin", "") in self.lines
        if not allowed or not is_preflight(request):
            return ()
        age = ("Access-Control-Max-Age", str(PREFLIGHT_AGE_S))
        answer = (("Access-Control-Allow-Methods", methods), age)
        names = fields.get("access-control-request-headers", "")
        return (*answer, ("Access-Control-Allow-Headers", names)) if _NAMES.fullmatch(names) else answer


def _fields(origin: str) -> tuple[tuple[str, str], ...]:
    # Without credentials * stands for every field: a script may read ETag, Content-Range and Location.
    return (("Access-Control-Allow-Origin", origin), ("Access-Control-Expose-Headers", "*"))
