"""How long a connection lives and in which order it is served."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.functional.live import BOTH_SCHEMES, serving
from tests.systems import IS_WINE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.functional.live import Live

pytestmark = BOTH_SCHEMES


def test_a_connection_stays_open_and_says_for_how_long(site: Path):
    with serving(site, keep_alive_timeout_s="7", max_requests="9") as live, live.client() as client:
        for target in ("/", "/missing.html", "/sample.txt"):
            answer = client.get(target)
            assert answer.fields["connection"] == "keep-alive"
            assert answer.fields["keep-alive"] == "timeout=7, max=9"
        assert {event.connection for event in live.events if event.status} == {1}


def test_the_last_answer_that_a_connection_gets_says_so(site: Path):
    with serving(site, max_requests="3") as live, live.client() as client:
        assert [client.get("/").closes for _ in range(3)] == [False, False, True]
        assert client.is_closed()


@pytest.mark.parametrize(
    ("version", "fields", "closes"),
    [
        ("HTTP/1.0", (), True),
        ("HTTP/1.0", ("Connection: Keep-Alive",), False),
        ("HTTP/1.1", (), False),
        ("HTTP/1.1", ("Connection: Close",), True),
        ("HTTP/1.1", ("Connection: keep-alive, close",), True),
    ],
)
def test_whether_a_connection_stays_open(live: Live, version, fields, closes):
    with live.client() as client:
        answer = client.ask(f"GET / {version}", *fields)
        assert (answer.status, answer.closes) == (200, closes)
        if closes:
            assert client.is_closed()
        else:
            assert client.ask(f"GET / {version}", *fields).status == 200


def test_200_requests_at_once_are_answered_in_order(site: Path):
    for number in range(200):
        (site / f"{number}.txt").write_text(str(number), "ascii")
    with serving(site, max_requests="200") as live, live.client() as client:
        client.send(b"".join(client.octets(f"GET /{number}.txt HTTP/1.1") for number in range(200)))
        answers = [client.answer() for _ in range(200)]
        assert [int(answer.body) for answer in answers] == list(range(200))
        assert [answer.closes for answer in answers] == [False] * 199 + [True]


def test_uploads_and_refusals_keep_their_place_in_a_pipeline(live: Live):
    with live.client() as client:
        head = client.octets("POST /upload HTTP/1.1", "Content-Type: application/json", "Content-Length: 2")
        rest = client.octets("GET /missing.html HTTP/1.1") + client.octets("GET /sample.txt HTTP/1.1")
        client.send(head + b"{}" + head + b"{]" + rest)
        assert [client.answer().status for _ in range(4)] == [201, 400, 404, 200]


def test_a_request_in_single_octets_is_answered(live: Live):
    with live.client() as client:
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in client.octets("GET /sample.txt HTTP/1.1"):
            client.send(bytes([octet]))
        assert client.answer().body == b"0123456789"


@pytest.mark.skipif(IS_WINE, reason="Wine loses what send() took, where WSAPoll saw the other half closed")
@pytest.mark.parametrize("size", [10, 1024 * 1024, 16 * 1024 * 1024])
def test_a_half_closed_client_gets_its_whole_answer(live: Live, size):
    octets = bytes(range(256)) * (size // 256) + b"." * (size % 256)
    (live.root / "sized.txt").write_bytes(octets)
    with live.client() as client:
        client.send(client.octets("GET /sized.txt HTTP/1.1"))
        client.half_close()
        assert client.answer().body == octets
        assert client.is_closed()


@pytest.mark.parametrize(
    "octets",
    [
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n",
        b"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
    ],
)
def test_a_client_that_leaves_amid_its_request_is_told(live: Live, octets):
    with live.client() as client:
        client.send(octets)
        client.half_close()
        answer = client.answer()
        assert (answer.status, answer.reason, answer.closes) == (400, "incomplete", True)
        assert client.is_closed()
    assert live.uploads() == []


@pytest.mark.parametrize("octets", [b"", b"\r\n"])
def test_a_client_that_leaves_without_a_request_is_told_nothing(live: Live, octets):
    with live.client() as client:
        client.send(octets)
        client.half_close()
        assert client.is_closed()
    assert not [event for event in live.events if event.status]
