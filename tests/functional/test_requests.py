"""What is asked for and what is answered, over a real socket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.functional.live import BOTH_SCHEMES, serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.functional.live import Live

pytestmark = BOTH_SCHEMES

HTML = "text/html; charset=utf-8"
SAVED = "application/octet-stream"


@pytest.mark.parametrize(
    ("target", "file", "media_type", "disposition"),
    [
        ("/", "index.html", HTML, None),
        ("/index.html?page=2", "index.html", HTML, None),
        ("/docs/", "docs/index.html", HTML, None),
        ("/%69ndex.html", "index.html", HTML, None),
        ("/sample.txt", "sample.txt", SAVED, 'attachment; filename="sample.txt"'),
        ("/picture.png", "picture.png", SAVED, 'attachment; filename="picture.png"'),
    ],
)
def test_a_file_is_answered_with_its_octets(live: Live, target, file, media_type, disposition):
    answer = live.get(target)
    assert (answer.status, answer.body) == (200, (live.root / file).read_bytes())
    assert answer.fields["content-type"] == media_type
    assert answer.fields.get("content-disposition") == disposition
    assert answer.fields["server"] == "Multi-threaded HTTP Server"
    assert answer.fields["date"].endswith(" GMT")
    assert "x-content-type-options" not in answer.fields


@pytest.mark.parametrize(
    ("line", "fields", "status", "reason"),
    [
        ("GET /missing.html HTTP/1.1", (), 404, "not-found"),
        ("GET /bare/ HTTP/1.1", (), 404, "not-found"),
        ("GET /style.css HTTP/1.1", (), 415, "type-not-served"),
        ("GET /../secret HTTP/1.1", (), 403, "path-dot-segment"),
        ("GET /uploads/upload_1.json HTTP/1.1", (), 403, "path-uploads"),
        ("GET /%zz HTTP/1.1", (), 400, "percent-encoding"),
        ("GET /upload HTTP/1.1", (), 405, "method"),
        ("PUT /index.html HTTP/1.1", (), 405, "method"),
        ("PUT /../secret HTTP/1.1", (), 403, "path-dot-segment"),
        ("POST /index.html HTTP/1.1", ("Content-Length: 0",), 405, "method"),
        ("POST /missing.html HTTP/1.1", ("Content-Length: 0",), 404, "not-found"),
        ("POST /uploads/x HTTP/1.1", ("Content-Length: 0",), 403, "path-uploads"),
        ("GET / HTTP/1.1", ("Expect: the-unexpected",), 417, "expectation"),
        ("GET / HTTP/2.0", (), 505, "version"),
        ("GET {scheme}://elsewhere.test/ HTTP/1.1", (), 403, "host-not-allowed"),
    ],
)
def test_refusals_name_their_reason(live: Live, scheme, line, fields, status, reason):
    with live.client() as client:
        answer = client.ask(line.format(scheme=scheme), *fields)
    assert (answer.status, answer.reason) == (status, reason)
    if line.startswith("POST"):
        assert json.loads(answer.body)["status"] == "error"
    else:
        assert answer.fields["content-type"] == HTML
    assert live.event(lambda event: event.status == status).reason == reason


@pytest.mark.parametrize(
    ("line", "allow"),
    [
        ("PUT /index.html HTTP/1.1", "GET"),
        ("POST /index.html HTTP/1.1", "GET"),
        ("GET /upload HTTP/1.1", "POST"),
        ("DELETE /upload HTTP/1.1", "POST"),
        ("OPTIONS * HTTP/1.1", "GET, POST"),
        ("HEAD / HTTP/1.1", "GET"),
    ],
)
def test_a_method_that_is_not_allowed_is_told_which_are(live: Live, line, allow):
    with live.client() as client:
        answer = client.ask(line)
        assert (answer.status, answer.fields["allow"]) == (405, allow)
        # Had content followed a HEAD, it would stand where this answer should.
        assert client.get("/sample.txt").body == b"0123456789"


@pytest.mark.parametrize("target", ["/docs", "/docs?a=b"])
def test_a_folder_redirects_to_its_slash_form(live: Live, target):
    answer = live.get(target)
    assert (answer.status, answer.fields["location"]) == (301, target.replace("docs", "docs/"))


PAST, FUTURE = "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"


@pytest.mark.parametrize(
    ("field", "status"),
    [
        ("If-None-Match: {tag}", 304),
        ('If-None-Match: "other", W/{tag}', 304),
        ("If-None-Match: *", 304),
        ('If-None-Match: "other"', 200),
        ("If-Modified-Since: {date}", 304),
        (f"If-Modified-Since: {PAST}", 200),
        ("If-Match: {tag}", 200),
        ('If-Match: "other"', 412),
        (f"If-Unmodified-Since: {PAST}", 412),
        (f"If-Unmodified-Since: {FUTURE}", 200),
    ],
)
def test_conditions(live: Live, field, status):
    with live.client() as client:
        first = client.get("/sample.txt")
        field = field.format(tag=first.fields["etag"], date=first.fields["last-modified"])
        answer = client.get("/sample.txt", field)
        assert answer.status == status
        assert status == 412 or answer.fields["etag"] == first.fields["etag"]
        assert answer.reason == {412: "precondition"}.get(status, "")
        assert client.get("/sample.txt").body == first.body


@pytest.mark.parametrize(
    ("fields", "status", "body", "content_range"),
    [
        (("Range: bytes=2-4",), 206, b"234", "bytes 2-4/10"),
        (("Range: bytes=7-",), 206, b"789", "bytes 7-9/10"),
        (("Range: bytes=-2",), 206, b"89", "bytes 8-9/10"),
        (("Range: bytes=5-99",), 206, b"56789", "bytes 5-9/10"),
        (("Range: bytes=0-1,3-4",), 200, b"0123456789", None),
        (("Range: lines=1-2",), 200, b"0123456789", None),
        (("Range: bytes=2-4", 'If-Range: "other"'), 200, b"0123456789", None),
        (("Range: bytes=10-",), 416, None, "bytes */10"),
    ],
)
def test_ranges(live: Live, fields, status, body, content_range):
    answer = live.get("/sample.txt", *fields)
    assert (answer.status, answer.fields.get("content-range")) == (status, content_range)
    assert answer.reason == "range" if body is None else answer.body == body


def test_a_host_is_answered_for_once_it_is_allowed(site: Path):
    with serving(site, allow_hosts="example.test") as live, live.client() as client:
        port = live.address[1]
        for host, status in [
            (f"EXAMPLE.test.:{port}", 200),
            (f"other.test:{port}", 403),
            ("localhost:1", 403),
        ]:
            client.host = host
            assert client.get("/").status == status, host
        assert live.event(lambda event: event.status == 403).kind == "security"
