"""Clients that behave and use what the Website profile has more, with every switch on."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from typing import TYPE_CHECKING

from soak import site
from soak.guests import POLITELY_REFUSED, fetch, found, refused, sent
from soak.site import FILES, GALLERY, MIB, content
from soak.visitor import Row, Visitor, expect, expect_content

if TYPE_CHECKING:
    from soak.wire import Answer

FRIEND, OTHER = "https://app.example", "https://evil.example"
EXTRA = ("X-Chaos", "yes")
FIELDS = (("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-cache"), EXTRA)
"""Those of every file."""
TYPES = {
    "small.html": "text/html; charset=utf-8",
    "one.txt": "text/plain; charset=utf-8",
    "picture.png": "image/png",
    "data.bin": "application/octet-stream",
    "gallery/deep/four.mp4": "video/mp4",
}
SENT_NAMES = ("photo.jpg", "notes.tar.gz", "caf%C3%A9%20%26%20more.pdf", "no-extension")
REFUSED_BY_WEBSITE = (
    *POLITELY_REFUSED,
    ("PUT", "/small.html", ("Content-Length: 2",), 405),
    ("PUT", "/upload/", ("Content-Length: 2",), 400),
    ("PUT", "/upload/folder/file.txt", ("Content-Length: 2",), 400),
    ("PUT", "/upload/part.txt", ("Content-Length: 2", "Content-Range: bytes 0-1/9"), 400),
    ("PUT", "/upload/small.gz", ("Content-Length: 2", "Content-Encoding: gzip"), 415),
    ("PUT", "/upload/mine.txt", ("Content-Length: 2", 'If-Match: "one"'), 412),
)


def expect_field(answer: Answer, name: str, value: str | None) -> None:
    came = answer.fields.get(name.lower())
    expect(came == value, f"{name}: {value} was due, {came} came with {answer.status}")


def as_what_it_is(visitor: Visitor) -> None:
    name = visitor.chance.choice(list(TYPES))
    answer = fetch(visitor, f"/{name}")
    octets = (visitor.root / name).read_bytes() if name not in FILES else content(name)
    expect_content(answer, 200, octets)
    for field, value in (("Content-Type", TYPES[name]), *FIELDS):
        expect_field(answer, field, value)


def head(visitor: Visitor) -> None:
    (answer,) = visitor.ask(visitor.line().head("HEAD /large.txt HTTP/1.1"), method="HEAD")
    expect_content(answer, 200, b"")
    expect_field(answer, "Content-Length", str(FILES["large.txt"]))


def other_origins(visitor: Visitor) -> None:
    asks = ("Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: content-type")
    for origin, allowed in ((FRIEND, FRIEND), (OTHER, None)):
        answer = fetch(visitor, "/small.html", f"Origin: {origin}")
        expect_content(answer, 200, content("small.html"))
        expect_field(answer, "Access-Control-Allow-Origin", allowed)
        preflight = visitor.line().head("OPTIONS /upload/x.txt HTTP/1.1", f"Origin: {origin}", *asks)
        (answer,) = visitor.ask(preflight)
        expect(answer.status == 200, f"200 was due for a preflight, {answer.status} came")
        expect_field(answer, "Access-Control-Allow-Origin", allowed)
        expect_field(answer, "Access-Control-Allow-Headers", allowed and "content-type")


def deep_link(visitor: Visitor) -> None:
    link = f"/{visitor.chance.getrandbits(32):x}/profile"
    expect_content(fetch(visitor, link, "Accept: text/html"), 200, content("index.html"))
    answer = fetch(visitor, link, "Accept: application/json")
    expect(answer.status == 404, f"404 was due for what no page asks for, {answer.status} came")


def clean_address(visitor: Visitor) -> None:
    for name in ("page", "small"):
        expect_content(fetch(visitor, f"/{name}"), 200, content(f"{name}.html"))


def compressed(visitor: Visitor) -> None:
    answer = fetch(visitor, f"/{site.COMPRESSED}", "Accept-Encoding: br, gzip;q=0.5")
    expect_field(answer, "Content-Encoding", "gzip")
    expect_content(answer, 200, site.compressed())
    expect(gzip.decompress(answer.body) == content(site.COMPRESSED), "another text was compressed")
    answer = fetch(visitor, f"/{site.COMPRESSED}", "Accept-Encoding: gzip;q=0")
    expect_field(answer, "Content-Encoding", None)
    expect_content(answer, 200, content(site.COMPRESSED))


def listing(visitor: Visitor) -> None:
    answer = fetch(visitor, "/gallery/?sort=name", "Accept: application/json")
    expect(answer.status == 200, f"200 was due for a folder, {answer.status} came")
    shown = [(entry["name"], entry["size"]) for entry in json.loads(answer.body)["entries"]]
    due = [("deep", None), ("one.png", 40_000), ("two & three.webp", MIB + 1)]
    expect(shown == due, f"{due} was due, {shown} came")
    answer = fetch(visitor, "/gallery/", "Accept: text/html")
    expect(answer.status == 200, f"200 was due for a folder, {answer.status} came")
    expect(b"two &amp; three.webp" in answer.body, "the page lacks a name")


def whole_folder(visitor: Visitor) -> None:
    answer = fetch(visitor, "/gallery/?zip")
    expect(answer.status == 200, f"200 was due for a zip, {answer.status} came")
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    expect(
        files == {name: content(name) for name in GALLERY}, f"the zip holds {sorted(files)}, or other octets"
    )


def send_file(visitor: Visitor) -> None:
    """Under a name that others use as well: none takes the place of another."""
    body = visitor.next_parcel(visitor.chance.choice((60, 5_000, 70_000, 400_000, 400_000, 2 * MIB, 9 * MIB)))
    name = visitor.chance.choice(SENT_NAMES)
    found(visitor, sent(visitor, body, (f"PUT /upload/{name} HTTP/1.1",)), body)


def page_for_sending(visitor: Visitor) -> None:
    answer = fetch(visitor, "/upload")
    expect(answer.status == 200, f"200 was due for the page that takes files, {answer.status} came")
    expect_field(answer, "Content-Type", "text/html; charset=utf-8")


def no_password(visitor: Visitor) -> None:
    """Nothing is told, and nothing about what there is."""
    host = f"Host: 127.0.0.1:{visitor.target.port}"
    for target in ("/small.html", "/missing.html", "/upload"):
        (answer,) = visitor.ask(f"GET {target} HTTP/1.1\r\n{host}\r\n\r\n".encode())
        expect(answer.status == 401, f"401 was due without a password, {answer.status} came")
        expect("www-authenticate" in answer.fields, "nobody said which password")


def politely_refused(visitor: Visitor) -> None:
    refused(visitor, REFUSED_BY_WEBSITE)


WEBSITE_GUESTS: dict[str, Row] = {
    "as what it is": Row(10, as_what_it_is),
    "HEAD": Row(5, head),
    "pages of other origins": Row(5, other_origins),
    "a deep link": Row(5, deep_link),
    "a clean address": Row(5, clean_address),
    "compressed": Row(5, compressed),
    "a listing": Row(5, listing),
    "a folder as zip": Row(2, whole_folder),
    "a file by PUT": Row(10, send_file),
    "the page for sending": Row(2, page_for_sending),
    "no password": Row(3, no_password),
    "politely refused": Row(4, politely_refused),
}
