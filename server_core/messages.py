"""What a request head means: method, target, host, framing, persistence (RFC 9112 sections 3, 6 and 9).

Pure functions from matched lines to a :class:`Request`; the octets were checked by :mod:`server_core.parser`
before.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from server_core import grammar
from server_core.hosts import Host, parse_host
from server_core.refusals import Refusal
from server_core.sentence import Sentence

if TYPE_CHECKING:
    from server_core.reply import Reply

# What says who somebody is, with the lines that it may be folded over.
_SECRET_FIELD = re.compile(
    rb"^((?:proxy-)?authorization[ \t]*:)[^\n]*(?:\n[ \t][^\n]*)*\n", re.IGNORECASE | re.MULTILINE
)


class Request:
    """One parsed head. Shared between all requests with the same octets, so nobody changes it but for
    ``reply``.
    """

    __slots__ = (
        "chunked", "content_length", "expects_continue", "fields", "has_body", "head", "host", "keep_alive",
        "logged_head", "method", "path", "query", "reply", "target", "version",
    )  # fmt: skip

    method: str
    target: str
    """As it was sent."""
    version: str
    """``HTTP/1.1`` or ``HTTP/1.0``."""
    fields: dict[str, str]
    """By lower-case name; repeated ones joined with ", " (RFC 9110 section 5.3)."""
    head: bytes
    logged_head: bytes
    """The same without passwords: what the log gets."""
    host: Host
    """From the target's absolute form, else from the Host field."""
    path: str
    """Still percent-encoded; empty for ``OPTIONS *`` and CONNECT."""
    query: str | None
    content_length: int
    """Octets of the body; 0 where there is none or its length is not known beforehand."""
    chunked: bool
    keep_alive: bool
    """Whether the client wants the connection to stay open (RFC 9112 section 9.3)."""
    expects_continue: bool
    reply: Reply | None
    """With what this very head was answered last, where that can be sent again."""

    has_body: bool
    """Whether octets of a body follow."""

    @property
    def has_credentials(self) -> bool:
        """Whether it holds somebody's password, or what is as good."""
        return "authorization" in self.fields or "proxy-authorization" in self.fields

    @property
    def states_length(self) -> bool:
        """Whether the body's end is stated, even if it is empty."""
        return self.chunked or "content-length" in self.fields


def make_request(
    line: re.Match[bytes], field_lines: list[tuple[bytes, bytes]], head: bytes, scheme: str = "http"
) -> Request:
    """The request that a request line and its fields (name as sent, value without outer white space) mean to
    a server that speaks ``scheme``. Raises Refusal.
    """
    request = Request()
    request.method = line["method"].decode("ascii")
    request.target = line["target"].decode("ascii")
    request.version = "HTTP/" + line["version"].decode("ascii")
    request.fields = fields = _join(field_lines)
    request.head = head
    request.logged_head = masked(head) if request.has_credentials else head
    _read_framing(request)
    request.has_body = request.chunked or request.content_length > 0
    if "host" not in fields:
        raise Refusal("host-missing")
    _read_target(request, scheme)
    options = {option.strip(" \t").lower() for option in fields.get("connection", "").split(",")}
    request.keep_alive = "close" not in options and (request.version == "HTTP/1.1" or "keep-alive" in options)
    # Ignored in HTTP/1.0 (RFC 9110 section 10.1.1).
    expectation = fields.get("expect") if request.version == "HTTP/1.1" else None
    if expectation is not None and expectation.lower() != "100-continue":
        raise Refusal("expectation")
    request.expects_continue = expectation is not None
    request.reply = None
    return request


def masked(head: bytes) -> bytes:
    """The lines of a head, or of what was read of one, without passwords."""
    return _SECRET_FIELD.sub(rb"\1 (not shown)\r\n", head)


def _join(field_lines: list[tuple[bytes, bytes]]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for raw_name, raw_value in field_lines:
        name, value = raw_name.decode("ascii").lower(), raw_value.decode("latin-1")
        if name not in fields:
            fields[name] = value
        elif name == "host":
            raise Refusal("host-repeated")
        else:
            fields[name] += ", " + value
    return fields


def _read_framing(request: Request) -> None:
    """RFC 9112 section 6.3. Whatever two parsers could read differently is refused: that is what smuggling
    lives on.
    """
    fields = request.fields
    request.chunked = False
    request.content_length = 0
    if "transfer-encoding" in fields:
        if "content-length" in fields:
            raise Refusal("length-and-coding")
        if request.version == "HTTP/1.0":
            raise Refusal("coding-version")
        _check_codings(fields["transfer-encoding"])
        request.chunked = True
    elif "content-length" in fields:
        # A list of equal values may be taken as one (RFC 9112 section 6.3 rule 5): some client libraries
        # repeat the field.
        values = {value.strip(" \t") for value in fields["content-length"].split(",")}
        if not all(grammar.CONTENT_LENGTH.fullmatch(value) for value in values):
            raise Refusal("length-malformed")
        if len(values) > 1:
            raise Refusal("length-differs")
        digits = values.pop().lstrip("0") or "0"
        request.content_length = int(digits[: grammar.CONTENT_LENGTH_DIGITS + 1])


def _check_codings(value: str) -> None:
    codings = [coding.strip(" \t").lower() for coding in value.split(",")]
    if not all(re.fullmatch(grammar.TOKEN, coding.encode("latin-1")) for coding in codings):
        raise Refusal("coding-malformed")
    if "chunked" in codings[:-1]:
        raise Refusal("coding-order")
    if codings != ["chunked"]:
        raise Refusal("coding-unknown")


def _read_target(request: Request, scheme: str) -> None:
    """RFC 9112 section 3.2: origin-form, absolute-form, and the two forms that belong to one method each."""
    named = parse_host(request.fields["host"])
    if named is None:
        raise Refusal("host-malformed")
    request.path, request.query = "", None
    if (request.method, request.target) == ("OPTIONS", "*") or (
        request.method == "CONNECT" and parse_host(request.target)
    ):
        request.host = named
        return
    if origin := grammar.ORIGIN_FORM.fullmatch(request.target):
        request.host, request.path, request.query = named, origin["path"], origin["query"]
        return
    absolute = grammar.ABSOLUTE_FORM[scheme].fullmatch(request.target)
    if not absolute:
        raise Refusal("target-form", "" if scheme == "http" else Sentence(" Here that begins with https://."))
    host = parse_host(absolute["authority"])
    if host is None:
        raise Refusal("host-malformed")
    request.host, request.path, request.query = host, absolute["path"] or "/", absolute["query"]
