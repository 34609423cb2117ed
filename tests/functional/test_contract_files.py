"""Methods, files and conditions, sentence by sentence, over a real socket: each test quotes the sentence of the contract (the
Standard profile) that it holds the server to.

What a sentence means in every corner is in tests/unit, a table of cases for each policy.
"""

from __future__ import annotations

import os
import re
import sys
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.functional.live import BOTH_SCHEMES
from tests.links import link

if TYPE_CHECKING:
    from pathlib import Path

    from tests.functional.live import Live

pytestmark = BOTH_SCHEMES

HTML = "text/html; charset=utf-8"
SAVED = "application/octet-stream"
# On Windows a whole path has 260 characters as a rule, and the folder of a test has many of them.
LONG = 100 if sys.platform == "win32" else 200


class TestMethods:
    @pytest.mark.parametrize(
        "method",
        ["HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "PROPFIND", "get", "GETT", "!#$%&'*+-.^_`|~"],
    )
    @pytest.mark.parametrize(
        ("target", "allow"), [("/index.html", "GET"), ("/missing", "GET"), ("/upload", "POST")]
    )
    def test_anything_else_is_405_with_allow(self, live: Live, method, target, allow):
        """GET and POST. Anything else: 405 with Allow."""
        with live.client() as client:
            answer = client.ask(f"{method} {target} HTTP/1.1")
            assert (answer.status, answer.fields["allow"]) == (405, allow)
            assert client.get("/sample.txt").status == 200

    def test_the_two_targets_that_are_no_path(self, live: Live):
        with live.client() as client:
            for line in ("OPTIONS * HTTP/1.1", "CONNECT localhost:80 HTTP/1.1"):
                answer = client.ask(line)
                assert (answer.status, answer.fields["allow"]) == (405, "GET, POST")


class TestGet:
    def test_the_root_is_its_index(self, live: Live):
        """GET / is /index.html."""
        assert live.get("/").body == live.get("/index.html").body == (live.root / "index.html").read_bytes()

    @pytest.mark.parametrize("name", ["page.html", "page.HTML", "page.Html"])
    def test_a_page_is_shown(self, live: Live, name):
        """.html is text/html; charset=utf-8, shown. Extensions match without case."""
        (live.root / name).write_bytes(b"<p>")
        answer = live.get(f"/{name}")
        assert (answer.status, answer.body, answer.fields["content-type"]) == (200, b"<p>", HTML)
        assert "content-disposition" not in answer.fields

    @pytest.mark.parametrize("extension", ["txt", "png", "jpg", "jpeg", "TXT", "Png", "JPG", "JpEg"])
    def test_the_rest_is_saved(self, live: Live, extension):
        """.txt .png .jpg .jpeg are application/octet-stream with Content-Disposition: attachment.
        Do not send nosniff with them: pages must still show them in <img>."""
        (live.root / f"file.{extension}").write_bytes(b"\0\r\n\xff")
        answer = live.get(f"/file.{extension}")
        assert (answer.status, answer.body, answer.fields["content-type"]) == (200, b"\0\r\n\xff", SAVED)
        assert answer.fields["content-disposition"] == f'attachment; filename="file.{extension}"'
        assert "x-content-type-options" not in answer.fields

    @pytest.mark.parametrize(
        ("name", "disposition"),
        [
            ("two words.txt", 'filename="two words.txt"'),
            ("it's; (1), {2} & [3] + #4 = @!.txt", 'filename="it\'s; (1), {2} & [3] + #4 = @!.txt"'),
            ("100%.txt", "filename=\"100_.txt\"; filename*=UTF-8''100%25.txt"),
            ("%41.txt", "filename=\"_41.txt\"; filename*=UTF-8''%2541.txt"),
            ("caf\u00e9.txt", "filename=\"caf_.txt\"; filename*=UTF-8''caf%C3%A9.txt"),
            ("cafe\u0301.txt", "filename=\"cafe_.txt\"; filename*=UTF-8''cafe%CC%81.txt"),
            ("\u65e5\u672c \U0001f600.txt", "filename=\"__ _.txt\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC%20%F0%9F%98%80.txt"),
            (".dotted.txt", 'filename=".dotted.txt"'),
            ("..two.txt", 'filename="..two.txt"'),
            ("many.dots.in.txt", 'filename="many.dots.in.txt"'),
            ("a" * LONG + ".txt", f'filename="{"a" * LONG}.txt"'),
        ],
    )  # fmt: skip
    def test_names_of_all_kinds(self, live: Live, name, disposition):
        """filename="..." (RFC 6266, with filename* where the name needs it)."""
        (live.root / name).write_bytes(name.encode())
        answer = live.get("/" + quote(name))
        assert (answer.status, answer.body) == (200, name.encode())
        assert answer.fields["content-disposition"] == f"attachment; {disposition}"

    @pytest.mark.parametrize(
        "name", ["style.css", "data.json", "a.htm", "page.html.bak", "none", ".html", "x.php"]
    )
    def test_another_extension(self, live: Live, name):
        """Any other extension that exists: 415. Missing: 404."""
        missing = live.get(f"/{name}x")
        (live.root / name).write_bytes(b"x")
        assert (live.get(f"/{name}").status, missing.status) == (415, 404)

    def test_a_folder(self, live: Live):
        """A folder: its index.html, else 404 (redirect to the slash form first)."""
        (live.root / "empty dir" / "index.html").mkdir(parents=True)
        for target, where in {
            "/docs": "/docs/",
            "/bare?x=1": "/bare/?x=1",
            "/empty%20dir": "/empty%20dir/",
        }.items():
            answer = live.get(target)
            assert (answer.status, answer.fields["location"]) == (301, where)
        assert live.get("/docs/").body == (live.root / "docs" / "index.html").read_bytes()
        assert [
            live.get(target).status
            for target in ("/bare/", "/docs/index.html/", "/sample.txt/", "/empty%20dir/")
        ] == [404] * 4

    @pytest.mark.parametrize("query", ["?", "?a=b", "?/../..", "?%00%zz%ff", "?a?b", "?//", "?\\:*"])
    def test_a_query_is_ignored(self, live: Live, query):
        """A query string is ignored."""
        assert live.get(f"/sample.txt{query}").body == b"0123456789"


class TestConditions:
    def test_validators(self, live: Live):
        """ETag (strong, from size and mtime_ns) and Last-Modified; Accept-Ranges: bytes."""
        tags = set()
        for size, mtime_ns in [(5, 10**18), (6, 10**18), (6, 10**18 + 10**6), (6, 10**18 + 10**9)]:
            (live.root / "sample.txt").write_bytes(b"x" * size)
            os.utime(live.root / "sample.txt", ns=(mtime_ns, mtime_ns))
            fields = live.get("/sample.txt").fields
            tags.add(fields["etag"])
            assert re.fullmatch(r'"[!#-~]+"', fields["etag"])
            assert parsedate_to_datetime(fields["last-modified"]).timestamp() == mtime_ns // 10**9
            assert fields["accept-ranges"] == "bytes"
        assert len(tags) == 4

    def test_a_file_of_tomorrow_was_not_modified_after_now(self, live: Live):
        """RFC 9110 8.8.2.1: no Last-Modified that is later than Date."""
        os.utime(live.root / "sample.txt", (2**33, 2**33))
        fields = live.get("/sample.txt").fields
        assert parsedate_to_datetime(fields["last-modified"]) <= parsedate_to_datetime(fields["date"])

    def test_304(self, live: Live):
        """If-None-Match, If-Modified-Since -> 304, with what a cache needs and without content."""
        with live.client() as client:
            whole = client.get("/sample.txt").fields
            for field in (f"If-None-Match: {whole['etag']}", f"If-Modified-Since: {whole['last-modified']}"):
                answer = client.get("/sample.txt", field)
                assert answer.status == 304
                for name in ("etag", "last-modified", "accept-ranges", "server", "connection", "keep-alive"):
                    assert answer.fields[name] == whole[name]
                assert "date" in answer.fields
                assert not {"content-type", "content-disposition", "content-range"} & answer.fields.keys()

    @pytest.mark.parametrize(
        "date",
        [
            "Thu, 04 Mar 2021 05:06:07 GMT",
            "Thursday, 04-Mar-21 05:06:07 GMT",
            "Thu Mar  4 05:06:07 2021",
        ],
    )
    def test_all_three_forms_of_a_date(self, live: Live, date):
        """RFC 9110 5.6.7: a recipient must accept all three."""
        then = datetime(2021, 3, 4, 5, 6, 7, tzinfo=timezone.utc)
        os.utime(live.root / "sample.txt", (then.timestamp(), then.timestamp()))
        assert live.get("/sample.txt", f"If-Modified-Since: {date}").status == 304
        assert live.get("/sample.txt", f"If-Unmodified-Since: {date}").status == 200
        os.utime(live.root / "sample.txt", (then.timestamp() + 1, then.timestamp() + 1))
        assert live.get("/sample.txt", f"If-Modified-Since: {date}").status == 200
        assert live.get("/sample.txt", f"If-Unmodified-Since: {date}").status == 412

    def test_412(self, live: Live):
        """If-Match, If-Unmodified-Since -> 412; a weak tag never matches strongly."""
        tag = live.get("/sample.txt").fields["etag"]
        for value, status in {tag: 200, "*": 200, f'"x", {tag}': 200, '"x"': 412, f"W/{tag}": 412}.items():
            assert live.get("/sample.txt", f"If-Match: {value}").status == status, value
        assert live.get("/missing.txt", "If-Match: *").status == 404

    @pytest.mark.parametrize(
        ("value", "status", "body", "content_range"),
        [
            ("bytes=0-", 206, b"0123456789", "bytes 0-9/10"),
            ("bytes=0-0", 206, b"0", "bytes 0-0/10"),
            ("bytes=9-99", 206, b"9", "bytes 9-9/10"),
            ("bytes=-99", 206, b"0123456789", "bytes 0-9/10"),
            ("Bytes=4-5", 206, b"45", "bytes 4-5/10"),
            ("bytes=10-", 416, None, "bytes */10"),
            ("bytes=-0", 416, None, "bytes */10"),
            ("bytes=0-1,8-9", 200, b"0123456789", None),
            ("bytes=5-4", 200, b"0123456789", None),
            ("octets=0-1", 200, b"0123456789", None),
        ],
    )
    def test_ranges(self, live: Live, value, status, body, content_range):
        """Range (single) -> 206 / 416 with Content-Range. Several ranges: the whole file, 200."""
        answer = live.get("/sample.txt", f"Range: {value}")
        assert (answer.status, answer.fields.get("content-range")) == (status, content_range)
        assert body is None or (answer.body, answer.fields["content-length"]) == (body, str(len(body)))

    def test_ranges_of_a_file_that_is_sent_from_the_disk(self, live: Live):
        octets = os.urandom(1_000_000)
        (live.root / "large.png").write_bytes(octets)
        for first, last in [(0, 0), (999_999, 999_999), (123_456, 987_654), (0, 999_999)]:
            answer = live.get("/large.png", f"Range: bytes={first}-{last}")
            assert (answer.status, answer.body) == (206, octets[first : last + 1])

    def test_if_range(self, live: Live):
        """If-Range: the strong tag or the exact date, else the whole file."""
        os.utime(live.root / "sample.txt", (10**9, 10**9))
        fields = live.get("/sample.txt").fields
        tag, date = fields["etag"], fields["last-modified"]
        other = "Sat, 01 Jan 2022 00:00:00 GMT"
        for value, status in {tag: 206, date: 206, f"W/{tag}": 200, '"x"': 200, other: 200, "x": 200}.items():
            answer = live.get("/sample.txt", "Range: bytes=0-1", f"If-Range: {value}")
            assert answer.status == status, value


def test_links_out_of_the_root_answer_alike_whether_or_not_they_lead_anywhere(live: Live, tmp_path: Path):
    """Anything whose real path leaves the root: 403. The same answer whether or not the target exists."""
    (tmp_path / "secret.html").write_bytes(b"secret")
    link(live.root / "a.html", tmp_path / "secret.html")
    link(live.root / "b.html", tmp_path / "missing.html")
    link(live.root / "c", tmp_path)
    answers = [
        live.get(target)
        for target in ("/a.html", "/b.html", "/c/secret.html", "/c/missing.html", "/c/", "/c")
    ]
    assert {(answer.status, answer.reason, answer.body) for answer in answers} == {
        (403, "path-outside-root", answers[0].body)
    }
