"""Clients that mean harm: offenders, who ask for what is forbidden and read what they are told, and wreckers,
who leave in the middle.
"""

from __future__ import annotations

import contextlib
import socket
import time

from soak.site import KIB, MIB
from soak.tally import OFFENDER, WRECKER
from soak.visitor import Row, Visitor, expect

GET = "GET /small.html HTTP/1.1"
POST = "POST /upload HTTP/1.1"
JSON = "Content-Type: application/json"
CHUNKED = "Transfer-Encoding: chunked"
SMUGGLED = b"GET /small.html HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

# Octets before the Host field's line, fields after it, body, and the status that they are due. After each the
# connection must end without another answer: a second one would be to a smuggled request.
MALFORMED: tuple[tuple[str, tuple[str, ...], bytes, int], ...] = (
    (POST, (JSON, "Content-Length: 5", CHUNKED), b"0\r\n\r\n" + SMUGGLED, 400),
    (POST, (JSON, "Content-Length: 5", "Content-Length: 6"), b"{}   ", 400),
    (POST, (JSON, "Content-Length: +5"), b"{}   ", 400),
    (POST, (JSON, "Content-Length: 0x5"), b"{}   ", 400),
    (POST, (JSON, "Transfer-Encoding: chunked, identity"), b"0\r\n\r\n", 400),
    (POST, (JSON, "Transfer-Encoding: gzip, chunked"), b"0\r\n\r\n", 501),
    (POST, (JSON, "Transfer-Encoding : chunked"), b"0\r\n\r\n" + SMUGGLED, 400),
    (POST, (JSON, CHUNKED), b"5\n{}   \r\n0\r\n\r\n", 400),
    (POST, (JSON, CHUNKED), b"-1\r\n", 400),
    (POST, (JSON, CHUNKED), b"fffffffffffffffff\r\n{}", 400),
    (POST, (JSON, CHUNKED), b"2\r\n{}X0\r\n\r\n" + SMUGGLED, 400),
    (POST, (JSON, "Content-Length: 99999999999"), b"", 413),
    (POST, (JSON,), b"", 411),
    (GET, ("X-Folded: one", " two"), b"", 400),
    (GET, ("X-Bare: one\rtwo",), b"", 400),
    (GET, ("X-Line: one\ntwo",), b"", 400),
    (GET, ("X-Nul: \0",), b"", 400),
    (GET, ("Host: 127.0.0.1",), b"", 400),
    (GET, ("Expect: a miracle",), b"", 417),
    (GET, tuple(f"X-{number}: y" for number in range(101)), b"", 431),
    (GET, (f"X-Long: {'y' * 33_000}",), b"", 431),
    (f"GET /{'y' * 9_000} HTTP/1.1", (), b"", 414),
    ("GET /small.html HTTP/2.0", (), b"", 505),
    ("GET  /small.html HTTP/1.1", (), b"", 400),
    ("GET /small.html", (), b"", 400),
    ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", (), b"", 400),
)
# Targets that lead, or seem to lead, out of the folder; the connection may go on.
FORBIDDEN = (
    "/../site/small.html", "/..%2fsmall.html", "/%2e%2e/small.html", "/folder/../small.html", "/./small.html",
    "//small.html", "/folder%5c..%5csmall.html", "/c:/windows/win.ini", "/small.html::$DATA", "/small.html.",
    "/con.txt", "/small.html%00.txt", "/%c0%ae%c0%ae/small.html", "/SMALL~1.HTM", "/uploads/anything.json",
    "/uploads/../small.html", "/folder/%0d%0aSet-Cookie:x",
)  # fmt: skip


def malformed(visitor: Visitor) -> None:
    line_text, fields, body, status = visitor.chance.choice(MALFORMED)
    with visitor.open(OFFENDER) as line:
        visitor.tally.asked[OFFENDER] += 1
        with contextlib.suppress(ConnectionError):  # refused early, and told why
            line.send(line.head(line_text, *fields) + body)
        answer = visitor.read(line, OFFENDER)
        expect(
            answer.status == status, f"{status} was due for {line_text[:40]!r} {fields}, not {answer.status}"
        )
        expect(answer.closes, f"the connection goes on after {line_text[:40]!r} {fields}")
        expect(line.ended(), f"a second answer came after {line_text[:40]!r} {fields}")


def forbidden(visitor: Visitor) -> None:
    targets = visitor.chance.sample(FORBIDDEN, 6)
    with visitor.open(OFFENDER) as line:
        visitor.tally.asked[OFFENDER] += len(targets)
        line.send(b"".join(line.head(f"GET {target} HTTP/1.1") for target in targets))
        for target in targets:
            answer = visitor.read(line, OFFENDER)
            expect(answer.status == 403, f"403 was due for {target}, {answer.status} came")


def foreign_host(visitor: Visitor) -> None:
    with visitor.open(OFFENDER) as line:
        visitor.tally.asked[OFFENDER] += 1
        line.send(b"GET /small.html HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        answer = visitor.read(line, OFFENDER)
        expect(answer.status == 403, f"403 was due for a foreign host, {answer.status} came")


def garbage(visitor: Visitor) -> None:
    """Noise, and then silence: told off, whatever it was."""
    with visitor.open(OFFENDER) as line:
        visitor.tally.asked[OFFENDER] += 1
        with contextlib.suppress(ConnectionError):
            line.send(b"\xff" + visitor.chance.randbytes(visitor.chance.randrange(1, 3_000)))
            line.sock.shutdown(socket.SHUT_WR)
        answer = visitor.read(line, OFFENDER)
        expect(400 <= answer.status < 600, f"noise was answered with {answer.status}")
        expect(line.ended(), "noise was answered twice")


def half_a_head(visitor: Visitor) -> None:
    with visitor.open(OFFENDER) as line:
        visitor.tally.asked[OFFENDER] += 1
        line.send(line.head(GET)[: visitor.chance.randrange(1, 30)])
        line.sock.shutdown(socket.SHUT_WR)
        answer = visitor.read(line, OFFENDER)
        expect(answer.status == 400, f"400 was due for half a head, {answer.status} came")


def reset_amid_an_answer(visitor: Visitor) -> None:
    line = visitor.open(WRECKER, receive_bytes=16 * KIB)
    visitor.tally.asked[WRECKER] += 1
    line.send(line.head("GET /film.jpeg HTTP/1.1"))
    with contextlib.suppress(ConnectionError):
        line.sock.recv(visitor.chance.randrange(1, 100_000))
    line.reset()


def reset_amid_an_upload(visitor: Visitor) -> None:
    body = visitor.next_parcel(visitor.chance.choice((1_000, 200_000)))
    line = visitor.open(WRECKER)
    visitor.tally.asked[WRECKER] += 1
    octets = line.head(POST, JSON, f"Content-Length: {len(body)}") + body
    with contextlib.suppress(ConnectionError):
        # All of it now and then: saved or not, it must be whole.
        line.send(octets[: visitor.chance.choice((visitor.chance.randrange(1, len(octets)), len(octets)))])
    line.reset()


def reset_at_once(visitor: Visitor) -> None:
    for _ in range(20):
        visitor.open(WRECKER).reset()


def storm(visitor: Visitor) -> None:
    """A hundred connections at once; each asks, some read, all leave."""
    with contextlib.ExitStack() as opened:
        lines = [opened.enter_context(visitor.open(WRECKER)) for _ in range(100)]
        for line in lines:
            visitor.tally.asked[WRECKER] += 1
            with contextlib.suppress(ConnectionError):
                line.send(line.head(GET))
        for line in lines[::3]:
            line.reset()


def flood(visitor: Visitor) -> None:
    """Requests without end, and not an octet is read."""
    with visitor.open(WRECKER, receive_bytes=4 * KIB) as line:
        line.sock.settimeout(1.0)
        octets = line.head("GET /picture.png HTTP/1.1")
        for _ in range(10):
            visitor.tally.asked[WRECKER] += 20
            try:
                line.send(octets * 20)
            except OSError:
                break


def silence(visitor: Visitor) -> None:
    with contextlib.ExitStack() as opened:
        for _ in range(20):
            opened.enter_context(visitor.open(WRECKER))
        visitor.pause(visitor.chance.uniform(0.1, 3.0))


def drip(visitor: Visitor) -> None:
    """Twenty heads and twenty bodies at a time, an octet now and then, never finished."""
    with contextlib.ExitStack() as opened:
        lines = [opened.enter_context(visitor.open(WRECKER)) for _ in range(40)]
        for line in lines[::2]:
            visitor.tally.asked[WRECKER] += 2
            line.send(line.head(POST, JSON, "Content-Length: 1000"))
        until_s = time.monotonic() + visitor.chance.uniform(1.0, 4.0)
        while time.monotonic() < until_s:
            for line in lines:
                with contextlib.suppress(ConnectionError):
                    line.send(b" ")
            visitor.pause(0.1)


def hardly_read(visitor: Visitor) -> None:
    with visitor.open(WRECKER, receive_bytes=4 * KIB) as line:
        visitor.tally.asked[WRECKER] += 1
        line.send(line.head("GET /film.jpeg HTTP/1.1"))
        for _ in range(visitor.chance.randrange(5, 40)):
            with contextlib.suppress(ConnectionError):
                line.sock.recv(500)
            visitor.pause(0.1)


def endless_body(visitor: Visitor) -> None:
    """More than is accepted, in chunks: refused before all of it has come."""
    with visitor.open(WRECKER) as line:
        visitor.tally.asked[WRECKER] += 1
        with contextlib.suppress(OSError):
            line.send(line.head(POST, JSON, CHUNKED))
            for _ in range(48):
                line.send(b"40000\r\n" + b" " * 0x40000 + b"\r\n")
        came = b""
        with contextlib.suppress(OSError):  # whoever goes on sending may be reset
            came = line.sock.recv(200)
        told = not came or b" 413 " in came or b" 503 " in came
        expect(told, f"413 was due for more than {10 * MIB} octets, {came[:40]!r} came")


VANDALS: dict[str, Row] = {
    "malformed and smuggling": Row(30, malformed),
    "out of the folder": Row(10, forbidden),
    "a foreign host": Row(5, foreign_host),
    "garbage": Row(10, garbage),
    "half a head": Row(5, half_a_head),
    "reset amid an answer": Row(10, reset_amid_an_answer),
    "reset amid an upload": Row(10, reset_amid_an_upload),
    "reset at once": Row(5, reset_at_once),
    "storm": Row(2, storm),
    "flood": Row(3, flood),
    "silence": Row(2, silence),
    "drip": Row(2, drip),
    "hardly read": Row(3, hardly_read),
    "endless body": Row(1, endless_body),
}
