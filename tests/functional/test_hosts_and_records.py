"""Which addresses are answered for when all are listened on, and what the records say of it all."""

from __future__ import annotations

import json
import re
import socket
import sys
from typing import TYPE_CHECKING

import pytest

from server_core import events
from server_core.log_format import json_line, text_line
from tests.functional.live import Client, serving, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.functional.live import Live

# Every address of 127.0.0.0/8 is the loopback's on Linux and on Windows, but not on macOS.
OWN, OTHER = "127.0.0.2", "127.0.0.3"
pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="macOS has 127.0.0.1 alone")


@pytest.fixture(params=["0.0.0.0", "::"])
def everywhere(request, site: Path) -> Iterator[Live]:
    if request.param == "::":
        try:
            with socket.socket(socket.AF_INET6) as probe:
                probe.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
    with serving(site, host=request.param) as live:
        yield live


def ask(live: Live, address: str, name: str) -> tuple[int, str]:
    """Status and reason for a client that connects to ``address`` and asks for the host ``name``."""
    port = live.address[1]
    with Client((address, port), f"{name}:{port}") as client:
        answer = client.get("/")
    return answer.status, answer.reason


def test_the_address_that_the_client_connected_to_is_answered_for(everywhere: Live):
    for name in ("localhost", "127.0.0.1", "[::1]", OWN):
        assert ask(everywhere, OWN, name) == (200, "")
    assert ask(everywhere, OWN, "evil.test") == (403, "host-not-allowed")


def test_another_address_is_not_whoever_asked_before(everywhere: Live):
    """Whether a request was answered before decides nothing: the same octets, by another way, are refused."""
    for _ in range(3):
        assert ask(everywhere, OTHER, OWN) == (403, "host-not-allowed")
        assert ask(everywhere, OWN, OWN) == (200, "")


def test_the_client_is_named_by_the_address_that_it_has(everywhere: Live):
    ask(everywhere, "127.0.0.1", "localhost")
    record = everywhere.event(lambda event: event.status == 200)
    assert re.fullmatch(r"127\.0\.0\.1:\d+", record.client)


def test_every_answer_tells_when_by_whom_how_long_and_what_next(live: Live):
    with live.client() as client:
        tag = client.get("/").fields["etag"]
        answers = [
            client.get("/"),
            client.get("/", "Range: bytes=0-1"),
            client.get("/", f"If-None-Match: {tag}"),
            client.get("/docs"),
            client.get("/missing.html"),
            client.ask("PUT / HTTP/1.1"),
            client.ask("HEAD / HTTP/1.1"),
            client.post(b"{}"),
            client.post(b"{"),
            client.ask("GET / HTTP/1.0", "Connection: keep-alive"),
            client.ask("GET / HTTP/3.0"),
        ]
        assert client.is_closed()
    assert [answer.status for answer in answers] == [200, 206, 304, 301, 404, 405, 405, 201, 400, 200, 505]
    for answer in answers:
        assert answer.line.startswith("HTTP/1.1 ")
        assert answer.fields["server"] == "Multi-threaded HTTP Server"
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", answer.fields["date"])
        assert answer.fields["content-length"].isdigit()
        assert answer.fields["connection"] == ("close" if answer.status == 505 else "keep-alive")
        assert ("keep-alive" in answer.fields) == (answer.status != 505)
        assert "x-content-type-options" not in answer.fields


def test_what_is_recorded_of_a_request(live: Live):
    with live.client() as client:
        client.get("/sample.txt?q")
        answer = client.get("/missing.html")
        port = client.sock.getsockname()[1]
    first = live.event(lambda event: event.status == 200)
    second = live.event(lambda event: event.status == 404)
    assert first[1:3] == (events.INFO, events.REQUEST)
    assert first.worker.startswith("Worker-")
    assert first.client == f"127.0.0.1:{port}"
    assert (first.method, first.target, first.version) == ("GET", "/sample.txt?q", "HTTP/1.1")
    assert (first.sent_bytes, first.request, first.keep_alive) == (10, 1, True)
    assert first.request_head.startswith(b"GET /sample.txt?q HTTP/1.1\r\n")
    assert first.response_head.endswith(b"\r\n\r\n")
    assert 0 <= first.waited_ms < 20_000
    assert 0 <= first.took_ms < 20_000
    assert (second.level, second.reason, second.request) == (events.WARNING, "not-found", 2)
    assert second.connection == first.connection
    assert second.sent_bytes == len(answer.body)


@pytest.mark.parametrize(
    ("target", "fields", "reason"),
    [
        ("/../etc/passwd", (), "path-dot-segment"),
        ("/%0a[2026-01-01%2000:00:00.000]%20forged", (), "path-control"),
        ('/"%20200%201B', ("X: \x85\x9b31m",), "path-character"),
        ("/", ("Transfer-Encoding : chunked",), "space-before-colon"),
        ("/", ("X: \x1b[31m",), "control-character"),
        ("/", ("Host: evil.test",), "host-repeated"),
    ],
)
def test_refusals_for_safety_are_security_records_that_forge_nothing(live: Live, target, fields, reason):
    assert live.get(target, *fields).reason == reason
    record = live.event(lambda event: event.reason == reason)
    assert (record.level, record.kind) == (events.WARNING, events.SECURITY)
    for line in (text_line(record), json_line(record)):
        assert line.isprintable()
        assert len(line.splitlines()) == 1
    assert f"WARNING security: {reason}: " in text_line(record)
    assert json.loads(json_line(record))["target"] == record.target


def test_an_upload_is_recorded_as_one(live: Live):
    answer = live.post(b"{}")
    record = live.event(lambda event: event.status == 201)
    assert (record.level, record.kind) == (events.INFO, events.UPLOAD)
    assert answer.fields["location"] in record.message


def test_the_life_of_the_server_is_recorded(site: Path):
    with serving(site) as live:
        live.get("/")
        started = live.message("serving ")
        assert str(site) in started.message
        assert live.base in started.message
        until(lambda: live.server.snapshot().open_connections == 0)
    messages = [event.message for event in live.events]
    assert any(re.fullmatch(r"pool: \d/4 busy, \d+ queued", message) for message in messages)
    assert messages[-1] == "stopped; 0 requests in flight were cut"


def test_what_is_told_at_the_end_is_the_sum_of_all_records(site: Path):
    with serving(site) as live:
        for target in ("/", "/", "/sample.txt", "/docs", "/missing.html"):
            live.get(target)
        live.post(b"{}")
    answers = [event for event in live.events if event.status]
    content_bytes = sum(event.sent_bytes for event in answers)
    said = next(event.message for event in live.events if event.message.startswith("answered "))
    assert said == f"answered 6 requests with {content_bytes} bytes of content: 4 2xx, 1 3xx, 1 4xx, 0 5xx"
    assert content_bytes > 0
