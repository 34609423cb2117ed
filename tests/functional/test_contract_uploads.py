"""Uploads and refusals, sentence by sentence, over a real socket: each test quotes the sentence of the contract (the
Standard profile) that it holds the server to.

What a sentence means in every corner is in tests/unit, a table of cases for each policy.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.functional.live import serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.functional.live import Live

HTML = "text/html; charset=utf-8"
JSON = "Content-Type: application/json"
UPLOAD = "POST /upload HTTP/1.1"


class TestUpload:
    @pytest.mark.parametrize(
        ("media_type", "status"),
        [
            ("application/json", 201),
            ("APPLICATION/Json", 201),
            ("application/json;charset=utf-8", 201),
            ('application/json ; Charset="UTF-8"; version=1', 201),
            ("application/json; charset=utf-16", 415),
            ("application/json; charset=iso-8859-1", 415),
            ("application/json-patch+json", 415),
            ("text/json", 415),
            ("multipart/form-data; boundary=x", 415),
            ("application/x-www-form-urlencoded", 415),
            ("application/json, text/plain", 415),
            ("application/json\r\nContent-Type: application/json", 415),
            ("", 415),
        ],
    )
    def test_content_types(self, live: Live, media_type, status):
        """Content-Type: application/json (any case, parameters allowed, charset utf-8 or absent). Other: 415."""
        with live.client() as client:
            fields = (f"Content-Type: {media_type}", "Content-Length: 2")
            assert client.ask(UPLOAD, *fields, body=b"{}").status == status
        assert len(live.uploads()) == (status == 201)

    def test_201(self, live: Live):
        """Saved as uploads/upload_YYYYMMDD_HHMMSS_xxxxxxxx.json, 201, Location, and the JSON that says so.
        Saved bytes are the bytes received."""
        body = b' {"a" : "\\u00e9\xc3\xa9", "b":[1.0e5 ]}\r\n'
        answer = live.post(body)
        (saved,) = live.uploads()
        where = f"/uploads/{saved.name}"
        assert re.fullmatch(r"upload_[0-9]{8}_[0-9]{6}_[0-9a-f]{8}\.json", saved.name)
        assert saved.read_bytes() == body
        assert (answer.status, answer.fields["location"]) == (201, where)
        assert answer.fields["content-type"] == "application/json"
        said = {"status": "success", "message": "File created successfully", "filepath": where}
        assert list(json.loads(answer.body).items()) == list(said.items())

    @pytest.mark.parametrize(
        ("body", "reason", "position"),
        [
            (b'{"a": NaN}', "json-constant", "line 1 column 7"),
            (b"[1,\n-Infinity]", "json-constant", "line 2 column 1"),
            (b"\xef\xbb\xbf{}", "json-bom", "byte 0"),
            (b'"caf\xe9"', "json-encoding", "byte 4"),
            (b"{} {}", "json-syntax", "line 1 column 4"),
            (b"{}\0", "json-syntax", "line 1 column 3"),
            (b"[" * 101 + b"]" * 101, "json-depth", "line 1 column 101"),
            (b"", "json-empty", "line 1 column 1"),
            (b" \n", "json-empty", "line 2 column 1"),
            (b"[1,]", "json-syntax", "line 1 column 4"),
            (b"{'a': 1}", "json-syntax", "line 1 column 2"),
            (b"nonsense", "json-syntax", "line 1 column 1"),
        ],
    )
    def test_invalid_json(self, live: Live, body, reason, position):
        """Invalid JSON (NaN, Infinity, BOM, not UTF-8, trailing text, nesting beyond 100, empty): 400 with
        the reason and position."""
        answer = live.post(body)
        assert (answer.status, answer.reason) == (400, reason)
        assert position in json.loads(answer.body)["message"]
        assert list((live.root / "uploads").iterdir()) == []

    def test_413_before_the_body_is_read(self, site: Path):
        """Too large: 413 before reading it all."""
        with serving(site, max_body_bytes="1000") as live:
            for fields, start in [
                (("Content-Length: 1001",), b""),
                (("Content-Length: 1001", "Expect: 100-continue"), b""),
                (("Transfer-Encoding: chunked",), b"3e9\r\n"),
            ]:
                with live.client() as client:
                    answer = client.ask(UPLOAD, JSON, *fields, body=start)
                    assert (answer.status, answer.reason, answer.closes) == (413, "body-too-large", True)
            assert live.post(b"[" + b" " * 998 + b"]").status == 201

    def test_411(self, live: Live):
        """No length: 411."""
        with live.client() as client:
            assert client.ask(UPLOAD, JSON).status == 411

    @pytest.mark.parametrize(
        ("target", "status"),
        [
            ("/", 405),
            ("/index.html", 405),
            ("/style.css", 405),
            ("/docs", 405),
            ("/missing", 404),
            ("/upload/", 404),
            ("/upload.json", 404),
            ("/uploads/", 403),
            ("/upload?a=b", 201),
            ("/%75pload", 201),
        ],
    )
    def test_elsewhere(self, live: Live, target, status):
        """POST elsewhere: 405 (Allow: GET) if it exists, else 404."""
        answer = live.post(b"{}", target=target)
        assert answer.status == status
        assert answer.fields.get("allow") == ("GET" if status == 405 else None)

    def test_never_served(self, live: Live):
        """What was uploaded is never served or listed: GET below /uploads/ is 403."""
        where = live.post(b"{}").fields["location"]
        page = live.root / "uploads" / "index.html"
        page.write_bytes(b"a page")
        for target in (
            where,
            "/uploads/",
            "/uploads",
            "/uploads/missing",
            "/Uploads/index.html",
            "/uploads/index.html",
        ):
            assert (live.get(target).status, live.get(target).reason) == (403, "path-uploads"), target


class TestErrors:
    @pytest.mark.parametrize(
        ("line", "status"),
        [
            ("PUT /../missing.css HTTP/1.1", 403),
            ("POST /nul.html HTTP/1.1", 403),
            ("PUT /missing.css HTTP/1.1", 405),
            ("PUT /style.css HTTP/1.1", 405),
            ("GET /missing.css HTTP/1.1", 404),
            ("GET /style.css HTTP/1.1", 415),
            ("PUT http://evil.test/../ HTTP/1.1", 403),
        ],
    )
    def test_which_of_several(self, live: Live, line, status):
        """Where several refusals apply: path 403, then method 405, then existence and type."""
        with live.client() as client:
            assert client.ask(line).status == status

    @pytest.mark.parametrize(
        "raw",
        [
            "{} /missing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n",
            "{} /../x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n",
            "{} / HTTP/1.1\r\nHost: evil.test\r\nContent-Length: 0\r\n\r\n",
            "{} / HTTP/1.1\r\n\r\n",
            "{} / HTTP/1.1\r\nno colon\r\n\r\n",
            "{} / HTTP/3.0\r\n\r\n",
        ],
    )
    def test_they_are_json_to_post_and_a_page_to_others(self, live: Live, raw):
        """Errors answer JSON to POST, a small HTML page otherwise; both name the reason."""
        for method in ("GET", "POST"):
            with live.client() as client:
                client.send(raw.format(method).encode())
                answer = client.answer()
            assert answer.reason
            if method == "POST":
                said = json.loads(answer.body)
                assert answer.fields["content-type"] == "application/json"
                assert (said["status"], said["message"][-1]) == ("error", ".")
            else:
                assert answer.fields["content-type"] == HTML
                assert answer.body.startswith(b"<!DOCTYPE html>")
                assert len(answer.body) < 1_000
