"""A TLS socket that behaves as a plain non-blocking one."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import ssl
import threading
from typing import TYPE_CHECKING

import pytest

from server_core import tls
from server_core.errors import CLIENT_GONE

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("cryptography", reason="cryptography is not installed")

from server_core import self_signed

RECORD_BYTES = 16 * 1024
Ends = tuple[tls.TlsSocket, ssl.SSLSocket]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> self_signed.Pair:
    return self_signed.ensure(tmp_path_factory.mktemp("https"), ["localhost"])


@pytest.fixture
def ends(pair: self_signed.Pair) -> Iterator[Ends]:
    """Ours, non-blocking, and the client's, after the handshake."""
    ours, theirs = socket.socketpair()
    for each in (ours, theirs):
        for buffer in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            each.setsockopt(socket.SOL_SOCKET, buffer, 65536)
    theirs.settimeout(20)
    trust = ssl.create_default_context(cafile=str(pair.certificate))
    wrapped: list[ssl.SSLSocket] = []
    client = threading.Thread(
        target=lambda: wrapped.append(trust.wrap_socket(theirs, server_hostname="localhost"))
    )
    client.start()
    context = tls.open_context(pair.certificate, pair.key)
    secure = context.wrap_socket(ours, server_side=True)
    client.join()
    secure.setblocking(False)
    assert isinstance(secure, tls.TlsSocket)
    with secure, wrapped[0] as other:
        yield secure, other


def receive(sock: socket.socket) -> bytes:
    """What comes next, however long it is on its way."""
    while True:
        assert select.select([sock], [], [], 20)[0]
        with contextlib.suppress(BlockingIOError):
            return sock.recv(65536)


def test_nothing_to_receive_is_blocking(ends: Ends):
    ours, theirs = ends
    with pytest.raises(BlockingIOError):
        ours.recv(65536)
    theirs.sendall(b"hello")
    assert receive(ours) == b"hello"
    with pytest.raises(BlockingIOError):
        ours.recv(65536)


def test_a_recv_of_the_server_s_size_leaves_nothing_behind_unseen(ends: Ends):
    ours, theirs = ends
    theirs.sendall(b"a" * RECORD_BYTES + b"b" * 10)
    received = b""
    while len(received) < RECORD_BYTES + 10:
        received += receive(ours)
        assert ours.pending() == 0
    assert received == b"a" * RECORD_BYTES + b"b" * 10


def test_what_a_full_socket_did_not_take_is_sent_again_and_arrives_once(ends: Ends):
    ours, theirs = ends
    octets = os.urandom(3_000_000)
    arrived = bytearray()

    def read() -> None:
        while len(arrived) < len(octets):
            arrived.extend(theirs.recv(65536))

    reader = threading.Thread(target=read)
    left, blocked = memoryview(octets), 0
    while left:
        try:
            left = left[
                ours.send(bytes(left), getattr(socket, "MSG_MORE", 0)) :
            ]  # from another place each time
        except BlockingIOError:
            blocked += 1
            if blocked == 1:
                reader.start()
            select.select([], [ours], [], 20)
    reader.join(20)
    assert blocked
    assert bytes(arrived) == octets


def test_a_half_that_is_closed_says_so_and_still_reads(ends: Ends):
    ours, theirs = ends
    ours.shutdown(socket.SHUT_WR)
    assert theirs.recv(100) == b""  # and no SSLEOFError, which is what a FIN alone would be
    theirs.sendall(b"x")
    assert receive(ours)[:1] == b"\x17"  # not decrypted: nobody wants it


def test_a_client_that_leaves_without_a_farewell_is_the_end_of_its_half(ends: Ends):
    ours, theirs = ends
    socket.socket.shutdown(theirs, socket.SHUT_WR)
    assert receive(ours) == b""
    assert ours.send(b"bye") == 3
    assert theirs.recv(100) == b"bye"


def test_nonsense_is_a_client_that_is_gone(ends: Ends):
    ours, theirs = ends
    socket.socket.send(theirs, b"GET / HTTP/1.1\r\n\r\n")
    with pytest.raises(ConnectionAbortedError) as fault:
        receive(ours)
    assert fault.value.errno in CLIENT_GONE


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionResetError(errno.ECONNRESET, "reset"), "the client left"),
        (ssl.SSLEOFError(8, "eof"), "the client left"),
    ],
)
def test_a_system_s_fault_in_words(error, words):
    assert tls.explain(error) == words


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("NO_SHARED_CIPHER", "client and server have no cipher in common"),
        ("TLSV1_ALERT_UNKNOWN_CA", "the client does not trust the certificate"),
        ("SOMETHING_ELSE", "OpenSSL says something else"),
        (None, "OpenSSL says nothing"),
    ],
)
def test_openssl_s_fault_in_words(reason, words):
    error = ssl.SSLError(1, "[SSL]")
    error.reason = reason
    assert tls.explain(error) == words
