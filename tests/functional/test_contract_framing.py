"""Framing, hosts, paths and connections, sentence by sentence, over a real socket: each test quotes the
sentence of the contract (the Standard profile) that it holds the server to.

What a sentence means in every corner is in tests/unit, a table of cases for each policy.
"""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING

import pytest

from server_core import files
from server_core.phases import Phase
from tests.functional.live import Answer, serving, until
from tests.systems import IS_WINE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.functional.live import Client, Live

JSON = "Content-Type: application/json"
UPLOAD = "POST /upload HTTP/1.1"
CHUNKED = "Transfer-Encoding: chunked"


@pytest.fixture(autouse=True)
def _files_are_settled(monkeypatch):
    """So that what was answered once is answered from memory, which must not make a difference."""
    monkeypatch.setattr(files, "SETTLED_S", -1.0)


def answers_to(client: Client, octets: bytes) -> list[Answer]:
    """Everything that is answered before the server hangs up."""
    client.send(octets)
    answers = []
    try:
        while True:
            answers.append(client.answer())
    except (EOFError, ConnectionError):
        return answers


def ends_with(live: Live, octets: bytes) -> Answer:
    """The one answer to octets after which the connection must end, whatever is behind them."""
    with live.client() as client:
        (answer,) = answers_to(client, octets + client.octets("GET /sample.txt HTTP/1.1"))
    assert answer.closes
    return answer


def goes_on(live: Live, octets: bytes) -> Answer:
    """The answer to octets behind which the next request is answered as well."""
    with live.client() as client:
        client.send(octets + client.octets("GET /sample.txt HTTP/1.1"))
        answer = client.answer()
        assert client.answer().body == b"0123456789"
    return answer


class TestFraming:
    @pytest.mark.parametrize(
        ("fields", "body"),
        [
            (("Content-Length: 2",), b"{}"),
            (("Content-Length: 0002",), b"{}"),
            (("Content-Length: 2, 2",), b"{}"),
            (("Content-Length: 2", "content-length: 2"), b"{}"),
            ((CHUNKED,), b"2\r\n{}\r\n0\r\n\r\n"),
            (("transfer-encoding:CHUNKED",), b"1\r\n{\r\n01\r\n}\r\n000\r\n\r\n"),
            ((CHUNKED,), b'2;a;b=c;d="e;\\" f"\r\n{}\r\n0;last\r\n\r\n'),
            ((CHUNKED, "Trailer: Digest"), b"2\r\n{}\r\n0\r\nDigest: x\r\nContent-Length: 99\r\n\r\n"),
        ],
    )
    def test_lengths_and_chunks(self, live: Live, fields, body):
        """Content-Length or chunked (extensions and trailers accepted and dropped)."""
        with live.client() as client:
            octets = client.octets(UPLOAD, JSON, *fields, body=body)
        assert goes_on(live, octets).status == 201
        assert [path.read_bytes() for path in live.uploads()] == [b"{}"]

    @pytest.mark.parametrize(
        "fields",
        [
            (CHUNKED, "Content-Length: 2"), ("Content-Length: 2", CHUNKED), ("Content-Length: 2", "Content-Length: 3"),
            ("Content-Length: 2, 3",), ("Content-Length: -2",), ("Content-Length: +2",), ("Content-Length: 2.0",),
            ("Content-Length: 0x2",), ("Content-Length: 2 2",), ("Content-Length: 1_0",), ("Content-Length: \xb2",),
            ("Content-Length:",), ("Content-Length : 2",), ("Transfer-Encoding: chunked, identity",),
            ("Transfer-Encoding: chunked, chunked",), (CHUNKED, CHUNKED), ("Transfer-Encoding: chunked;x=y",),
            ("Transfer-Encoding:",), ("Transfer-Encoding : chunked",), ("Transfer-Encoding:\x0bchunked",),
            ("X: a\r\n folded",), (" X: folded",), ("X\t: a",), ("X: a\rb",), ("X: a\nContent-Length: 2",), ("X: \0",),
            ("X: \x7f",), ("no colon",), (": no name",), ("X(: y",), ("X\xe4: y",),
        ],
        ids=" + ".join,
    )  # fmt: skip
    def test_what_closes(self, live: Live, fields):
        """Refused with 400 and a closed connection: both at once, differing or malformed lengths, chunked not
        last or named twice, obs-fold, space before a colon, control characters, bare CR, NUL. Bare LF: 400."""
        with live.client() as client:
            octets = client.octets(UPLOAD, JSON, *fields, body=b"2\r\n{}\r\n0\r\n\r\n")
        assert ends_with(live, octets).status == 400
        assert live.uploads() == []

    @pytest.mark.parametrize("coding", ["gzip", "gzip, chunked", "identity", "chunkedx"])
    def test_unknown_codings(self, live: Live, coding):
        """Unknown codings (501)."""
        with live.client() as client:
            octets = client.octets(UPLOAD, JSON, f"Transfer-Encoding: {coding}", body=b"2\r\n{}\r\n0\r\n\r\n")
        assert ends_with(live, octets).status == 501

    @pytest.mark.parametrize(
        "body",
        [
            b"2\n{}\n0\n\n", b"2 \r\n{}\r\n0\r\n\r\n", b" 2\r\n{}\r\n0\r\n\r\n", b"0x2\r\n{}\r\n0\r\n\r\n", b"-2\r\n{}\r\n",
            b"2;\r\n{}\r\n0\r\n\r\n", b"2;a\nb\r\n{}\r\n0\r\n\r\n", b"2\r\n{}0\r\n\r\n", b"2\r\n{}\n0\r\n\r\n", b"1\r\n{}\r\n0\r\n\r\n",
            b"\r\n2\r\n{}\r\n", b"10000000000000002\r\n{}\r\n", b"2\r\n{}\r\n0\r\nX : y\r\n\r\n",
            b"2\r\n{}\r\n0\r\nX: y\r\n z\r\n\r\n", b"2\r\n{}\r\n0\r\nX: y\nZ: 0\r\n\r\n",
        ],
    )  # fmt: skip
    def test_chunks_that_close(self, live: Live, body):
        with live.client() as client:
            assert ends_with(live, client.octets(UPLOAD, JSON, CHUNKED, body=body)).status == 400
        assert live.uploads() == []

    @pytest.mark.parametrize(
        ("line", "status"),
        [
            ("GET /", 400), ("GET", 400), ("\x16\x03\x01", 400), ("GET  / HTTP/1.1", 400), ("GET /\tHTTP/1.1", 400),
            (" GET / HTTP/1.1", 400), ("GET / HTTP/1.1 ", 400), ("GET / a HTTP/1.1", 400), ("GET / http/1.1", 400),
            ("GET / HTTP/1.1.1", 400), ("GET / HTTP/11", 400), ("G(T / HTTP/1.1", 400), ("GET /\xe4 HTTP/1.1", 400),
            ("GET index.html HTTP/1.1", 400), ("GET * HTTP/1.1", 400), ("GET /#a HTTP/1.1", 400), ("GET /\0 HTTP/1.1", 400),
            ("GET ftp://localhost/ HTTP/1.1", 400), ("GET / HTTP/1.2", 505), ("GET / HTTP/0.9", 505), ("GET / HTTP/2.0", 505),
            ("PRI * HTTP/2.0", 505), ("GET /" + "a" * 8192 + " HTTP/1.1", 414),
        ],
        ids=range(23),
    )  # fmt: skip
    def test_request_lines(self, live: Live, line, status):
        """A malformed request line: 400. Version other than 1.0/1.1: 505. Target over 8 KiB: 414."""
        with live.client() as client:
            answer = ends_with(live, client.octets(line))
        assert answer.status == status

    def test_empty_lines_before_a_request_line(self, live: Live):
        """RFC 9112 2.2: a server should ignore at least one."""
        with live.client() as client:
            assert goes_on(live, b"\r\n\r\n" + client.octets("GET / HTTP/1.1") + b"\r\n").status == 200

    def test_limits(self, live: Live):
        """Head over 32 KiB or 100 fields: 431. Up to these all is well."""
        with live.client() as client:
            assert client.get("/?" + "a" * (8192 - 2)).status == 200
            assert client.get("/", *["X: y"] * 99).status == 200
            assert ends_with(live, client.octets("GET / HTTP/1.1", *["X: y"] * 100)).status == 431
            filler = "X: " + "a" * (32 * 1024 - len(client.octets("GET / HTTP/1.1", "X: ")))
            assert client.get("/", filler).status == 200
            assert ends_with(live, client.octets("GET / HTTP/1.1", filler + "a")).status == 431

    def test_expectations(self, live: Live):
        """Expect: 100-continue is answered; another Expect: 417."""
        with live.client() as client:
            head = (UPLOAD, JSON, "Content-Length: 2", "Expect: 100-Continue")
            assert client.ask(*head).line == "HTTP/1.1 100 Continue"
            client.send(b"{}")
            assert client.answer().status == 201
            # Who does not wait is not invited, nor is who has nothing to send (RFC 9110 10.1.1).
            assert client.ask(*head, body=b"{}").status == 201
            assert client.ask(UPLOAD, JSON, "Content-Length: 0", "Expect: 100-continue").status == 400
            assert client.get("/sample.txt", "Expect: 100-continue").status == 200
            assert ends_with(live, client.octets("GET / HTTP/1.1", "Expect: 200-ok")).status == 417
            assert client.ask("GET / HTTP/1.0", "Expect: 200-ok").status == 200

    def test_a_refusal_instead_of_an_invitation(self, live: Live):
        with live.client() as client:
            answer = client.ask(UPLOAD, "Content-Length: 2", "Expect: 100-continue")
            assert (answer.status, answer.closes) == (415, True)

    @pytest.mark.parametrize("fields", [("Content-Length: 5",), (CHUNKED,)])
    @pytest.mark.parametrize(
        "line", ["GET /sample.txt HTTP/1.1", "PUT /x HTTP/1.1", "POST /missing HTTP/1.1"]
    )
    def test_a_body_that_nobody_asked_for_is_no_request(self, live: Live, line, fields):
        body = b"GET /" if fields != (CHUNKED,) else b"5\r\nGET /\r\n0\r\n\r\n"
        with live.client() as client:
            octets = client.octets(line, *fields, body=body)
        for _ in range(2):  # also when the same head was answered before
            assert goes_on(live, octets).status in {200, 404, 405}

    @pytest.mark.parametrize(
        ("fields", "body"), [(("Content-Length: 5",), b"GET /"), ((CHUNKED,), b"5\r\nGET /\r\n0\r\n\r\n")]
    )
    def test_a_body_that_comes_after_its_head_is_no_request_either(self, live: Live, fields, body):
        """A head that is known, and arrives alone, is not all there is to the request."""
        with live.client() as client:
            client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(3):
                assert client.get("/sample.txt").status == 200
                client.send(client.octets("GET /sample.txt HTTP/1.1", *fields))
                until(lambda: any(each.phase is Phase.BODY for each in live.server._parking.all()))
                client.send(body)
                assert client.answer().status == 200


class TestHost:
    @pytest.mark.parametrize(
        ("hosts", "status"),
        [
            ((), 400), (("localhost", "localhost"), 400), (("",), 400), (("local host",), 400), (("localhost:x",), 400),
            (("localhost:99999",), 400), (("http://localhost",), 400), (("a@localhost",), 400), (("localhost/",), 400),
            (("[::1",), 400), (("::1",), 400), (("[::1%25lo]",), 400), (("localhost, localhost",), 400), (("l\xf6calhost",), 400),
            (("evil.test",), 403), (("localhost.evil.test",), 403), (("127.0.0.1.evil.test",), 403), (("evil.test:{port}",), 403),
            (("localhost:1",), 403), (("127.1",), 403), (("2130706433",), 403), (("[::2]",), 403), (("null",), 403),
            (("localhost",), 200), (("LocalHost",), 200), (("localhost.",), 200), (("localhost:{port}",), 200), (("localhost:",), 200),
            (("127.0.0.1",), 200), (("127.0.0.1:{port}",), 200), (("[::1]",), 200), (("[0:0::0:1]:{port}",), 200),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("version", ["1.0", "1.1"])
    def test_host(self, live: Live, hosts, status, version):
        """Exactly one, valid. Missing or malformed or repeated: 400. Not allowed: 403. Allowed by default:
        localhost, 127.0.0.1, [::1]. Case and a trailing dot do not matter; a port must be the server's."""
        fields = "".join(f"Host: {host.format(port=live.address[1])}\r\n" for host in hosts)
        with live.client() as client:
            client.send(f"GET / HTTP/{version}\r\n{fields}\r\n".encode("latin-1"))
            answer = client.answer()
            assert answer.status == status
            assert answer.closes == (version == "1.0" or status == 400)

    def test_what_is_allowed_besides(self, site: Path):
        """Plus what --allow-host adds (example.test, *.example.test, name:*)."""
        with (
            serving(site, allow_hosts="a.test, *.b.test, c.test:*, d.test:81") as live,
            live.client() as client,
        ):
            port = live.address[1]
            for host, status in {
                "a.test": 200, "A.TEST.": 200, f"a.test:{port}": 200, "a.test:1": 403, "x.a.test": 403,
                "x.b.test": 200, "x.y.b.test": 200, "b.test": 403, "xb.test": 403,
                "c.test:1": 200, "c.test": 200, "d.test:81": 200, f"d.test:{port}": 403, "localhost": 200,
            }.items():  # fmt: skip
                client.host = host
                assert client.get("/").status == status, host

    def test_a_star_allows_all(self, site: Path):
        with serving(site, allow_hosts="*") as live, live.client() as client:
            client.host = "whoever.test"
            assert client.get("/").status == 200

    @pytest.mark.parametrize(
        ("target", "host", "status"),
        [
            ("http://localhost/sample.txt", "evil.test", 200),
            ("HTTP://LOCALHOST:{port}/sample.txt?q", "evil.test", 200),
            ("http://localhost", "localhost", 200),
            ("http://evil.test/", "localhost", 403),
            ("http://localhost:1/", "localhost", 403),
            ("http://a@localhost/", "localhost", 400),
            ("http:///", "localhost", 400),
            ("http://localhost/../x", "localhost", 403),
            ("http://localhost/", "mal formed", 400),
        ],
    )
    def test_the_absolute_form(self, live: Live, target, host, status):
        """The absolute form of a target is checked in the same way and overrides Host."""
        with live.client() as client:
            client.host = host
            assert client.get(target.format(port=live.address[1])).status == status


class TestPaths:
    @pytest.mark.parametrize(
        "path",
        [
            "/../x", "/./x", "/a/../b", "/%2e%2e/x", "/.%2E/", "/..%2fx", "/a%2Fb", "/a%5cb", "/a\\b", "//x", "/a//b", "/a//",
            "//localhost/share", "/C:/x", "/c:", "/%43%3a/x", "/x.html:s", "/x.html::$DATA", "/a%00.html", "/a%0d%0ab", "/%1b",
            "/%7f", "/a*", "/a%3f", "/a%22", "/a%3c", "/a%3e", "/a%7c", "/a|", "/index.html.", "/index.html%20", "/docs./",
            "/docs%20/", "/con", "/CON.html", "/nul.txt", "/docs/aux", "/com1.png", "/LPT9", "/com%c2%b9", "/conin$", "/CLOCK$.x",
            "/nul%20.txt", "/INDEX~1.HTM", "/docs~1/", "/a~1.txt", "/%ff", "/%c0%ae%c0%ae/", "/%ed%a0%80", "/uploads/",
            "/UPLOADS/x.json",
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
    def test_one_validator_for_every_route(self, live: Live, method, path):
        """Refuse with 403 and a security record, whatever the route and whether or not the target exists."""
        with live.client() as client:
            octets = client.octets(f"{method} {path} HTTP/1.1", "Content-Length: 0")
        answer = goes_on(live, octets)
        assert (answer.status, answer.reason[:5]) == (403, "path-")
        assert live.event(lambda event: event.status == 403).kind == "security"

    @pytest.mark.parametrize(
        ("there", "missing"),
        [
            ("/index.html.", "/gone.html."), ("/docs%20/", "/gone%20/"), ("/sample.txt::$DATA", "/gone.txt::$DATA"),
            ("/docs/../sample.txt", "/gone/../gone.txt"), ("/SAMPLE~1.TXT", "/GONE~1.TXT"), ("/uploads/", "/uploads/gone"),
        ],
    )  # fmt: skip
    def test_the_same_answer_whether_or_not_the_target_exists(self, live: Live, there, missing):
        first, second = live.get(there), live.get(missing)
        assert (first.status, first.body) == (second.status, second.body)

    def test_percent_is_decoded_once(self, live: Live):
        (live.root / "%2e%2e").mkdir()
        (live.root / "%2e%2e" / "a.html").write_bytes(b"once")
        assert live.get("/%252e%252e/a.html").body == b"once"


class TestConnections:
    @pytest.mark.parametrize(
        ("version", "connection", "closes"),
        [
            ("1.1", "", False), ("1.1", "close", True), ("1.1", "CLOSE", True), ("1.1", "te, close", True), ("1.1", "closed", False),
            ("1.0", "", True), ("1.0", "keep-alive", False), ("1.0", "Keep-Alive", False), ("1.0", "keep-alive, close", True),
        ],
    )  # fmt: skip
    def test_who_stays(self, live: Live, version, connection, closes):
        """HTTP/1.1 stays open unless asked to close; HTTP/1.0 closes unless asked to stay.
        Keep-Alive: timeout=30, max=100."""
        fields = (f"Connection: {connection}",) if connection else ()
        with live.client() as client:
            client.send(client.octets(f"GET / HTTP/{version}", *fields) * 2)
            answer = client.answer()
            assert answer.fields["connection"] == ("close" if closes else "keep-alive")
            assert answer.fields.get("keep-alive") == (None if closes else "timeout=30, max=100")
            assert client.is_closed() if closes else client.answer().status == 200

    def test_the_hundredth_answer_is_the_last(self, live: Live):
        """The last answer says Connection: close."""
        with live.client() as client:
            answers = answers_to(client, client.octets("GET /sample.txt HTTP/1.1") * 120)
        assert [answer.closes for answer in answers] == [False] * 99 + [True]

    def test_pipelined_requests_are_answered_in_order(self, live: Live):
        (live.root / "large.png").write_bytes(bytes(2_000_000))
        with live.client() as client:
            client.send(
                client.octets("GET /large.png HTTP/1.1")
                + client.octets(UPLOAD, JSON, "Content-Length: 2", body=b"{}")
                + client.octets("GET /missing HTTP/1.1")
                + b"\r\n"
                + client.octets("PUT / HTTP/1.1", "Content-Length: 3", body=b"GET")
                + client.octets("GET /sample.txt HTTP/1.1")
            )
            assert [client.answer().status for _ in range(5)] == [200, 201, 404, 405, 200]

    @pytest.mark.skipif(
        IS_WINE, reason="Wine loses what send() took, where WSAPoll saw the other half closed"
    )
    def test_half_closed_clients_get_their_full_answer(self, live: Live):
        (live.root / "large.png").write_bytes(bytes(5_000_000))
        with live.client() as client:
            client.send(client.octets("GET /large.png HTTP/1.1") * 2)
            client.sock.shutdown(socket.SHUT_WR)
            assert [len(client.answer().body) for _ in range(2)] == [5_000_000] * 2
            assert client.is_closed()

    @pytest.mark.parametrize(
        "octets",
        [
            b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET /docs HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET /missing HTTP/1.1\r\nHost: localhost\r\n\r\n", b"PUT / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\0\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
        ],
    )  # fmt: skip
    def test_what_every_answer_carries(self, live: Live, octets):
        """Every answer carries Date, Server: Multi-threaded HTTP Server, Connection, a length."""
        with live.client() as client:
            client.send(octets)
            answer = client.answer()
        assert answer.fields["server"] == "Multi-threaded HTTP Server"
        assert re.fullmatch(
            r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", answer.fields["date"]
        )
        assert answer.fields["connection"] in {"close", "keep-alive"}
        assert answer.fields["content-length"] == str(len(answer.body))
