"""What must hold of the parser, whatever arrives and however it is split."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any
from unittest import mock

from server_core import grammar, parser
from server_core.messages import Request
from server_core.parser import END, HeadCache, RequestParser
from server_core.refusals import Refusal
from tests.fuzz import oracles
from tests.fuzz.attempt import attempt
from tests.fuzz.names import renders_back
from tests.unit.octets import facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_BODY_BYTES = 64
CHUNKED_HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNK_FAULTS = {"chunk-syntax", "trailer-syntax", "obs-fold", "space-before-colon", "field-syntax"} | {
    "bare-cr", "bare-lf", "control-character"
}  # fmt: skip
# The parser's limits, small enough that short inputs reach and cross them.
SMALL_LIMITS: dict[str, Any] = {
    "TARGET_BYTES": 24,
    "REQUEST_LINE_BYTES": 40,
    "HEAD_BYTES": 120,
    "HEAD_FIELDS": 4,
    "CHUNK_LINE_BYTES": 12,
    "CHUNK_OVERHEAD_BYTES": 24,
}
SMALL_CACHE_LIMITS: dict[str, Any] = {"HEAD_CACHE_BYTES": 80, "HEAD_CACHE_ENTRIES": 2}


def split(octets: bytes) -> tuple[list[bytes], bytes]:
    """Pieces and their whole: the first octet says how many of the next are the lengths of the pieces."""
    count = octets[0] % 8 if octets else 0
    lengths, whole = octets[1 : 1 + count], octets[1 + count :]
    return list(_cut(whole, lengths or b"\xff")), whole


def _cut(octets: bytes, lengths: bytes) -> Iterator[bytes]:
    at = 0
    for length in cycle(lengths):
        if at >= len(octets):
            return
        yield octets[at : at + length + 1]
        at += length + 1


def observe(pieces: Iterable[bytes], cache: HeadCache, max_body_bytes: int = MAX_BODY_BYTES) -> list[object]:
    """All that can be seen of a parser that is fed ``pieces``; the pieces of a body are joined."""
    reader = RequestParser(max_body_bytes, cache)
    seen: list[object] = []
    try:
        for piece in pieces:
            reader.receive(piece)
            while (event := reader.next_event()) is not None:
                if isinstance(event, bytes) and seen and isinstance(seen[-1], bytes):
                    seen[-1] += event
                elif isinstance(event, Request):
                    seen.append(facts(event))
                else:
                    assert event is END or event, "an empty piece of a body"
                    seen.append(event)
    except Refusal as refusal:
        return [*seen, refusal.code, reader.request_line]
    return [*seen, reader.buffered_bytes, reader.idle]


def check_parser(data: bytes) -> None:
    pieces, octets = split(data)
    cache = HeadCache()
    whole = observe([octets], cache)
    drops = [octets[at : at + 1] for at in range(len(octets))]
    for other in (pieces, drops):
        assert observe(other, HeadCache()) == whole, "the split makes a difference"
        assert observe(other, cache) == whole, "a known head makes a difference"
    assert observe([octets], cache) == whole, "a known head makes a difference"
    _check_consumption(octets)


def check_parser_at_its_limits(data: bytes) -> None:
    with mock.patch.multiple(grammar, **SMALL_LIMITS), mock.patch.multiple(parser, **SMALL_CACHE_LIMITS):
        check_parser(data)


def _check_consumption(octets: bytes) -> None:
    """Every octet belongs to exactly one head or body, in order, and means what a plain reading says."""
    reader = RequestParser(MAX_BODY_BYTES, HeadCache())
    reader.receive(octets)
    request, start, body = None, 0, b""
    try:
        while (event := reader.next_event()) is not None:
            at = len(octets) - reader.buffered_bytes
            if isinstance(event, Request):
                assert request is None, "a body was left out"
                assert event.head == octets[start:at].lstrip(b"\r\n"), "not the octets of the head"
                _check_head(event)
                request, start, body = event if event.has_body else None, at, b""
            elif isinstance(event, bytes):
                assert request, "a body without a head"
                body += event
            else:
                assert request, "an end without a head"
                coded = octets[start:at]
                if request.chunked:
                    assert oracles.decode_chunked(coded) == (body, len(coded))
                else:
                    assert coded == body
                    assert len(body) == request.content_length
                request, start = None, at
    except Refusal:
        pass  # what came before it has been checked


def _check_head(request: Request) -> None:
    """What no other parser in front of this one could read in a second way."""
    head = request.head
    lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    assert head.endswith(b"\r\n\r\n")
    assert head.count(b"\n") == head.count(b"\r") == head.count(b"\r\n") == len(lines) + 1
    names = [line.partition(b":")[0].lower() for line in lines[1:]]
    assert all(name and not name.strip(oracles.TOKEN) for name in names), names
    assert names.count(b"host") == 1
    assert set(names) == {name.encode() for name in request.fields}
    assert lines[0] == f"{request.method} {request.target} {request.version}".encode()
    assert request.chunked == (b"transfer-encoding" in names)
    assert not (request.chunked and (b"content-length" in names or request.version == "HTTP/1.0"))
    lengths = [
        line.partition(b":")[2].strip(b" \t")
        for line in lines[1:]
        if line.lower().startswith(b"content-length:")
    ]
    for length in b",".join(lengths).split(b",") if lengths else ():
        digits = length.strip(b" \t")
        assert digits
        assert not digits.strip(oracles.DIGITS)
        assert len(digits) > grammar.CONTENT_LENGTH_DIGITS or int(digits) == request.content_length
    assert renders_back(request.host)
    assert request.path.startswith("/") or (request.path == "" and request.method in {"OPTIONS", "CONNECT"})


def check_chunked(data: bytes) -> None:
    try:
        expected: object = oracles.decode_chunked(data)
    except (oracles.WrongError, oracles.PartialError) as error:
        expected = type(error)
    reader = RequestParser(2**62, HeadCache())
    reader.receive(CHUNKED_HEAD + data)
    assert isinstance(reader.next_event(), Request)
    body = b""
    while isinstance(event := attempt(reader.next_event), bytes):
        body += event
    if isinstance(event, Refusal):
        assert event.code in CHUNK_FAULTS, event.code
        # A forbidden octet or a long line is refused before the line's end is there.
        assert isinstance(expected, type), "a valid body was refused"
    else:
        actual = (body, len(data) - reader.buffered_bytes) if event is END else oracles.PartialError
        assert actual == expected
