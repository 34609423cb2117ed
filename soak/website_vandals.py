"""Clients that mean harm to what the Website profile has more, with every switch on."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from soak.site import KIB
from soak.tally import GREEDY, GUESSER, HOARDER, OFFENDER, STRANGER, WRECKER
from soak.target import basic
from soak.vandals import GET
from soak.visitor import BusyError, Row, Visitor, expect
from soak.website_guests import OTHER

if TYPE_CHECKING:
    from soak.wire import Line

# What one client may have and ask (soak/setups.py), and how many seconds of that at once.
CONNECTIONS, RATE_PER_S, BURST_S = 64, 150, 5.0
# So many addresses guess: each password that is checked takes a processor for some tenths of a second.
GUESSERS = 20
HARMFUL_NAMES = (
    ".hidden", "con.txt", "desktop.ini", "a%2F..%2Fb", "..%5Cb", "notes.txt.", "a%00b", "x:y", "trap.lnk",
    "upload_20260101_000000_00000000.json", "bill%E2%80%AEfdp.exe", "x" * 300,
)  # fmt: skip


def reset_amid_a_zip(visitor: Visitor) -> None:
    line = visitor.open(WRECKER, receive_bytes=16 * KIB)
    visitor.tally.asked[WRECKER] += 1
    line.send(line.head("GET /gallery/?zip HTTP/1.1"))
    with contextlib.suppress(ConnectionError):
        for _ in range(visitor.chance.randrange(1, 40)):
            line.sock.recv(64 * KIB)
    visitor.chance.choice((line.reset, line.close))()


def reset_amid_a_file(visitor: Visitor) -> None:
    """All of it now and then: saved or not, it must be whole."""
    body = visitor.next_parcel(visitor.chance.choice((1_000, 300_000)))
    line = visitor.open(WRECKER)
    visitor.tally.asked[WRECKER] += 1
    octets = line.head("PUT /upload/photo.jpg HTTP/1.1", f"Content-Length: {len(body)}") + body
    with contextlib.suppress(ConnectionError):
        line.send(octets[: visitor.chance.choice((visitor.chance.randrange(1, len(octets)), len(octets)))])
    visitor.chance.choice((line.reset, line.close))()


def harmful_name(visitor: Visitor) -> None:
    with visitor.open(OFFENDER) as line:
        for name in visitor.chance.sample(HARMFUL_NAMES, 4):
            put(visitor, line, f"/upload/{name}")


def cross_site(visitor: Visitor) -> None:
    """A page of another site has a browser send a file."""
    with visitor.open(OFFENDER) as line:
        put(visitor, line, "/upload/planted.html", f"Origin: {OTHER}")


def put(visitor: Visitor, line: Line, target: str, *fields: str) -> None:
    visitor.tally.asked[OFFENDER] += 1
    line.send(line.head(f"PUT {target} HTTP/1.1", "Content-Length: 2", *fields) + b"{}")
    answer = visitor.read(line, OFFENDER)
    expect(answer.status == 403, f"403 was due for {target}, {answer.status} came")


def too_much(visitor: Visitor) -> None:
    """Announced, and refused before any of it is sent."""
    with visitor.open(OFFENDER) as line:
        visitor.tally.asked[OFFENDER] += 1
        line.send(line.head("PUT /upload/film.mp4 HTTP/1.1", "Content-Length: 99999999999"))
        answer = visitor.read(line, OFFENDER)
        expect(answer.status == 413, f"413 was due for 100 GB, {answer.status} came")
        expect(answer.closes, "the connection goes on though nobody wants what comes")


def guesses(visitor: Visitor) -> None:
    """Never the right password, and never an answer that tells more than that."""
    with visitor.open(GUESSER, addresses=(0, GUESSERS)) as line:
        for number in range(10):
            line.login = basic(
                f"{visitor.target.login.partition(':')[0]}:{visitor.name} {time.time()} {number}"
            )
            visitor.tally.asked[GUESSER] += 1
            line.send(line.head(GET))
            with contextlib.suppress(BusyError):  # too many are being checked; read() saw when to come back
                answer = visitor.read(line, GUESSER)
                expect(answer.status in {401, 429}, f"401 or 429 was due for a guess, {answer.status} came")
                expect(
                    answer.status == 401 or int(answer.fields["retry-after"]) > 0, "429 says not until when"
                )


def stranger(visitor: Visitor) -> None:
    """From a network that may not come: ended before the handshake."""
    for _ in range(5):
        try:
            visitor.open(STRANGER).close()
        except BusyError:
            continue
        expect(False, "a stranger was let in")


def greedy(visitor: Visitor) -> None:
    """More requests than one client may send: those it may are answered, and no others."""
    began_s, allowed = time.monotonic(), 0
    address = int(visitor.name.rpartition("-")[2])
    for _ in range(15):
        with visitor.open(GREEDY, addresses=(address, address + 1)) as line:
            visitor.tally.asked[GREEDY] += 90
            line.send(line.head(GET) * 90)
            for _ in range(90):
                answer = visitor.read(line, GREEDY)
                expect(answer.status in {200, 429}, f"200 or 429 was due, {answer.status} came")
                expect(
                    answer.status == 200 or int(answer.fields["retry-after"]) > 0, "429 says not until when"
                )
                allowed += answer.status == 200
    most = RATE_PER_S * (BURST_S + time.monotonic() - began_s) + 1
    expect(allowed <= most, f"{allowed} requests of one client were answered where {most:.0f} may be")


def hoarder(visitor: Visitor) -> None:
    """More connections than one client may have open."""
    address = int(visitor.name.rpartition("-")[2])
    with contextlib.ExitStack() as opened:
        lines = []
        for _ in range(CONNECTIONS + 20):
            with contextlib.suppress(BusyError):
                lines.append(opened.enter_context(visitor.open(HOARDER, addresses=(address, address + 1))))
        expect(len(lines) <= CONNECTIONS, f"{len(lines)} connections of one client were taken")


WEBSITE_VANDALS: dict[str, Row] = {
    "reset amid a zip": Row(5, reset_amid_a_zip),
    "reset amid a file": Row(10, reset_amid_a_file),
    "a harmful name": Row(8, harmful_name),
    "a cross-site file": Row(5, cross_site),
    "too much announced": Row(3, too_much),
    "guesses": Row(3, guesses),
    "strangers": Row(5, stranger),
    "greedy": Row(1, greedy),
    "hoarder": Row(1, hoarder),
}
