"""Files sent by PUT (``--receive-files``): named safely, whole or absent, never over another, within limits."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import socket
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from tests.functional.live import PATIENCE_S, Client, serving, until
from tests.functional.test_full_disk import small_disk  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.functional.live import Answer, Live

LENGTH = "Content-Length: {}"
CHUNKED = "Transfer-Encoding: chunked"
EXPECT = "Expect: 100-continue"


@pytest.fixture
def receiving(site: Path) -> Iterator[Live]:
    with serving(site, receive_files="yes", min_free_bytes="0", max_file_bytes="20000000") as live:
        yield live


def put(client: Client, name: str, body: bytes, *fields: str) -> Answer:
    return client.ask(f"PUT /upload/{name} HTTP/1.1", LENGTH.format(len(body)), *fields, body=body)


def names(live: Live) -> list[str]:
    return sorted(path.name for path in (live.root / "uploads").iterdir())


def told(answer: Answer) -> dict[str, str]:
    assert answer.fields["content-type"] == "application/json"
    said = json.loads(answer.body)
    assert isinstance(said, dict)
    return said


def in_chunks(body: bytes, size: int) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@pytest.mark.parametrize("profile", ["standard", "website"])
@pytest.mark.parametrize("size", [0, 1, 65_536, 9_000_000])
def test_a_file_arrives(site: Path, profile, size):
    body = hashlib.sha256(b"%d" % size).digest() * (size // 32 + 1)
    body = body[:size]
    with serving(site, profile=profile, receive_files="yes", min_free_bytes="0") as live:
        with live.client() as client:
            answer = put(client, "a%20photo%C3%A9.jpg", body)
            assert (answer.status, answer.closes) == (201, False)
            assert answer.fields["location"] == "/uploads/a%20photo%C3%A9.jpg"
            assert list(told(answer).items()) == [
                ("status", "success"),
                ("message", "File created successfully"),
                ("filepath", "/uploads/a photo\u00e9.jpg"),
            ]
            assert client.get("/index.html").status == 200
        assert (site / "uploads" / "a photo\u00e9.jpg").read_bytes() == body
        assert names(live) == ["a photo\u00e9.jpg"]
        assert live.event(lambda event: event.kind == "upload").message == "saved /uploads/a photo\u00e9.jpg"


@pytest.mark.parametrize("size", [1, 7, 65_536, 10**6])
def test_chunks(receiving: Live, size):
    body = bytes(range(256)) * 400
    with receiving.client() as client:
        answer = client.ask("PUT /upload/a.bin HTTP/1.1", CHUNKED, body=in_chunks(body, size))
        assert answer.status == 201
        assert client.get("/sample.txt").status == 200
    assert (receiving.root / "uploads" / "a.bin").read_bytes() == body


def test_pipelined(receiving: Live):
    with receiving.client() as client:
        octets = b"".join(
            client.octets("PUT /upload/a.txt HTTP/1.1", LENGTH.format(len(body)), body=body)
            for body in (b"one", b"", b"three")
        )
        client.send(octets + client.octets("GET /sample.txt HTTP/1.1"))
        saved = [told(client.answer())["filepath"] for _ in range(3)]
        assert client.answer().body == b"0123456789"
    assert saved == ["/uploads/a.txt", "/uploads/a (2).txt", "/uploads/a (3).txt"]
    assert [(receiving.root / where[1:]).read_bytes() for where in saved] == [b"one", b"", b"three"]


def test_a_large_file_does_not_widen_what_else_may_come(site: Path):
    """``--max-body`` is for JSON, ``--max-file`` for files, on one connection too."""
    with serving(site, receive_files="yes", min_free_bytes="0", max_body_bytes="100") as live:
        for framing in (LENGTH.format(101), CHUNKED):
            with live.client() as client:
                assert put(client, "a.bin", bytes(5_000)).status == 201
                assert put(client, "a.bin", b"").status == 201
                line = ("POST /upload HTTP/1.1", "Content-Type: application/json", framing)
                answer = client.ask(*line, body=b"65\r\n" if framing == CHUNKED else b"")
                assert (answer.status, answer.reason) == (413, "body-too-large")


@pytest.mark.parametrize(
    ("target", "status", "reason"),
    [
        ("/upload/IMG:1.jpg", 403, "path-character"),
        ("/upload/con.txt", 403, "path-device"),
        ("/upload/..", 403, "path-dot-segment"),
        ("/upload/a%2Fb", 403, "path-encoded-slash"),
        ("/upload/a%00", 403, "path-control"),
        ("/upload/%FF", 403, "path-encoding"),
        ("/upload//a", 403, "path-empty-segment"),
        ("/upload/100%", 400, "percent-encoding"),
        ("/upload/.a", 403, "file-name"),
        ("/upload/desktop.ini", 403, "file-name"),
        ("/upload/" + "a" * 256, 403, "file-name"),
        ("/upload/", 400, "file-name-missing"),
        ("/upload", 400, "file-name-missing"),
        ("/upload/folder/a.txt", 400, "file-name-missing"),
        ("/upload/a.txt/", 400, "file-name-missing"),
        ("/uploads/a.txt", 403, "path-uploads"),
        ("/a.txt", 405, "method"),
        ("/index.html", 405, "method"),
    ],
)
def test_where_nothing_is_taken(receiving: Live, target, status, reason):
    with receiving.client() as client:
        answer = client.ask(f"PUT {target} HTTP/1.1", LENGTH.format(4), body=b"data")
        assert (answer.status, told(answer)["reason"], answer.closes) == (status, reason, False)
        if reason.startswith(("path-", "file-name")) and target.startswith("/upload/") and status == 403:
            assert told(answer)["message"].endswith("Rename the file and send it again.")
        assert client.get("/sample.txt").status == 200
    assert names(receiving) == []


@pytest.mark.parametrize(
    ("fields", "status", "reason"),
    [
        ((), 411, "length-required"),
        ((LENGTH.format(20_000_001),), 413, "body-too-large"),
        ((LENGTH.format(10**18),), 413, "body-too-large"),
        ((LENGTH.format(100_000), "Content-Range: bytes 0-9/20"), 400, "partial-content"),
        ((LENGTH.format(100_000), "Content-Encoding: gzip"), 415, "content-coding"),
        ((LENGTH.format(100_000), 'If-Match: "x"'), 412, "precondition"),
        ((LENGTH.format(100_000), "Origin: http://evil.test"), 403, "cross-origin"),
        ((LENGTH.format(100_000), "Origin: null"), 403, "cross-origin"),
        ((LENGTH.format(100_000), "Origin: http://localhost:1"), 403, "cross-origin"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("expect", [(), (EXPECT,)])
def test_refused_before_the_body(receiving: Live, fields, expect, status, reason):
    with receiving.client() as client:
        answer = client.ask("PUT /upload/a.txt HTTP/1.1", *fields, *expect)
        assert (answer.status, told(answer)["reason"]) == (status, reason)
    assert names(receiving) == []


def test_the_servers_own_page_may_send(receiving: Live):
    with receiving.client() as client:
        assert put(client, "a.txt", b"x", f"Origin: http://{client.host}").status == 201


@pytest.mark.parametrize(
    ("cors", "status"), [("http://app.test", 201), ("*", 403), ("http://other.test", 403)]
)
def test_pages_that_were_named_may_send_too(site: Path, cors, status):
    """``--cors *`` lets every page read, and none send."""
    settings = {"profile": "website", "receive_files": "yes", "min_free_bytes": "0", "cors": cors}
    with serving(site, **settings) as live, live.client() as client:
        assert put(client, "a.txt", b"x", "Origin: http://app.test").status == status


def test_invited(receiving: Live):
    with receiving.client() as client:
        assert client.ask("PUT /upload/a.txt HTTP/1.1", LENGTH.format(3), EXPECT).status == 100
        assert names(receiving) == []
        client.send(b"abc")
        assert client.answer().status == 201


def test_chunks_beyond_the_limit(receiving: Live):
    with receiving.client() as client:
        answer = client.ask("PUT /upload/a.bin HTTP/1.1", CHUNKED, body=b"1312d01\r\n")
        assert (answer.status, answer.reason, answer.closes) == (413, "body-too-large", True)
    with receiving.client() as client:
        client.send(client.octets("PUT /upload/a.bin HTTP/1.1", CHUNKED))
        client.send(b"989680\r\n" + bytes(10_000_000) + b"\r\n")
        answer = client.ask("989681")
        assert answer.status == 413
    assert names(receiving) == []


def test_a_hundred_at_once_under_one_name(site: Path):
    bodies = [b"%d " % number * 2_000 for number in range(100)]
    saved: dict[str, bytes] = {}
    gate = threading.Barrier(len(bodies))

    def send(body: bytes) -> None:
        with live.client() as client:
            gate.wait(PATIENCE_S)
            saved[told(put(client, "image.jpg", body)).get("filepath", "")] = body

    with serving(site, receive_files="yes", min_free_bytes="0", queue_size="200") as live:
        senders = [threading.Thread(target=send, args=(body,)) for body in bodies]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join(PATIENCE_S)
        assert len(saved) == 100
        assert {where: (site / where[1:]).read_bytes() for where in saved} == saved
        assert names(live) == sorted(where.removeprefix("/uploads/") for where in saved)
        assert "image.jpg" in names(live)


@pytest.mark.parametrize("framing", [LENGTH.format(1_000_000), CHUNKED])
@pytest.mark.parametrize("abort", [True, False])
def test_a_cut_connection_leaves_nothing(receiving: Live, framing, abort):
    with receiving.client() as client:
        client.send(client.octets("PUT /upload/a.bin HTTP/1.1", framing))
        client.send((b"f0000\r\n" if framing == CHUNKED else b"") + bytes(500_000))
        until(lambda: names(receiving))
        if abort:
            client.abort()
        else:
            client.sock.shutdown(socket.SHUT_WR)
            answer = client.answer()
            assert (answer.status, told(answer)["reason"]) == (400, "incomplete")
    until(lambda: not names(receiving))
    assert receiving.server._service.handler._receiver._room._claimed_bytes == 0


def test_a_slow_drip_ends(receiving: Live, monkeypatch):
    """408 when the body's time is over, and nothing is left."""
    monkeypatch.setattr("server_core.channel.BODY_TIMEOUT_S", 1.0)
    with receiving.client() as client:
        client.send(client.octets("PUT /upload/a.bin HTTP/1.1", LENGTH.format(10_000), body=b"x"))
        answer = client.answer()
        assert (answer.status, told(answer)["reason"], answer.closes) == (408, "timeout", True)
    assert names(receiving) == []


def test_stopping_leaves_nothing(site: Path):
    with serving(site, receive_files="yes", min_free_bytes="0") as live, live.client() as client:
        client.send(client.octets("PUT /upload/a.bin HTTP/1.1", LENGTH.format(100_000), body=b"x"))
        until(lambda: names(live))
        live.server.stop(0.0)
        assert client.is_closed()
        until(lambda: not names(live))


def test_no_room(receiving: Live, small_disk):  # noqa: F811 - the fixture
    """Known beforehand it is refused before the body, else when it gets there."""
    small_disk(receiving.root / "uploads")
    with receiving.client() as client:
        answer = client.ask("PUT /upload/a.bin HTTP/1.1", LENGTH.format(1_100_000), EXPECT)
        assert (answer.status, told(answer)["reason"]) == (507, "disk-room")
    with receiving.client() as client:
        assert put(client, "a.bin", bytes(700_000)).status == 201
    with receiving.client() as client:
        answer = client.ask("PUT /upload/b.bin HTTP/1.1", CHUNKED, body=b"1\r\nx\r\n")
        assert (answer.status, answer.reason) == (507, "disk-room")
    with receiving.client() as first, receiving.client() as second:
        for client, status in ((first, 100), (second, 507)):
            assert client.ask("PUT /upload/c HTTP/1.1", LENGTH.format(200_000), EXPECT).status == status
        first.send(bytes(200_000))
        assert first.answer().status == 201
    assert names(receiving) == ["a.bin", "c"]


def test_a_disk_that_fills_meanwhile(receiving: Live, small_disk):  # noqa: F811 - the fixture
    small_disk(receiving.root / "uploads")
    with receiving.client() as client:
        assert client.ask("PUT /upload/a.bin HTTP/1.1", LENGTH.format(900_000), EXPECT).status == 100
        (receiving.root / "uploads" / "others").write_bytes(bytes(600_000))
        client.send(bytes(900_000))
        answer = client.answer()
        assert (answer.status, told(answer)["reason"]) == (507, "disk-full")
    assert names(receiving) == ["others"]


def test_the_room_that_is_left_free(site: Path):
    least = shutil.disk_usage(site).free + 2**30
    with serving(site, receive_files="yes", min_free_bytes=str(least)) as live, live.client() as client:
        assert put(client, "a.txt", b"x").reason == "disk-room"


def test_what_was_sent_is_never_served(receiving: Live):
    with receiving.client() as client:
        assert put(client, "index.html", b"<p>mine").status == 201
        for target in ("/uploads/index.html", "/uploads/", "/uploads/missing.html"):
            assert client.get(target).reason == "path-uploads"
        assert client.get("/upload/index.html").reason == "not-found"
        assert client.ask("HEAD /upload/index.html HTTP/1.1").status == 405


def test_the_page(receiving: Live):
    with receiving.client() as client:
        page = client.get("/upload")
        assert (page.status, page.fields["content-type"]) == (200, "text/html; charset=utf-8")
        assert b'data-max-bytes="20000000"' in page.body
        assert client.get("/upload/").body == page.body
        policy = page.fields["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
    assert not re.search(rb"(?:src|href|action)=\"(?!data:)", page.body)
    assert b"http" not in page.body


@pytest.mark.parametrize(
    ("target", "allowed"),
    [
        ("/upload", "GET, HEAD, OPTIONS, POST"),
        ("/upload/a.txt", "GET, HEAD, OPTIONS, PUT"),
        ("/index.html", "GET, HEAD, OPTIONS"),
        ("*", "GET, HEAD, OPTIONS, POST, PUT"),
    ],
)
def test_options(site: Path, target, allowed):
    with serving(site, profile="website", receive_files="yes") as live, live.client() as client:
        assert client.ask(f"OPTIONS {target} HTTP/1.1").fields["allow"] == allowed
        if target != "*":
            assert client.ask(f"DELETE {target} HTTP/1.1").fields["allow"] == allowed


def test_head_of_the_page(site: Path):
    with serving(site, profile="website", receive_files="yes") as live, live.client() as client:
        page = client.get("/upload")
        head = client.ask("HEAD /upload HTTP/1.1")
        assert (head.status, head.fields["content-length"]) == (200, str(len(page.body)))


def test_json_goes_on_as_before(receiving: Live):
    answer = receiving.post(b'{"a": 1}')
    assert answer.status == 201
    assert re.fullmatch(r"/uploads/upload_\d{8}_\d{6}_[0-9a-f]{8}\.json", answer.fields["location"])
    assert receiving.post(b"{").reason == "json-syntax"
    assert receiving.post(b"{}", target="/upload/a.json").status == 404


def test_without_the_switch_nothing_is_received(live: Live):
    with live.client() as client:
        for line, status, allowed in (
            ("PUT /upload HTTP/1.1", 405, "POST"),
            ("PUT /upload/a.txt HTTP/1.1", 405, "GET"),
            ("GET /upload HTTP/1.1", 405, "POST"),
            ("GET /upload/ HTTP/1.1", 404, None),
        ):
            answer = client.ask(line)
            assert (answer.status, answer.fields.get("allow")) == (status, allowed)
            assert answer.body.startswith(b"<!DOCTYPE html>")
    assert names(live) == []


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
class TestCurl:
    def send(self, live: Live, *arguments: str, data: bytes = b"") -> dict[str, str]:
        done = subprocess.run(
            ["curl", "--silent", "--show-error", *arguments],
            input=data,
            capture_output=True,
            timeout=PATIENCE_S,
            check=True,
        )
        said = json.loads(done.stdout)
        assert isinstance(said, dict)
        return said

    def test_a_file(self, receiving: Live, tmp_path: Path):
        """``curl -T FILE URL/upload/``: curl adds the name, and for a large one asks first (Expect)."""
        file = tmp_path / "caf\u00e9 #1.bin"
        file.write_bytes(bytes(range(256)) * 8_000)
        for name in ("caf\u00e9 #1.bin", "caf\u00e9 #1 (2).bin"):
            said = self.send(receiving, "-T", str(file), f"{receiving.base}/upload/")
            assert said["filepath"] == f"/uploads/{name}"
            assert (receiving.root / "uploads" / name).read_bytes() == file.read_bytes()

    def test_a_pipe(self, receiving: Live):
        said = self.send(receiving, "-T", "-", f"{receiving.base}/upload/log.txt", data=b"line\n" * 50_000)
        assert said["status"] == "success"
        assert (receiving.root / "uploads" / "log.txt").read_bytes() == b"line\n" * 50_000

    def test_a_file_that_is_too_large(self, receiving: Live, tmp_path: Path):
        file = tmp_path / "large.bin"
        with file.open("wb") as made:
            made.truncate(20_000_001)
        said = self.send(receiving, "-T", str(file), f"{receiving.base}/upload/")
        assert said["message"] == "The body is larger than this server accepts. The limit is 20000000 bytes."
        assert names(receiving) == []
