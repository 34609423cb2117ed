"""Clients that mean harm, in ways that there are over TLS alone."""

from __future__ import annotations

import contextlib
import shutil
import ssl
import subprocess

from soak.tally import OFFENDER, WRECKER, source_of
from soak.tls_end import VERSIONS, TlsEnd
from soak.vandals import GET
from soak.visitor import Row, Visitor, expect
from soak.wire import PATIENCE_S

HANDSHAKE = b"\x16\x03\x01"
OPENSSL = shutil.which("openssl")


def stalled_handshakes(visitor: Visitor) -> None:
    """Twenty at a time, each of which stops somewhere in its ClientHello, or behind it."""
    trust = visitor.target.trust
    assert trust is not None
    with contextlib.ExitStack() as opened:
        for _ in range(20):
            line = opened.enter_context(visitor.open_plain(WRECKER))
            hello = TlsEnd(line.plain, trust.context(visitor.chance.choice(VERSIONS))).hello()
            with contextlib.suppress(ConnectionError):
                line.plain.sendall(hello[: visitor.chance.choice((0, 1, 5, 100, len(hello)))])
        visitor.pause(visitor.chance.uniform(0.1, 3.0))


def silent_handshake(visitor: Visitor) -> None:
    """For longer than a handshake may take: ended by the server."""
    with visitor.open_plain(WRECKER) as line:
        line.plain.sendall(HANDSHAKE)
        with contextlib.suppress(ConnectionError):
            while line.plain.recv(1000):  # TimeoutError after a minute is a broken promise
                pass


def broken_handshake(visitor: Visitor) -> None:
    """What begins as a handshake and is none: answered by an alert, or by an end."""
    with visitor.open_plain(WRECKER) as line, contextlib.suppress(ConnectionError):
        line.plain.sendall(HANDSHAKE + b"\x02\x00" + visitor.chance.randbytes(512))
        came = b"".join(iter(lambda: line.plain.recv(1000), b""))
        expect(came[:1] in {b"", b"\x15"}, f"an alert was due, {came[:20]!r} came")


def distrustful(visitor: Visitor) -> None:
    """A client that does not like the certificate, and says so."""
    context = ssl.create_default_context()
    context.check_hostname = False
    with visitor.open_plain(WRECKER) as line, contextlib.suppress(ConnectionError):
        TlsEnd(line.plain, context).shake_hands()
        expect(False, "a certificate of nobody was trusted")


def broken_record(visitor: Visitor) -> None:
    """An octet that changed on the way, or one record too many or too few: nothing of it is taken for a
    request.
    """
    with visitor.open(WRECKER, version=visitor.chance.choice(VERSIONS)) as line:
        assert isinstance(line.sock, TlsEnd)
        visitor.tally.asked[WRECKER] += 2
        whole = line.sock.records(line.head(GET))
        octets = bytearray(line.sock.records(line.head(GET)))
        octets[visitor.chance.randrange(5, len(octets))] ^= 1 << visitor.chance.randrange(8)
        line.plain.sendall(visitor.chance.choice((bytes(octets), whole + octets, whole + whole)))
        answers = 0
        with contextlib.suppress(ConnectionError):
            while came := line.sock.recv(100_000):
                answers += came.count(b"HTTP/1.1 ")
        expect(answers <= 1, f"{answers} answers came to one request and a broken record")


def plain_http(visitor: Visitor) -> None:
    """Told where to ask."""
    with visitor.open_plain(OFFENDER) as line:
        visitor.tally.asked[OFFENDER] += 1
        line.send(line.head(GET))
        answer = visitor.read(line, OFFENDER)
        expect(answer.status == 400, f"400 was due for plain HTTP, {answer.status} came")
        where = f"https://127.0.0.1:{line.port}/"
        expect(where.encode() in answer.body, f"{where} is not named: {answer.body[:300]!r}")
        expect(line.ended(), "a second answer came to plain HTTP")


def renegotiation(visitor: Visitor) -> None:
    """A second handshake on a connection, which would cost the server a signature each time: refused. No
    client of Python's can ask for it.
    """
    where = f"127.0.0.1:{visitor.target.port}"
    source = source_of(WRECKER, visitor.chance.randrange(250))
    command = [str(OPENSSL), "s_client", "-tls1_2", "-bind", source, "-connect", where]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    visitor.tally.connections += 1
    with subprocess.Popen(command, **pipes) as client:  # type: ignore[call-overload]
        with contextlib.suppress(BrokenPipeError):
            client.stdin.write(b"R\n")
            client.stdin.flush()
        try:
            client.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            client.kill()
        said = client.stdout.read()
    refused = b"RENEGOTIATING" not in said or b"no renegotiation" in said
    expect(refused, f"a second handshake was not refused: {said[-200:]!r}")


def no_farewell(visitor: Visitor) -> None:
    """Gone amid an answer, without close_notify and without a reset."""
    line = visitor.open(WRECKER, receive_bytes=16_384)
    visitor.tally.asked[WRECKER] += 1
    with contextlib.suppress(ConnectionError):
        line.send(line.head("GET /film.jpeg HTTP/1.1"))
        line.sock.recv(visitor.chance.randrange(1, 100_000))
    line.drop()


TLS_VANDALS: dict[str, Row] = {
    "stalled handshakes": Row(3, stalled_handshakes),
    "a silent handshake": Row(1, silent_handshake),
    "a broken handshake": Row(5, broken_handshake),
    "a distrustful client": Row(5, distrustful),
    "broken records": Row(10, broken_record),
    "plain HTTP": Row(8, plain_http),
    "gone without a farewell": Row(5, no_farewell),
    **({"renegotiation": Row(2, renegotiation)} if OPENSSL else {}),
}
