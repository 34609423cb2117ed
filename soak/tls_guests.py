"""Clients that behave, in ways that there are over TLS alone."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from soak import identities
from soak.identities import COUNTS_WITHIN_S
from soak.site import content
from soak.tally import GUEST
from soak.tls_end import VERSIONS, TlsEnd
from soak.visitor import BusyError, Row, Visitor, expect, expect_content

if TYPE_CHECKING:
    from soak.wire import Line


def ask_small(visitor: Visitor, line: Line) -> None:
    visitor.tally.asked[GUEST] += 1
    line.send(line.head("GET /small.html HTTP/1.1", "Connection: close"))
    expect_content(visitor.read(line, GUEST), 200, content("small.html"))
    expect(line.ended(), "more came than the answer")


def new_handshake(visitor: Visitor) -> None:
    """Over both versions, and with a certificate that counts at this time."""
    for version in VERSIONS:
        oldest = visitor.renewer.done_before(COUNTS_WITHIN_S)
        with visitor.open(GUEST, version=version) as line:
            newest = visitor.renewer.begun
            due = {number % identities.COUNT for number in range(oldest, newest + 1)}
            expect(line.shown in due, f"one of the certificates {due} was due, number {line.shown} was shown")
            ask_small(visitor, line)


def dripped_handshake(visitor: Visitor) -> None:
    """A ClientHello that arrives in small pieces, within the deadline."""
    trust = visitor.target.trust
    assert trust is not None
    with visitor.open_plain(GUEST) as line:
        end = TlsEnd(line.plain, trust.context())
        octets = end.hello()
        try:
            while octets:
                count = visitor.chance.randrange(1, 60)
                line.plain.sendall(octets[:count])
                octets = octets[count:]
                visitor.pause(0.02)
            line.finish_handshake(trust, end)
        except ConnectionError:
            visitor.tally.dismissed[GUEST] += 1
            raise BusyError from None
        ask_small(visitor, line)


def many_records(visitor: Visitor) -> None:
    """A request of which each octet is a record of its own, all of them at once."""
    with visitor.open(GUEST) as line:
        visitor.tally.asked[GUEST] += 1
        assert isinstance(line.sock, TlsEnd)
        octets = line.head("GET /page.html HTTP/1.1")
        records = b"".join(line.sock.records(octets[at : at + 1]) for at in range(len(octets)))
        line.plain.sendall(records)
        expect_content(visitor.read(line, GUEST), 200, content("page.html"))


def no_farewell(visitor: Visitor) -> None:
    """A half that is closed without close_notify is no reason to cut the answer."""
    name = visitor.chance.choice(("small.html", "large.txt"))
    with visitor.open(GUEST) as line:
        visitor.tally.asked[GUEST] += 1
        line.send(line.head(f"GET /{name} HTTP/1.1"))
        line.plain.shutdown(socket.SHUT_WR)
        expect_content(visitor.read(line, GUEST), 200, content(name))
        expect(line.ended(), "more came than the answer")


TLS_GUESTS: dict[str, Row] = {
    "a new handshake": Row(10, new_handshake),
    "a dripped handshake": Row(3, dripped_handshake),
    "a record for each octet": Row(3, many_records),
    "half-closed without a farewell": Row(3, no_farewell),
}
