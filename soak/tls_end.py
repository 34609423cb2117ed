"""A client's end of TLS, taken to pieces so that a client can stop halfway, break what it sends, or leave
without a word.
"""

from __future__ import annotations

import contextlib
import hashlib
import ssl
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")
RECEIVE_BYTES = 64 * 1024
RECORD_BYTES = 16 * 1024
VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


class DistrustError(Exception):
    """A certificate that nobody should be shown."""


class Trust:
    """The certificates that a server may show, known by their fingerprints."""

    def __init__(self, certificates: list[Path]) -> None:
        self._numbers = {fingerprint(file): number for number, file in enumerate(certificates)}
        self._contexts = {version: _context(version) for version in VERSIONS}

    def context(self, version: ssl.TLSVersion = VERSIONS[-1]) -> ssl.SSLContext:
        return self._contexts[version]

    def number(self, certificate: bytes) -> int:
        """Which of the certificates this one is. Raises DistrustError."""
        shown = hashlib.sha256(certificate).hexdigest()
        if shown not in self._numbers:
            raise DistrustError(f"the certificate shown is {shown}")
        return self._numbers[shown]


def fingerprint(file: Path) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read_text("ascii"))).hexdigest()


def _context(version: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = context.maximum_version = version
    # Trusted is what Trust.number knows, and nothing else.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class TlsEnd:
    """As much of a socket as :class:`soak.wire.Line` uses, over TLS. A half that is closed says so and can
    still receive.
    """

    def __init__(self, sock: socket.socket, context: ssl.SSLContext) -> None:
        """Nothing is sent yet."""
        self._plain = sock
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out)

    def hello(self) -> bytes:
        """The octets of the ClientHello, of which nothing is sent."""
        with contextlib.suppress(ssl.SSLWantReadError):
            self._tls.do_handshake()
        return self._out.read()

    def shake_hands(self) -> bytes:
        """The certificate that was shown. Raises OSError."""
        self._step(self._tls.do_handshake)
        certificate = self._tls.getpeercert(binary_form=True)
        assert certificate is not None
        return certificate

    def sendall(self, octets: bytes) -> None:
        for at in range(0, len(octets), RECORD_BYTES):
            self._step(lambda piece=octets[at : at + RECORD_BYTES]: self._tls.write(piece))  # type: ignore[misc]

    def records(self, octets: bytes) -> bytes:
        """What sending ``octets`` would put on the wire; nothing is sent."""
        self._tls.write(octets)
        return self._out.read()

    def recv(self, limit: int) -> bytes:
        """Empty after the server's farewell. Raises ConnectionError where it left without one, or where what
        came is no TLS.
        """
        try:
            return self._step(lambda: self._tls.read(limit))
        except ssl.SSLZeroReturnError:
            return b""

    def shutdown(self, how: int) -> None:
        """Say farewell (RFC 8446 section 6.1), and then nothing more."""
        self._say_farewell()
        self._plain.shutdown(how)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._say_farewell()
        self._plain.close()

    def settimeout(self, seconds: float) -> None:
        self._plain.settimeout(seconds)

    def _say_farewell(self) -> None:
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()
        self._flush()

    def _flush(self) -> None:
        if octets := self._out.read():
            self._plain.sendall(octets)

    def _step(self, what: Callable[[], T]) -> T:
        """Do it, whatever has to go to and fro for it."""
        while True:
            try:
                result = what()
            except ssl.SSLWantReadError:
                self._flush()
                if octets := self._plain.recv(RECEIVE_BYTES):
                    self._in.write(octets)
                else:
                    self._in.write_eof()
            except ssl.SSLZeroReturnError:
                raise
            except ssl.SSLError as error:
                with contextlib.suppress(OSError):
                    self._flush()  # an alert
                raise ConnectionAbortedError(str(error)) from None
            else:
                self._flush()
                return result
