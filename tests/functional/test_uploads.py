"""Uploads over a real socket: saved whole or refused whole."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from server_core import saturation
from tests.functional.live import BOTH_SCHEMES, Client, until

if TYPE_CHECKING:
    from tests.functional.live import Live

pytestmark = BOTH_SCHEMES

JSON = "Content-Type: application/json"
NAME = re.compile(r"upload_\d{8}_\d{6}_[0-9a-f]{8}\.json")
MIB = 1024 * 1024


@pytest.fixture(autouse=True)
def _nothing_is_left_behind(live: Live):
    """Whatever happened: what lies in the folder is what was saved."""
    yield
    until(lambda: all(NAME.fullmatch(path.name) for path in (live.root / "uploads").iterdir()))


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b'{"a": 1}', "application/json"),
        (b'\r\n [1,  2, "\xc3\xa9"] \n', "Application/JSON; charset=UTF-8"),
        (b"0", 'application/json; charset="utf-8"'),
        (b'["' + b"x" * 3 * MIB + b'"]', "application/json"),
    ],
)
def test_what_is_saved_is_what_was_sent(live: Live, body, media_type):
    with live.client() as client:
        length = f"Content-Length: {len(body)}"
        answer = client.ask("POST /upload HTTP/1.1", f"Content-Type: {media_type}", length, body=body)
    (saved,) = live.uploads()
    where = f"/uploads/{saved.name}"
    assert (answer.status, answer.fields["location"]) == (201, where)
    assert json.loads(answer.body) == {
        "status": "success",
        "message": "File created successfully",
        "filepath": where,
    }
    assert saved.read_bytes() == body
    assert live.get(where).status == 403


@pytest.mark.parametrize(
    ("fields", "body", "status", "reason"),
    [
        (("Content-Type: text/plain", "Content-Length: 2"), b"{}", 415, "type-not-accepted"),
        (("Content-Length: 2",), b"{}", 415, "type-not-accepted"),
        ((JSON + "; charset=latin-1", "Content-Length: 2"), b"{}", 415, "type-not-accepted"),
        ((JSON, "Content-Encoding: gzip", "Content-Length: 2"), b"{}", 415, "content-coding"),
        ((JSON,), b"", 411, "length-required"),
        ((JSON, "Content-Length: 0"), b"", 400, "json-empty"),
        ((JSON, "Content-Length: 2"), b"{,", 400, "json-syntax"),
        ((JSON, "Content-Length: 4"), b"{} x", 400, "json-syntax"),
        ((JSON, "Content-Length: 3"), b"NaN", 400, "json-constant"),
        ((JSON, "Content-Length: 5"), b"\xef\xbb\xbf{}", 400, "json-bom"),
        ((JSON, "Content-Length: 3"), b'"\xff"', 400, "json-encoding"),
        ((JSON, "Content-Length: 202"), b"[" * 101 + b"]" * 101, 400, "json-depth"),
        ((JSON, "Transfer-Encoding: chunked"), b"x\r\n", 400, "chunk-syntax"),
        ((JSON, "Transfer-Encoding: chunked"), b"a00001\r\n", 413, "body-too-large"),
    ],
)
def test_refused_uploads_leave_nothing(live: Live, fields, body, status, reason):
    with live.client() as client:
        answer = client.ask("POST /upload HTTP/1.1", *fields, body=body)
    assert (answer.status, answer.reason) == (status, reason)
    assert live.uploads() == []


def test_a_client_that_sends_too_much_reads_why(live: Live):
    """The answer survives although 20 MB of the body are still on their way when it is given."""
    size = 20 * MIB
    with live.client() as client:
        client.send(client.octets("POST /upload HTTP/1.1", JSON, f"Content-Length: {size}"))
        for _ in range(size // MIB):
            client.send(bytes(MIB))
        answer = client.answer()
        assert (answer.status, answer.reason, answer.closes) == (413, "body-too-large", True)
        assert client.is_closed()


def test_chunks_are_put_together_and_trailers_dropped(live: Live):
    chunked = b'5;a="b"\r\n{"k":\r\n3\r\n 1}\r\n0\r\nDigest: none\r\nX: y\r\n\r\n'
    with live.client() as client:
        assert (
            client.ask("POST /upload HTTP/1.1", JSON, "Transfer-Encoding: chunked", body=chunked).status
            == 201
        )
        assert client.get("/sample.txt").status == 200
    assert [path.read_bytes() for path in live.uploads()] == [b'{"k": 1}']


def test_a_client_that_asks_first_is_invited(live: Live):
    with live.client() as client:
        expecting = ("POST /upload HTTP/1.1", JSON, "Content-Length: 2", "Expect: 100-continue")
        assert client.ask(*expecting).line == "HTTP/1.1 100 Continue"
        client.send(b"{}")
        assert client.answer().status == 201
        refused = client.ask("POST /upload HTTP/1.1", "Content-Length: 2", "Expect: 100-continue")
        assert (refused.status, refused.closes) == (415, True)


def test_uploads_at_the_same_time_have_names_of_their_own(live: Live, monkeypatch):
    monkeypatch.setattr(saturation, "REFUSE_AFTER_S", 20.0)  # twice as many as the queue takes
    bodies = [b'{"number": %d}' % number for number in range(100)]
    with ThreadPoolExecutor(40) as clients:  # who finds room in the queue, however slow the disk is
        answers = list(clients.map(live.post, bodies))
    assert {answer.status for answer in answers} == {201}
    saved = {answer.fields["location"]: body for answer, body in zip(answers, bodies, strict=True)}
    assert {f"/uploads/{path.name}": path.read_bytes() for path in live.uploads()} == saved
    assert len(saved) == 100


@pytest.mark.parametrize("end", [Client.abort, Client.close])
def test_a_broken_upload_leaves_nothing(live: Live, end):
    with live.client() as client:
        client.send(client.octets("POST /upload HTTP/1.1", JSON, f"Content-Length: {3 * MIB}"))
        client.send(bytes(2 * MIB))
        end(client)
    until(lambda: live.server.snapshot().open_connections == 0)
    assert live.uploads() == []


def test_where_the_folder_is_missing_it_is_made(live: Live):
    (live.root / "uploads").rmdir()
    assert live.post(b"{}").status == 201
    assert len(live.uploads()) == 1
