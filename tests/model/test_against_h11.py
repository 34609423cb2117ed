"""The parser beside h11, which reads the same protocol by other means: they agree, or the table says why not.

h11 is built to be lenient where RFC 9112 allows it, and leaves the target, the host and most limits to its
user. This server refuses whatever two parsers could read differently.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import h11
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server_core.messages import Request
from server_core.parser import END, HeadCache, RequestParser
from server_core.refusals import Refusal

MAX_BODY_BYTES = 1_000
HEAD_BYTES = 32 * 1024


class Message(NamedTuple):
    """One request as either parser understood it."""

    method: str
    target: str
    version: str
    fields: dict[str, str]
    body: bytes


class Refused(NamedTuple):
    reason: str
    """Our key in REFUSALS, or h11's sentence."""


def ours(octets: bytes) -> Message | Refused | None:
    """The first request in ``octets``, after which the client sends no more; None where there is none."""
    parser = RequestParser(MAX_BODY_BYTES, HeadCache())
    parser.receive(octets)
    try:
        request, body = parser.next_event(), b""
        if request is None:
            return None if parser.idle else Refused("incomplete")
        assert isinstance(request, Request)
        if request.has_body:
            while isinstance(event := parser.next_event(), bytes):
                body += event
            if event is not END:
                return Refused("incomplete")
    except Refusal as refusal:
        return Refused(refusal.code)
    return Message(request.method, request.target, request.version, request.fields, body)


def theirs(octets: bytes) -> Message | Refused | None:
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES)
    try:
        connection.receive_data(octets)
        connection.receive_data(b"")
        request, body = connection.next_event(), b""
        if not isinstance(request, h11.Request):
            return None
        while isinstance(event := connection.next_event(), h11.Data):
            body += event.data
        assert isinstance(event, h11.EndOfMessage), event
    except h11.RemoteProtocolError as error:
        return Refused(str(error))
    fields: dict[str, str] = {}
    for raw_name, raw_value in request.headers:
        name, value = raw_name.decode("ascii"), raw_value.decode("latin-1")
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return Message(
        request.method.decode("ascii"),
        request.target.decode("ascii"),
        "HTTP/" + request.http_version.decode("ascii"),
        fields,
        body,
    )


def difference(octets: bytes) -> tuple[str, str] | None:
    """How the two disagree: what either does, in the words of DIFFERENCES. None where they agree; two
    refusals agree, whatever the reason.
    """
    we, they = ours(octets), theirs(octets)
    if we == they or (isinstance(we, Refused) and isinstance(they, Refused)):
        return None
    if isinstance(we, Message) and isinstance(they, Message):
        parts = {name for name in Message._fields if getattr(we, name) != getattr(they, name)} - {"fields"}
        parts |= {name for name, _ in we.fields.items() ^ they.fields.items()}
        return "reads", " ".join(sorted(parts))
    return _verdict(we), _verdict(they)


def _verdict(outcome: Message | Refused | None) -> str:
    if isinstance(outcome, Refused):
        return outcome.reason
    return "waits" if outcome is None else "accepts"


class Row(NamedTuple):
    """A class of differences, an example that shows it, and why ours is as it is."""

    we: str
    they: str
    """How its sentence begins."""
    where: bytes
    """What stands in the octets, as a regular expression: the cause."""
    example: bytes
    reason: str


def head(*lines: bytes) -> bytes:
    return b"\r\n".join([*lines, b"", b""])


GET, POST, HOST = b"GET / HTTP/1.1", b"POST /upload HTTP/1.1", b"Host: a"
CHUNKED = b"Transfer-Encoding: chunked"
TRAILER = b"0\r\nTransfer-Encoding: gzip\r\n\r\n"

DIFFERENCES: dict[str, Row] = {
    "bare LF": Row(
        "bare-lf", "accepts", rb"(?<!\r)\n", b"GET / HTTP/1.1\nHost: a\n\n",
        "RFC 9112 2.2 only allows to take it for a line's end; a proxy in front that does not is fooled",
    ),
    "bare CR in a chunk extension": Row(
        "bare-cr", "accepts", rb"\r(?!\n)", head(POST, HOST, CHUNKED) + b"2;a\rb\r\n{}\r\n0\r\n\r\n",
        "RFC 9112 2.2 calls it invalid in every protocol element",
    ),
    "control character": Row(
        "control-character", "accepts", rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", head(GET, HOST, b"X: \x1b[31m"),
        "RFC 9110 5.5 allows to keep some; they colour terminals and forge log lines",
    ),
    "line folding": Row(
        "obs-fold", "accepts", rb"\n[ \t]", head(GET, HOST, b"X: a", b" b"),
        "RFC 9112 5.2 lets a server refuse or unfold; what is unfolded two parsers can read in two ways",
    ),
    "chunk extension": Row(
        "chunk-syntax", "accepts", rb"(?im)^[0-9a-f]+[ \t]*;",
        head(POST, HOST, CHUNKED) + b"0;a= \xa0\r\n\r\n",
        "RFC 9112 7.1.1 has a grammar for what follows the semicolon; h11 skips it unread",
    ),
    "blank before a chunk extension": Row(
        "accepts", "illegal chunk header", rb"(?im)^[0-9a-f]+[ \t]+;",
        head(POST, HOST, CHUNKED) + b"0 ;a\r\n\r\n",
        "RFC 9112 7.1.1 has bad white space there, which a recipient must take",
    ),
    "blanks after a chunk size": Row(
        "chunk-syntax", "accepts", rb"(?im)^[0-9a-f]+[ \t]+\r$",
        head(POST, HOST, CHUNKED) + b"0 \r\n\r\n",
        "RFC 9112 7.1 has no white space there",
    ),
    "chunk size of more than 20 digits": Row(
        "accepts", "illegal chunk header", rb"(?im)^0{6}[0-9a-f]{15}",
        head(POST, HOST, CHUNKED) + b"0" * 21 + b"\r\n\r\n",
        "RFC 9112 7.1 allows any number of zeros; what counts is bounded by the digits behind them",
    ),
    "framing in a trailer": Row(
        "accepts", "Only Transfer-Encoding: chunked is supported", rb"(?i)\ntransfer-encoding:(?!.*chunked)",
        head(POST, HOST, CHUNKED) + TRAILER,
        "RFC 9110 6.5.1: trailers are dropped unread, so they can't change what was framed",
    ),
    "length in a trailer": Row(
        "accepts", "bad Content-Length", rb"(?i)\ncontent-length:",
        head(POST, HOST, CHUNKED) + b"0\r\nContent-Length: x\r\n\r\n", "as above",
    ),
    "lengths in a trailer": Row(
        "accepts", "conflicting Content-Length headers", rb"(?i)\ncontent-length:",
        head(POST, HOST, CHUNKED) + b"0\r\nContent-Length: 1, 2\r\n\r\n", "as above",
    ),
    "coding twice in a trailer": Row(
        "accepts", "multiple Transfer-Encoding headers", rb"(?i)\ntransfer-encoding:",
        head(POST, HOST, CHUNKED) + b"0\r\n" + head(CHUNKED, CHUNKED), "as above",
    ),
    "length and coding": Row(
        "length-and-coding", "accepts", rb"(?is)content-length:.*transfer-|transfer-encoding:.*content-",
        head(POST, HOST, CHUNKED, b"Content-Length: 5") + b"0\r\n\r\n",
        "RFC 9112 6.1 calls it what smuggling lives on and lets a server refuse",
    ),
    "coding in HTTP/1.0": Row(
        "coding-version", "accepts", rb"HTTP/1\.0", head(b"POST / HTTP/1.0", HOST, CHUNKED) + b"0\r\n\r\n",
        "RFC 9112 6.1: its framing is faulty",
    ),
    "equal lengths in a list": Row(
        "reads", "content-length", rb"(?i)content-length:",
        head(POST, HOST, b"Content-Length: 2, 2") + b"{}",
        "RFC 9112 6.3 rule 5: both frame by the one value; the field is shown here as it was sent",
    ),
    "coding in another case": Row(
        "reads", "transfer-encoding", rb"(?i)transfer-encoding:",
        head(POST, HOST, CHUNKED.upper()) + b"0\r\n\r\n",
        "RFC 9112 7: both take it in any case; the field is shown here as it was sent",
    ),
    "body larger than the limit": Row(
        "body-too-large", "accepts", rb"(?i)content-length: *[0-9]{4}",
        head(POST, HOST, b"Content-Length: 1001") + b"a" * 1001,
        "the limit is ours; h11 leaves it to its user",
    ),
    "another version": Row(
        "version", "accepts", rb"HTTP/(?!1\.[01])", head(b"GET / HTTP/2.0", HOST),
        "RFC 9110 15.6.6: 505; h11 leaves it to its user",
    ),
    "target in no known form": Row(
        "target-form", "accepts", rb"\A(?:\r\n)*[^ ]+ (?!/[^#]* HTTP)",
        head(b"GET index.html HTTP/1.1", HOST),
        "RFC 9112 3.2: 400 or a redirect; h11 leaves it to its user",
    ),
    "target over 8 KiB": Row(
        "target-too-long", "accepts", rb"[^ ]{8193}", head(b"GET /" + b"a" * 8192 + b" HTTP/1.1", HOST),
        "RFC 9112 3: 414; h11 limits the head alone",
    ),
    "101 fields": Row(
        "too-many-fields", "accepts", rb"(?:.*\r\n){101}", head(GET, HOST, *[b"X: a"] * 100),
        "RFC 6585 5: 431; h11 limits the head's octets alone",
    ),
    "malformed host": Row(
        "host-malformed", "accepts", rb"(?i)\nhost:|http:", head(GET, b"Host: a/b"),
        "RFC 9112 3.2: 400; h11 leaves the value to its user",
    ),
    "no host in HTTP/1.0": Row(
        "host-missing", "accepts", rb"HTTP/1\.0", head(b"GET / HTTP/1.0"),
        "the list of allowed hosts, which stops DNS rebinding, must not be passed by an old version",
    ),
    "unknown expectation": Row(
        "expectation", "accepts", rb"(?i)\nexpect:", head(GET, HOST, b"Expect: a-miracle"),
        "RFC 9110 10.1.1: 417; h11 ignores it",
    ),
    "empty line first": Row(
        "accepts", "no request line received", rb"\A\r\n", b"\r\n" + head(GET, HOST),
        "RFC 9112 2.2: a server ignores at least one; old clients send it after a body",
    ),
    "empty line alone": Row(
        "waits", "no request line received", rb"\A[\r\n]*\Z", b"\r\n", "as above",
    ),
}  # fmt: skip


def is_explained(octets: bytes) -> bool:
    found = difference(octets)
    return found is None or any(_is_of(row, found, octets) for row in DIFFERENCES.values())


def _is_of(row: Row, found: tuple[str, str] | None, octets: bytes) -> bool:
    if found is None or found[0] != row.we or not found[1].startswith(row.they):
        return False
    return re.search(row.where, octets) is not None


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in DIFFERENCES.items()])
def test_every_row_is_a_difference(row):
    assert _is_of(row, difference(row.example), row.example)


AGREED = {
    "a page": head(GET, HOST),
    "a query": head(b"GET /a?b=c HTTP/1.1", HOST),
    "an absolute target": head(b"GET http://a/b HTTP/1.1", HOST),
    "HTTP/1.0": head(b"GET / HTTP/1.0", HOST, b"Connection: keep-alive"),
    "fields": head(GET, HOST, b"Cookie: a=b; c=d", b"X:", b"X:\t caf\xe9 ", b"x: y"),
    "an upload": head(POST, HOST, b"Content-Length: 2") + b"{}",
    "a chunked upload": head(POST, HOST, CHUNKED) + b'5;a="b"\r\n[1,2,\r\n2\r\n3]\r\n0\r\nDigest: x\r\n\r\n',
    "two requests": head(GET, HOST) + head(GET, HOST),
}


@pytest.mark.parametrize("octets", AGREED.values(), ids=AGREED)
def test_both_accept(octets):
    assert isinstance(ours(octets), Message)
    assert difference(octets) is None


REFUSED = {
    "lengths differ": head(POST, HOST, b"Content-Length: 2", b"Content-Length: 3") + b"{}",
    "length with a sign": head(POST, HOST, b"Content-Length: +2") + b"{}",
    "chunked not last": head(POST, HOST, b"Transfer-Encoding: chunked, gzip"),
    "another coding": head(POST, HOST, b"Transfer-Encoding: gzip, chunked"),
    "chunk that is longer than its size": head(POST, HOST, CHUNKED) + b"1\r\n{}\r\n0\r\n\r\n",
    "no host": head(GET),
    "two hosts": head(GET, HOST, HOST),
    "space before a colon": head(GET, HOST, b"X : y"),
    "NUL": head(GET, HOST, b"X: \0"),
    "two spaces": head(b"GET  / HTTP/1.1", HOST),
    "half a head": b"GET / HTTP/1.1\r\nHost:",
    "half a body": head(POST, HOST, b"Content-Length: 2") + b"{",
}


@pytest.mark.parametrize("octets", REFUSED.values(), ids=REFUSED)
def test_both_refuse(octets):
    assert isinstance(ours(octets), Refused)
    assert isinstance(theirs(octets), Refused)


LINES = [
    GET, POST, b"GET /a?b=c HTTP/1.0", b"GET http://a:80 HTTP/1.1", b"OPTIONS * HTTP/1.1",
    b"CONNECT a:1 HTTP/1.1",
]  # fmt: skip
FIELDS = [
    HOST, b"Host: [::1]:80", b"X: y", b"X:", b"x:  z\t ", b"Cookie: \xe9\x80", b"Content-Length: 5",
    b"content-length: 05", b"Content-Length: 5, 5", b"Content-Length: 5,6", b"Content-Length: 0",
    b"transfer-encoding:Chunked", b"Transfer-Encoding: gzip", b"Expect: 100-continue", b"Expect: x",
    b"Connection: close", b"Connection: upgrade", b"Upgrade: h2c",
]  # fmt: skip
BODIES = [
    b"", b"hello", b"5\r\nhello\r\n0\r\n\r\n", b"0\r\n\r\n", b"0\r\nContent-Length: 6\r\nHost: b\r\n\r\n",
    b'2;a\r\nhe\r\n003 ;b="c" ; d=e\r\nllo\r\n0\r\nA: b\r\nC:\r\n\r\n',
]  # fmt: skip
# What a mutation puts in: the octets that parsers stumble over.
BITS = [
    b"", b"\r\n", b"\n", b"\r", b" ", b"\t", b"\0", b"\x0b", b"\x0c", b"\x1f", b"\x7f", b"\x80", b"\x85",
    b"\xa0", b":", b";", b",", b"=", b'"', b"\\", b"/", b"0", b"f", b"+", b"_", b"x", b"Host: b\r\n",
    b"0\r\n\r\n", head(GET, HOST),
]  # fmt: skip


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """A request that is right or nearly so, with up to three octets replaced or put in."""
    framing = draw(st.sampled_from([b"Content-Length: 5", CHUNKED, b"X: y"]))
    fields = draw(st.lists(st.sampled_from(FIELDS), max_size=3))
    octets = head(draw(st.sampled_from(LINES)), *draw(st.permutations([HOST, framing, *fields])))
    octets += draw(st.sampled_from(BODIES))
    for bit in draw(st.lists(st.sampled_from(BITS), max_size=3)):
        at = draw(st.integers(0, len(octets)))
        octets = octets[:at] + bit + octets[at + draw(st.integers(0, 1)) :]
    return octets


@settings(max_examples=max(1_000, settings.default.max_examples))
@given(requests())
@example(b"")
@example(b"\r\n")
def test_every_difference_is_in_the_table(octets):
    assert is_explained(octets), (difference(octets), octets)
