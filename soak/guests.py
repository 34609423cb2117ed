"""Clients that behave: every one of their answers is compared octet for octet."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING
from urllib.parse import unquote

from soak import site
from soak.site import FILES, KIB, MIB, content
from soak.tally import GUEST
from soak.visitor import Row, Visitor, expect, expect_content

if TYPE_CHECKING:
    from soak.wire import Answer

IN_MEMORY = [name for name, size in FILES.items() if size <= 256 * KIB and name not in site.GALLERY]
LARGE = ("sent.jpg", "large.txt")
KEEP_EVERY = 50
"""One upload in so many stays on the disk until the end."""
# Method, target, fields, and the status that they are due.
POLITELY_REFUSED: tuple[tuple[str, str, tuple[str, ...], int], ...] = (
    ("GET", "/missing.html", (), 404),
    ("GET", "/folder", (), 301),
    ("GET", "/uploads/", (), 403),
    ("DELETE", "/small.html", (), 405),
    ("POST", "/small.html", ("Content-Length: 0",), 405),
    ("POST", "/missing.html", ("Content-Length: 0",), 404),
    ("POST", "/upload", ("Content-Length: 2", "Content-Type: text/plain"), 415),
    ("GET", "/small.html", ('If-Match: "another"',), 412),
    ("GET", "/small.html", ("Range: bytes=5000-",), 416),
)
REFUSED_BY_STANDARD = (*POLITELY_REFUSED, ("GET", "/data.bin", (), 415), ("GET", "/upload", (), 405))
NO_JSON = (b"", b"{", b"[1, 2,]", b"NaN", b'"\xff"', b"\xef\xbb\xbf{}", b"[" * 101 + b"]" * 101, b"{} {}")
UPLOAD = ("POST /upload HTTP/1.1", "Content-Type: application/json")


def get(visitor: Visitor, target: str, *fields: str) -> bytes:
    return visitor.line().head(f"GET {target} HTTP/1.1", *fields)


def fetch(visitor: Visitor, target: str, *fields: str) -> Answer:
    (answer,) = visitor.ask(get(visitor, target, *fields))
    return answer


def small(visitor: Visitor) -> None:
    name = visitor.chance.choice(IN_MEMORY)
    expect_content(fetch(visitor, f"/{name}"), 200, content(name))


def again(visitor: Visitor) -> None:
    """The same octets time and again, which are answered from memory."""
    name = visitor.chance.choice(("small.html", "page.html", "index.html"))
    for _ in range(20):
        expect_content(fetch(visitor, f"/{name}"), 200, content(name))


def pipelined(visitor: Visitor) -> None:
    names = [visitor.chance.choice(IN_MEMORY) for _ in range(visitor.chance.randrange(2, 24))]
    visitor.line(len(names))
    for name, answer in zip(names, visitor.ask(*(get(visitor, f"/{name}") for name in names)), strict=True):
        expect_content(answer, 200, content(name))


def never_asked_before(visitor: Visitor) -> None:
    name = visitor.chance.choice(IN_MEMORY)
    expect_content(fetch(visitor, f"/{name}?{visitor.chance.getrandbits(64):x}"), 200, content(name))


def from_the_file(visitor: Visitor) -> None:
    name = visitor.chance.choice(LARGE)
    expect_content(fetch(visitor, f"/{name}"), 200, content(name))


def film(visitor: Visitor) -> None:
    expect_content(fetch(visitor, "/film.jpeg"), 200, content("film.jpeg"))


def ranges(visitor: Visitor) -> None:
    name = visitor.chance.choice(("large.txt", "film.jpeg", "kept.jpg", "page.html"))
    size = FILES[name]
    first = visitor.chance.randrange(size)
    last = min(size, first + visitor.chance.randrange(1, 200 * KIB)) - 1
    forms = {
        f"{first}-{last}": (first, last),
        f"{first}-{size + 5}": (first, size - 1),
        f"{size - 1}-": (size - 1, size - 1),
        "-500": (size - 500, size - 1),
    }
    for form, (start, end) in forms.items():
        answer = fetch(visitor, f"/{name}", f"Range: bytes={form}")
        expect_content(answer, 206, content(name)[start : end + 1])
        said = answer.fields.get("content-range")
        expect(said == f"bytes {start}-{end}/{size}", f"Content-Range is {said!r} for bytes={form}")


def conditional(visitor: Visitor) -> None:
    name = visitor.chance.choice(("small.html", "large.txt"))
    tag = fetch(visitor, f"/{name}", "Range: bytes=0-0").fields["etag"]
    expect_content(fetch(visitor, f"/{name}", f"If-None-Match: {tag}"), 304, b"")
    expect_content(fetch(visitor, f"/{name}", f"If-Match: {tag}"), 200, content(name))
    answer = fetch(visitor, f"/{name}", "Range: bytes=9-17", f"If-Range: {tag}")
    expect_content(answer, 206, content(name)[9:18])
    answer = fetch(visitor, f"/{name}", "Range: bytes=9-17", 'If-Range: "old"')
    expect_content(answer, 200, content(name))


def changing(visitor: Visitor) -> None:
    """A file that is replaced meanwhile: whole, and of a state that it had between question and answer."""
    for _ in range(10):
        oldest = visitor.editor.done
        answer = fetch(visitor, f"/{site.CHANGING}")
        newest = visitor.editor.begun
        expect(answer.status == 200, f"200 was due for what changes, {answer.status} came")
        number = site.edition_number(answer.body)
        expect(
            oldest <= number <= newest,
            f"edition {oldest} to {newest} was due, {number} came ({len(answer.body)} octets)",
        )


def politely_refused(visitor: Visitor) -> None:
    refused(visitor, REFUSED_BY_STANDARD)


def refused(visitor: Visitor, table: tuple[tuple[str, str, tuple[str, ...], int], ...]) -> None:
    for method, target, fields, status in table:
        head = visitor.line().head(f"{method} {target} HTTP/1.1", *fields)
        body = b"{}" if "Content-Length: 2" in fields else b""
        (answer,) = visitor.ask(head + body)
        expect(answer.status == status, f"{status} was due for {method} {target}, {answer.status} came")


def upload(visitor: Visitor) -> None:
    size = visitor.chance.choice((60, 500, 5_000, 60_000, 70_000, 400_000, 2 * MIB))
    body = visitor.next_parcel(size)
    found(visitor, sent(visitor, body, UPLOAD), body)


def sent(visitor: Visitor, body: bytes, head: tuple[str, ...]) -> Answer:
    """The answer to an upload, with one of three framings."""
    framing = visitor.chance.choice((counted, chunked, invited))
    return framing(visitor, body, head)


def counted(visitor: Visitor, body: bytes, head: tuple[str, ...] = UPLOAD) -> Answer:
    (answer,) = visitor.ask(visitor.line().head(*head, f"Content-Length: {len(body)}") + body)
    return answer


def chunked(visitor: Visitor, body: bytes, head: tuple[str, ...]) -> Answer:
    octets, at = [visitor.line().head(*head, "Transfer-Encoding: chunked")], 0
    while at < len(body):
        piece = body[at : at + visitor.chance.randrange(1, 50_000)]
        octets.append(b"%x;some=extension\r\n%b\r\n" % (len(piece), piece))
        at += len(piece)
    (answer,) = visitor.ask(b"".join((*octets, b"0\r\nX-Trailer: yes\r\n\r\n")))
    return answer


def invited(visitor: Visitor, body: bytes, head: tuple[str, ...]) -> Answer:
    """With ``Expect: 100-continue``, on a connection of its own."""
    with visitor.open(GUEST) as line:
        visitor.tally.asked[GUEST] += 1
        line.send(line.head(*head, f"Content-Length: {len(body)}", "Expect: 100-continue"))
        answer = visitor.read(line, GUEST)
        if answer.status == 100:
            line.send(body)
            answer = visitor.read(line, GUEST)
        return answer


def found(visitor: Visitor, answer: Answer, body: bytes) -> None:
    """What is said to be saved is on the disk, as it was sent."""
    expect(answer.status == 201, f"201 was due for an upload, {answer.status} came: {answer.body[:200]!r}")
    where = unquote(answer.fields["location"])
    expect(json.loads(answer.body)["filepath"] == where, "Location and filepath differ")
    file = visitor.root / where[1:]
    expect(file.is_file(), f"{where} was confirmed and is not on the disk")
    expect(file.read_bytes() == body, f"{where} differs from what was sent")
    visitor.tally.parcels += 1
    if visitor.tally.parcels % KEEP_EVERY == 0:
        visitor.tally.kept.append(where)
    else:
        file.unlink()


def no_json(visitor: Visitor) -> None:
    for body in NO_JSON:
        answer = counted(visitor, body)
        expect(answer.status == 400, f"400 was due for {body[:20]!r}, {answer.status} came")
        expect(json.loads(answer.body)["reason"].startswith("json-"), f"no reason for {body[:20]!r}")


def old(visitor: Visitor) -> None:
    """HTTP/1.0 closes unless asked to stay."""
    with visitor.open(GUEST) as line:
        visitor.tally.asked[GUEST] += 1
        line.send(line.head("GET /page.html HTTP/1.0"))
        expect_content(visitor.read(line, GUEST), 200, content("page.html"))
        expect(line.ended(), "HTTP/1.0 was not closed")


def half_closed(visitor: Visitor) -> None:
    name = visitor.chance.choice(("small.html", *LARGE))
    with visitor.open(GUEST) as line:
        visitor.tally.asked[GUEST] += 1
        line.send(line.head(f"GET /{name} HTTP/1.1"))
        line.sock.shutdown(socket.SHUT_WR)
        expect_content(visitor.read(line, GUEST), 200, content(name))
        expect(line.ended(), "more came than the answer")


def dripped(visitor: Visitor) -> None:
    """A head and a body that arrive in small pieces, within the deadlines."""
    body = visitor.next_parcel(100)
    with visitor.open(GUEST) as line:
        visitor.tally.asked[GUEST] += 1
        octets = line.head(*UPLOAD, f"Content-Length: {len(body)}") + body
        while octets:
            count = visitor.chance.randrange(1, 12)
            line.send(octets[:count])
            octets = octets[count:]
            visitor.pause(0.02)
        found(visitor, visitor.read(line, GUEST), body)


def slowly_read(visitor: Visitor) -> None:
    """A reader that takes its time gets all of it."""
    with visitor.open(GUEST, receive_bytes=16 * KIB) as line:
        visitor.tally.asked[GUEST] += 1
        line.send(line.head("GET /large.txt HTTP/1.1"))
        visitor.pause(visitor.chance.uniform(0.2, 2.0))
        expect_content(visitor.read(line, GUEST), 200, content("large.txt"))


GUESTS: dict[str, Row] = {
    "a small file": Row(60, small),
    "the same again": Row(20, again),
    "pipelined": Row(12, pipelined),
    "never asked before": Row(20, never_asked_before),
    "from the file": Row(6, from_the_file),
    "24 MB": Row(1, film),
    "ranges": Row(6, ranges),
    "conditional": Row(6, conditional),
    "what changes meanwhile": Row(10, changing),
    "politely refused": Row(4, politely_refused),
    "upload": Row(16, upload),
    "no JSON": Row(3, no_json),
    "HTTP/1.0": Row(3, old),
    "half-closed": Row(3, half_closed),
    "dripped": Row(2, dripped),
    "slowly read": Row(2, slowly_read),
}
