"""A pass over everything that the contract names, against ``server.py`` in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server_core.parts import rename_exclusively
from tests.functional.live import Client
from tests.systems import IS_WINE

TOP = Path(__file__).parents[2]
LARGE = bytes(range(256)) * 4096 * 5
"""5 MiB: goes out in blocks, which Windows has no sendfile for."""


@pytest.fixture
def address(site):
    (site / "large.png").write_bytes(LARGE)
    command = [sys.executable, str(TOP / "server.py"), "0", "127.0.0.1", "4", "--root", str(site), "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        line = process.stdout.readline()
        assert line.startswith("Listening on http://127.0.0.1:"), line
        yield "127.0.0.1", int(line.rstrip("/\n").rpartition(":")[2])
        assert process.poll() is None
        process.kill()
        assert process.stdout.read() == ""


@pytest.fixture
def client(address):
    with Client(address, f"{address[0]}:{address[1]}") as client:
        yield client


def test_one_connection_from_page_to_upload(client, site):
    page = client.get("/")
    assert (page.status, page.fields["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.body == (site / "index.html").read_bytes()
    assert page.fields["server"] == "Multi-threaded HTTP Server"
    assert page.fields["keep-alive"] == "timeout=30, max=100"

    text = client.get("/sample.txt")
    assert text.fields["content-type"] == "application/octet-stream"
    assert text.fields["content-disposition"] == 'attachment; filename="sample.txt"'

    again = client.get("/sample.txt", f"If-None-Match: {text.fields['etag']}")
    assert (again.status, again.body) == (304, b"")
    part = client.get("/sample.txt", "Range: bytes=2-4")
    assert (part.status, part.body, part.fields["content-range"]) == (206, b"234", "bytes 2-4/10")
    assert client.get("/sample.txt", "Range: bytes=99-").status == 416

    assert client.get("/missing.html").status == 404
    assert client.get("/style.css").status == 415
    assert client.get("/docs").status in {301, 308}
    assert client.ask("HEAD / HTTP/1.1").status == 405
    assert client.ask("DELETE / HTTP/1.1").fields["allow"] == "GET"

    body = b' {"from": "Windows"}\r\n'
    saved = client.post(body)
    assert saved.status == 201
    assert (site / json.loads(saved.body)["filepath"].lstrip("/")).read_bytes() == body
    assert client.post(b'{"a": NaN}').status == 400


def test_a_large_file_and_a_part_of_it(client):
    assert client.get("/large.png").body == LARGE
    part = client.get("/large.png", "Range: bytes=1000000-3000000")
    assert (part.status, part.body) == (206, LARGE[1_000_000:3_000_001])


@pytest.mark.parametrize("change", ["deleted", "renamed", "replaced"])
def test_a_file_that_is_being_sent_may_go(client, site, change):
    """Whoever works on the site is not told that the file is in use."""
    client.send(client.octets("GET /large.png HTTP/1.1"))
    client.sock.recv(1)
    file = site / "large.png"
    if change == "deleted":
        file.unlink()
    else:
        file.rename(site / "before.png")
    if change == "replaced":
        file.write_bytes(b"new")
    rest = b""
    while len(rest) < len(LARGE) and (piece := client.sock.recv(1 << 20)):
        rest += piece
    assert rest.endswith(LARGE[-65536:])


def test_pipelined_requests_are_answered_in_order(client):
    targets = ["/", "/sample.txt", "/missing.html", "/large.png", "/docs/", "/sample.txt"]
    client.send(b"".join(client.octets(f"GET {target} HTTP/1.1") for target in targets))
    answers = [client.answer() for _ in targets]
    assert [answer.status for answer in answers] == [200, 200, 404, 200, 200, 200]
    assert answers[3].body == LARGE
    assert answers[5].body == b"0123456789"


@pytest.mark.skipif(IS_WINE, reason="Wine loses what send() took, where WSAPoll saw the other half closed")
def test_a_half_closed_client_gets_its_whole_answer(client):
    client.send(client.octets("GET /large.png HTTP/1.1"))
    client.sock.shutdown(1)
    assert client.answer().body == LARGE
    assert client.is_closed()


def test_the_hundredth_answer_is_the_last(client):
    answers = [client.get("/sample.txt") for _ in range(100)]
    assert [answer.closes for answer in answers] == [False] * 99 + [True]
    assert client.is_closed()


def test_an_early_refusal_arrives_although_the_body_still_comes(client):
    """Closing with unread input would reset the connection and could destroy the answer."""
    client.send(
        client.octets("POST /upload HTTP/1.1", "Content-Type: application/json", "Content-Length: 20000000")
    )
    try:
        for _ in range(40):
            client.send(b" " * 100_000)
    except ConnectionError:
        pytest.fail("the connection was reset before the answer could be read")
    assert client.answer().status == 413


def test_fifty_uploads_at_once(address, site):
    def upload(number: int) -> str:
        with Client(address, f"{address[0]}:{address[1]}") as client:
            answer = client.post(json.dumps({"number": number, "text": "x" * 50_000}).encode())
            assert answer.status == 201
            return str(json.loads(answer.body)["filepath"])

    with ThreadPoolExecutor(50) as threads:
        paths = list(threads.map(upload, range(50)))
    assert len(set(paths)) == 50
    files = list((site / "uploads").iterdir())
    assert sorted(f"/uploads/{file.name}" for file in files) == sorted(paths)
    assert {json.loads(file.read_bytes())["number"] for file in files} == set(range(50))


def test_a_name_that_is_taken_stays_as_it_is(tmp_path):
    """os.rename refuses on Windows and would replace elsewhere."""
    part, name = tmp_path / ".x.part", tmp_path / "upload.json"
    part.write_bytes(b"new")
    name.write_bytes(b"old")
    with pytest.raises(FileExistsError):
        rename_exclusively(part, name)
    assert (part.read_bytes(), name.read_bytes()) == (b"new", b"old")
    name.unlink()
    rename_exclusively(part, name)
    assert name.read_bytes() == b"new"
