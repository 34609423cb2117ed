"""Pending output: octets, then a part of a file, as much as the socket takes."""

from __future__ import annotations

import os
import socket
import sys

import pytest

from server_core import outgoing as module
from server_core.answers import Answer
from server_core.errors import TruncatedError
from server_core.outgoing import Outgoing, send_file
from tests.functional.live import until

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)  # or a loopback may take megabytes
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        theirs.settimeout(5)
        yield ours, theirs


def receive(sock: socket.socket, count: int) -> bytes:
    octets = b""
    while len(octets) < count:
        piece = sock.recv(count - len(octets))
        assert piece
        octets += piece
    return octets


def file_of(tmp_path, content: bytes) -> int:
    (tmp_path / "file").write_bytes(content)
    return os.open(tmp_path / "file", os.O_RDONLY | getattr(os, "O_BINARY", 0))


def test_octets(pair):
    ours, theirs = pair
    outgoing = Outgoing(Answer(200, body=b"hello"), HEAD, HEAD + b"hello", 3)
    assert not outgoing.is_done
    assert outgoing.progress == 3 / len(HEAD + b"hello")
    assert outgoing.send(ours, send_file)
    assert outgoing.is_done
    assert outgoing.progress == 1.0
    assert outgoing.content_bytes == 5
    assert receive(theirs, len(HEAD) + 2) == (HEAD + b"hello")[3:]
    outgoing.close()


def test_a_part_of_a_file(pair, tmp_path):
    ours, theirs = pair
    fd = file_of(tmp_path, bytes(range(256)))
    outgoing = Outgoing(Answer(206, length=100, start=50), HEAD, HEAD, 0, fd)
    outgoing.send(ours, send_file)
    assert outgoing.is_done
    assert receive(theirs, len(HEAD) + 100) == HEAD + bytes(range(50, 150))
    outgoing.close()
    outgoing.close()
    with pytest.raises(OSError):
        os.fstat(fd)


def test_a_reader_that_takes_nothing_and_then_all(pair, tmp_path):
    ours, theirs = pair
    content = os.urandom(3_000_000)
    outgoing = Outgoing(Answer(200, length=len(content)), HEAD, HEAD, 0, file_of(tmp_path, content))
    assert not outgoing.send(ours, send_file)
    assert outgoing.progressed(ours)
    assert not outgoing.send(ours, send_file)
    assert not outgoing.progressed(ours)
    octets = b""
    while not outgoing.is_done:
        octets += theirs.recv(1_000_000)
        outgoing.send(ours, send_file)
    octets += receive(theirs, len(HEAD) + len(content) - len(octets))
    assert octets == HEAD + content
    assert outgoing.content_bytes == len(content)
    outgoing.close()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell what was acknowledged")
def test_what_only_the_system_took_is_no_progress(tmp_path):
    """The send buffer of Linux grows while the reader takes nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as theirs:
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        theirs.connect(listener.getsockname())
        ours, _ = listener.accept()
        with ours:
            ours.setblocking(False)
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)
            size = 4_000_000
            outgoing = Outgoing(Answer(200, length=size), HEAD, HEAD, 0, file_of(tmp_path, bytes(size)))
            outgoing.send(ours, send_file)
            until(lambda: not outgoing.progressed(ours))  # what was under way has arrived
            before = outgoing.sent_bytes
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1_000_000)
            outgoing.send(ours, send_file)
            assert outgoing.sent_bytes > before + 100_000
            assert not outgoing.progressed(ours)
            theirs.recv(100_000, socket.MSG_WAITALL)
            until(lambda: outgoing.progressed(ours))
            outgoing.close()


def test_a_turn_is_bounded(pair, tmp_path, monkeypatch):
    """Whoever downloads much lets others have their turn."""
    monkeypatch.setattr(module, "TURN_BYTES", 1_000)
    ours, theirs = pair
    outgoing = Outgoing(Answer(200, length=5_000), HEAD, HEAD, 0, file_of(tmp_path, bytes(5_000)))
    assert outgoing.send(ours, send_file)
    assert not outgoing.is_done
    assert 1_000 <= outgoing.sent_bytes <= 1_000 + len(HEAD) + 1_000
    receive(theirs, outgoing.sent_bytes)
    outgoing.close()


def test_a_file_that_became_shorter(pair, tmp_path):
    ours, _ = pair
    outgoing = Outgoing(Answer(200, length=11), HEAD, HEAD, 0, file_of(tmp_path, b"0123456789"))
    with pytest.raises(TruncatedError):
        outgoing.send(ours, send_file)
    outgoing.close()


@pytest.mark.skipif(sys.platform == "win32", reason="a socket pair of Windows is TCP and tells it later")
def test_a_client_that_is_gone(pair):
    ours, theirs = pair
    theirs.close()
    with pytest.raises(OSError):
        Outgoing(Answer(200), HEAD, HEAD, 0).send(ours, send_file)


def test_an_empty_answer_is_done_from_the_start():
    assert Outgoing(Answer(204), b"", b"", 0).is_done


def blocks_of(*blocks: bytes, closed: list[str] | None = None):
    try:
        yield from blocks
    finally:
        if closed is not None:
            closed.append("closed")


def test_blocks_are_made_one_at_a_time(pair):
    """The next is made when the socket has taken the last, and one a turn."""
    ours, theirs = pair
    made = []

    def blocks():
        for number in range(4):
            made.append(number)
            yield bytes([number]) * 1_000_000

    outgoing = Outgoing(Answer(200, length=4_000_000), HEAD, HEAD, 0, blocks=blocks())
    outgoing.send(ours, send_file)
    assert made == [0]
    assert not outgoing.is_done
    octets = b""
    while not outgoing.is_done:
        octets += theirs.recv(1_000_000)
        before = len(made)
        if not outgoing.send(ours, send_file):
            assert outgoing.progress < 1.0
        assert len(made) <= before + 1
    octets += receive(theirs, len(HEAD) + 4_000_000 - len(octets))
    assert octets == HEAD + b"".join(bytes([number]) * 1_000_000 for number in range(4))
    assert outgoing.progress == 1.0
    outgoing.close()


@pytest.mark.parametrize(
    "blocks", [(b"12345", b"6789"), (b"12345", b"67890", b"1"), (b"123456", b"78901"), ()]
)
def test_blocks_that_are_not_the_length_that_was_promised(pair, blocks):
    ours, _ = pair
    closed: list[str] = []
    outgoing = Outgoing(Answer(200, length=10), HEAD, HEAD, 0, blocks=blocks_of(*blocks, closed=closed))
    with pytest.raises(TruncatedError):
        sum(outgoing.send(ours, send_file) for _ in range(3))
    assert outgoing.content_bytes <= 10
    outgoing.close()


def test_blocks_are_closed_wherever_they_are(pair):
    ours, theirs = pair
    closed: list[str] = []
    outgoing = Outgoing(Answer(200, length=4), HEAD, HEAD, 0, blocks=blocks_of(b"12", b"34", closed=closed))
    assert outgoing.send(ours, send_file)
    outgoing.close()
    outgoing.close()
    assert closed == ["closed"]
    assert receive(theirs, len(HEAD) + 2) == HEAD + b"12"
