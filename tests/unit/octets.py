"""Requests as octets, and what the parser makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server_core.messages import Request
from server_core.parser import END, HeadCache, RequestParser
from server_core.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_BODY_BYTES = 1_000


def request(line: str, *fields: str | bytes, host: str | None = "localhost", body: bytes = b"") -> bytes:
    """A request; ``host`` None leaves the Host field out."""
    lines: list[str | bytes] = [line]
    if host is not None:
        lines.append(f"Host: {host}")
    lines += [*fields, "", ""]
    return b"\r\n".join(text if isinstance(text, bytes) else text.encode("latin-1") for text in lines) + body


def get(*fields: str | bytes, target: str = "/", host: str | None = "localhost") -> bytes:
    return request(f"GET {target} HTTP/1.1", *fields, host=host)


def post(*fields: str | bytes, body: bytes = b"") -> bytes:
    return request("POST /upload HTTP/1.1", *fields, body=body)


def chunked(*chunks: bytes, trailers: bytes = b"") -> bytes:
    """A chunked body: each of ``chunks`` is one, then the last chunk and the trailer section."""
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n" + trailers + b"\r\n"


def facts(request: Request) -> dict[str, object]:
    """Everything a request says."""
    return {name: getattr(request, name) for name in Request.__slots__ if name != "memo"}


def outcome(
    pieces: Iterable[bytes], *, max_body_bytes: int = MAX_BODY_BYTES, cache: HeadCache | None = None
) -> list[object]:
    """What comes of octets that arrive in ``pieces``: the facts of requests, bodies joined, END, and at last
    the code of a refusal. The body's pieces depend on the split by design; nothing else may.
    """
    parser = RequestParser(max_body_bytes, HeadCache() if cache is None else cache)
    seen: list[object] = []
    try:
        for piece in pieces:
            parser.receive(piece)
            while (event := parser.next_event()) is not None:
                if isinstance(event, Request):
                    seen.append(facts(event))
                elif isinstance(event, bytes) and seen and isinstance(seen[-1], bytes):
                    seen[-1] += event
                else:
                    assert event is END or event, event
                    seen.append(event)
    except Refusal as refusal:
        seen.append(refusal.code)
    return seen


def one_request(octets: bytes) -> Request:
    """The request that ``octets`` begin with. Raises Refusal."""
    parser = RequestParser(MAX_BODY_BYTES, HeadCache())
    parser.receive(octets)
    event = parser.next_event()
    assert isinstance(event, Request), event
    return event


def drip(octets: bytes) -> list[bytes]:
    return [octets[at : at + 1] for at in range(len(octets))]
