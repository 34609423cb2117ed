"""A client that sends exactly the octets that it is given, and takes an answer apart without mercy."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import sys
from typing import TYPE_CHECKING, NamedTuple

from soak.tls_end import DistrustError, TlsEnd, Trust

if TYPE_CHECKING:
    import ssl

    from typing_extensions import Self

# How long an answer may take before it counts as none. Far more than any deadline of the server: a busy
# machine is no broken promise.
PATIENCE_S = 60.0
RECEIVE_BYTES = 256 * 1024
# Linux: choose the port when it is known to whom; else an address would run out of ports.
_BIND_ADDRESS_NO_PORT = 24
_NO_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
_STATUS = re.compile(r"HTTP/1\.1 ([1-5][0-9]{2}) [A-Za-z -]+")


class WrongError(Exception):
    """An answer that must not be: a broken promise. Its text says what came and what was due."""


class LostError(Exception):
    """The connection ended before the answer was whole. ``idle``: before its first octet."""

    def __init__(self, text: str, *, idle: bool) -> None:
        super().__init__(text)
        self.idle = idle


class DismissedError(ConnectionError):
    """The server ended the handshake, as it may where it refuses; its log says why."""


class Answer(NamedTuple):
    status: int
    fields: dict[str, str]
    """By name in small letters."""
    body: bytes

    @property
    def closes(self) -> bool:
        return self.fields["connection"] == "close"


class Line:
    """One connection, from an address of this computer's own choice by which the server's log tells who it
    was.
    """

    def __init__(
        self, port: int, source: str = "127.0.0.1", receive_bytes: int = 0, login: tuple[str, ...] = ()
    ) -> None:
        """``login``: the field that every head has besides, if any."""
        self.port = port
        self.answers = 0
        self.shown = -1
        """Over TLS the number of the certificate."""
        self.login = login
        self._buffer = b""
        self.plain = socket.socket()
        self.sock: socket.socket | TlsEnd = self.plain
        try:
            if receive_bytes:
                self.plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
            if sys.platform == "linux":
                self.plain.setsockopt(socket.IPPROTO_IP, _BIND_ADDRESS_NO_PORT, 1)
            self.plain.settimeout(PATIENCE_S)
            self.plain.bind((source, 0))
            self.plain.connect(("127.0.0.1", port))
        except OSError:
            self.plain.close()
            raise

    def shake_hands(self, trust: Trust, version: ssl.TLSVersion) -> None:
        """Go on over TLS. Raises DismissedError, WrongError."""
        self.finish_handshake(trust, TlsEnd(self.plain, trust.context(version)))

    def finish_handshake(self, trust: Trust, end: TlsEnd) -> None:
        """The same, with an end that may have begun. Raises DismissedError, WrongError."""
        try:
            self.shown = trust.number(end.shake_hands())
        except BaseException as error:
            self.plain.close()
            if isinstance(error, ConnectionError):
                raise DismissedError(str(error)) from None
            if isinstance(error, (TimeoutError, DistrustError)):
                raise WrongError(f"in the handshake: {error!r}") from None
            raise
        self.sock = end

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.sock.close()

    def reset(self) -> None:
        """End without a FIN, at once."""
        with contextlib.suppress(OSError):
            self.plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.drop()

    def drop(self) -> None:
        """End without a farewell, over TLS too."""
        self.plain.close()

    def head(self, line: str, *fields: str) -> bytes:
        """A request's head with its Host field."""
        lines = (line, f"Host: 127.0.0.1:{self.port}", *self.login, *fields, "", "")
        return "\r\n".join(lines).encode("latin-1")

    def send(self, octets: bytes) -> None:
        """Raises OSError where the server is gone."""
        self.sock.sendall(octets)

    def answer(self, method: str = "GET") -> Answer:
        """The next answer, whole. Raises LostError, WrongError."""
        head, _, self._buffer = self._until(b"\r\n\r\n").partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        found = _STATUS.fullmatch(lines[0])
        if found is None:
            raise WrongError(f"the status line is {lines[0][:100]!r}")
        status = int(found[1])
        fields: dict[str, str] = {}
        for line in lines[1:]:
            name, colon, value = line.partition(": ")
            if not colon or name.lower() in fields:
                raise WrongError(f"the field line {line[:100]!r} is malformed or comes twice")
            fields[name.lower()] = value
        if status == 100:
            return Answer(status, fields, b"")
        missing = {"date", "server", "connection", "content-length"} - set(fields)
        if missing:
            raise WrongError(f"an answer of {status} lacks {sorted(missing)}")
        length = 0 if method == "HEAD" or status == 304 else int(fields["content-length"])
        self.answers += 1
        return Answer(status, fields, self._take(length))

    def peek(self) -> None:
        """Wait until something of an answer has come, and leave it there."""
        self.plain.recv(1, socket.MSG_PEEK)

    def ended(self) -> bool:
        """Read on to the end; whether nothing more came. A reset is an end."""
        try:
            return self._buffer == b"" and self.sock.recv(1) == b""
        except ConnectionError:
            return True

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            self._buffer += self._receive(RECEIVE_BYTES)
        return self._buffer

    def _take(self, length: int) -> bytes:
        if len(self._buffer) >= length:
            taken, self._buffer = self._buffer[:length], self._buffer[length:]
            return taken
        pieces, missing = [self._buffer], length - len(self._buffer)
        self._buffer = b""
        while missing:
            pieces.append(self._receive(min(missing, RECEIVE_BYTES)))
            missing -= len(pieces[-1])
        return b"".join(pieces)

    def _receive(self, limit: int) -> bytes:
        try:
            octets = self.sock.recv(limit)
        except ConnectionError as error:
            raise LostError(repr(error), idle=not self._buffer) from None
        except TimeoutError:
            raise WrongError(f"no answer came for {PATIENCE_S:g} s") from None
        if not octets:
            raise LostError("the server closed the connection", idle=not self._buffer)
        return octets
