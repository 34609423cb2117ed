"""Bytes in; a request, pieces of its body, its end, or a refusal out (RFC 9112). No sockets, no clock, no
files.

The parser walks a line of states, each with one method that consumes what it can::

    start line -> fields -> (no body)
                         -> length: Content-Length octets, then END
                         -> chunk size -> chunk data -> chunk size ... -> trailers, then END

and then stands at the start line again. A refusal is final. Faults are judged in the order of the octets,
line by line, so that the outcome never depends on how the bytes were split on their way: a line's length
limit and its first forbidden octet are compared by position, and complete lines before either are judged
first.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from server_core import grammar
from server_core.messages import Request, make_request, masked
from server_core.refusals import Refusal

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

# Heads remembered by their octets: a page's clients repeat few. 4,096 of 700 octets are about 8 MB with what
# they mean.
HEAD_CACHE_ENTRIES = 4096
# Longer heads (large cookies) are as a rule one client's own, and would let a client fill memory with 32 KiB
# entries.
HEAD_CACHE_BYTES = 2048
HEAD_END = b"\r\n\r\n"


class End(enum.Enum):
    """The body is whole."""

    END = "end"


END = End.END


class HeadCache:
    """Requests by the exact octets of their heads. Only heads that were found right enter; shared by all
    workers of a server.

    A head without a body to come can be answered from here without being parsed. Bounded: when full it
    starts afresh, which costs a busy server some thousand parses and a hostile client cannot do worse.
    """

    def __init__(self, scheme: str = "http", *, keeps_passwords: bool = True) -> None:
        """``keeps_passwords``: whether heads with one enter. Where passwords count they do not: they have no
        business in memory after their time.
        """
        self.requests: dict[bytes, Request] = {}
        self._keeps_passwords = keeps_passwords
        self.scheme = scheme
        """What the server speaks, http or https."""

    def keep(self, request: Request) -> None:
        may_stay = self._keeps_passwords or not request.has_credentials
        if len(request.head) <= HEAD_CACHE_BYTES and may_stay:
            if len(self.requests) >= HEAD_CACHE_ENTRIES:
                self.requests = {}
            self.requests[request.head] = request


class RequestParser:
    """The incoming side of one connection. Belongs to whichever thread works on the connection."""

    def __init__(self, max_body_bytes: int, cache: HeadCache) -> None:
        """``max_body_bytes`` is for a body for which nobody allows another size."""
        self._usual_max_body_bytes = self._max_body_bytes = max_body_bytes
        self._cache = cache
        self._buffer = b""
        self._at = 0
        """Where the unread octets begin."""
        self._searched = 0
        """Octets from ``_at`` on that are known to hold neither the end of a line nor a forbidden octet."""
        self._begin_message()

    def _begin_message(self) -> None:
        # A plain function, for a bound method would make a cycle: parsers, and what they hold of a client's
        # octets, go with their connections and wait for no collector.
        self._state: Callable[[RequestParser], Request | bytes | End | None] = RequestParser._start_line
        self._at_start = True
        self._line: re.Match[bytes] | None = None
        self._fields: list[tuple[bytes, bytes]] = []
        self._head = b""
        self._section_bytes = 0
        """Octets of the head, the trailer section or the chunk lines read so far."""
        self._remaining = 0
        """Octets still to come of the body or the chunk."""
        self._body_bytes = 0

    def allow_body(self, max_bytes: int) -> None:
        """How large the body of the request that was given last may be."""
        self._max_body_bytes = max_bytes

    def receive(self, data: bytes) -> None:
        """Take octets from the client, in order."""
        self._buffer = self._buffer[self._at :] + data if self._at < len(self._buffer) else data
        self._at = 0

    @property
    def buffered_bytes(self) -> int:
        """Octets received and not yet consumed."""
        return len(self._buffer) - self._at

    @property
    def idle(self) -> bool:
        """Whether nothing of a request has arrived: a stray CR LF before a request line is nothing (RFC 9112
        section 2.2).
        """
        return self._at_start and (
            self._at == len(self._buffer) or not self._buffer[self._at :].strip(b"\r\n")
        )

    @property
    def request_line(self) -> tuple[str, str, str]:
        """Method, target and version of a request that can't be given as one, as far as they are known, for
        the log.
        """
        if self._line is None:
            return "", "", ""
        return (
            self._line["method"].decode("ascii"),
            self._line["target"].decode("ascii"),
            "HTTP/" + self._line["version"].decode("ascii"),
        )

    @property
    def head(self) -> bytes:
        """The lines read so far of a head that can't be given as a Request, for the log; no passwords."""
        return masked(self._head)

    def next_event(self) -> Request | bytes | End | None:
        """A Request and, if it has a body, pieces of that and END; None where more octets are needed.

        Raises Refusal, after which nothing follows.
        """
        if self._at_start:
            if self._at == len(self._buffer):
                return None
            if not self._searched and (request := self._recall()) is not None:
                return request
        return self._state(self)

    def _recall(self) -> Request | None:
        """The request at the front, if its head is complete and known by its octets."""
        end = self._buffer.find(HEAD_END, self._at, self._at + HEAD_CACHE_BYTES)
        if end < 0:
            return None
        head = self._buffer[self._at : end + 4]
        request = self._cache.requests.get(head)
        if request is not None:
            self._at = end + 4
            self._section_bytes = 0
            if request.has_body:
                self._begin_body(request)
        return request

    def _take_line(self, limit_bytes: int, too_long: str) -> bytes | None:
        """The next line without its CR LF; None if it is not complete. ``limit_bytes`` is for the line with
        its end.

        Raises Refusal at the first forbidden octet, or with ``too_long`` where the limit comes before it.
        """
        start = self._at
        feed = self._buffer.find(b"\n", start + self._searched)
        end = feed + 1 if feed >= 0 else len(self._buffer)
        within = self._buffer[start : min(end, start + limit_bytes)]
        # From one octet before what was searched: a CR there may have turned out to stand alone.
        if bad := grammar.FORBIDDEN_OCTET.search(within, max(self._searched - 1, 0)):
            raise Refusal({b"\r": "bare-cr", b"\n": "bare-lf"}.get(bad[0], "control-character"))
        if end - start > limit_bytes:
            raise Refusal(too_long)
        if feed < 0:
            self._searched = end - start
            return None
        self._at = end
        self._searched = 0
        return within[:-2]

    def _start_line(self) -> Request | bytes | End | None:
        line = self._take_line(grammar.REQUEST_LINE_BYTES, "target-too-long")
        # Empty lines before the request line are ignored (RFC 9112 section 2.2), as long as they fit in a
        # head.
        while line == b"":
            self._section_bytes += 2
            if self._section_bytes > grammar.HEAD_BYTES:
                raise Refusal("request-line")
            line = self._take_line(grammar.REQUEST_LINE_BYTES, "target-too-long")
        if line is None:
            return None
        self._head = line + b"\r\n"
        self._line = grammar.REQUEST_LINE.fullmatch(line)
        if self._line is None:
            raise Refusal("request-line")
        if len(self._line["target"]) > grammar.TARGET_BYTES:
            raise Refusal("target-too-long")
        if self._line["version"] not in (b"1.1", b"1.0"):
            raise Refusal("version")
        self._section_bytes = len(self._head)
        self._at_start = False
        self._state = RequestParser._fields_section
        return self._fields_section()

    def _fields_section(self) -> Request | bytes | End | None:
        if not self._read_fields("head-too-large", "too-many-fields"):
            return None
        assert self._line is not None
        request = make_request(self._line, self._fields, self._head, self._cache.scheme)
        self._cache.keep(request)
        self._begin_message()
        if request.has_body:
            self._begin_body(request)
        return request

    def _read_fields(self, too_large: str, too_many: str) -> bool:
        """Field lines up to the empty one; whether that was reached (RFC 9112 section 5)."""
        while (line := self._take_line(grammar.HEAD_BYTES - self._section_bytes, too_large)) is not None:
            self._section_bytes += len(line) + 2
            self._head += line + b"\r\n"
            if not line:
                return True
            if len(self._fields) == grammar.HEAD_FIELDS:
                raise Refusal(too_many)
            match = grammar.FIELD_LINE.fullmatch(line)
            if match is None:
                raise Refusal(_fault_of_field(line))
            self._fields.append((match["name"], match["value"].strip(grammar.OWS)))
        return False

    def _begin_body(self, request: Request) -> None:
        self._at_start = False
        self._state = RequestParser._chunk_size if request.chunked else RequestParser._length
        self._remaining = request.content_length
        self._max_body_bytes = self._usual_max_body_bytes

    def _length(self) -> bytes | End | None:
        if self._remaining > self._max_body_bytes:
            raise Refusal("body-too-large")
        return self._take_data() if self._remaining else self._end()

    def _take_data(self) -> bytes | None:
        data = self._buffer[self._at : self._at + self._remaining]
        self._at += len(data)
        self._remaining -= len(data)
        return data or None

    def _end(self) -> End:
        self._begin_message()
        return END

    def _chunk_size(self) -> Request | bytes | End | None:
        line = self._take_line(grammar.CHUNK_LINE_BYTES, "chunk-syntax")
        if line is None:
            return None
        match = grammar.CHUNK_LINE.fullmatch(line)
        if match is None:
            raise Refusal("chunk-syntax")
        size = int(match["size"], 16)
        self._body_bytes += size
        if self._body_bytes > self._max_body_bytes:
            raise Refusal("body-too-large")
        self._section_bytes += len(line)
        if self._section_bytes > grammar.CHUNK_OVERHEAD_BYTES + self._body_bytes:
            raise Refusal("chunk-syntax")
        if size == 0:
            self._section_bytes = 0
            self._state = RequestParser._trailers
            return self._trailers()
        self._remaining = size
        self._state = RequestParser._chunk_data
        return self._chunk_data()

    def _chunk_data(self) -> Request | bytes | End | None:
        if self._remaining:
            return self._take_data()
        end = self._buffer[self._at : self._at + 2]
        if not b"\r\n".startswith(end):
            raise Refusal("chunk-syntax")
        if len(end) < 2:
            return None
        self._at += 2
        self._state = RequestParser._chunk_size
        return self._chunk_size()

    def _trailers(self) -> End | None:
        """Trailer fields are checked like those of a head, and dropped: none is known that an upload could
        need.
        """
        return self._end() if self._read_fields("trailer-syntax", "trailer-syntax") else None


def _fault_of_field(line: bytes) -> str:
    if line[:1] in (b" ", b"\t"):
        return "obs-fold"
    return "space-before-colon" if grammar.SPACE_BEFORE_COLON.fullmatch(line) else "field-syntax"
