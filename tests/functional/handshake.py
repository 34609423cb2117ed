"""TLS spoken by hand, a step at a time, for clients that stop halfway."""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import TYPE_CHECKING, TypeVar, final

from tests.functional.live import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.functional.live import Live

T = TypeVar("T")


@final
class Peer:
    """A client whose octets a test sends when and as far as it wants."""

    def __init__(self, live: Live, context: ssl.SSLContext | None = None) -> None:
        context = context or live.trust
        assert context is not None
        self.sock = socket.create_connection(live.address, timeout=PATIENCE_S)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._in, self._out, server_hostname=live.address[0])

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def hello(self) -> bytes:
        """The octets of the ClientHello, of which nothing is sent yet."""
        with contextlib.suppress(ssl.SSLWantReadError):
            self.tls.do_handshake()
        return self._out.read()

    def step(self, what: Callable[[], T]) -> T:
        """Do it, whatever has to go to and fro for it. EOFError where the server closes before it is done."""
        while True:
            try:
                result = what()
            except ssl.SSLWantReadError:
                self.flush()
                if not (octets := self.sock.recv(65536)):
                    raise EOFError from None
                self._in.write(octets)
            else:
                self.flush()
                return result

    def flush(self) -> None:
        if octets := self._out.read():
            self.sock.sendall(octets)

    def shake_hands(self) -> None:
        self.step(self.tls.do_handshake)

    def half_close(self) -> None:
        """Send close_notify and go on reading."""
        with contextlib.suppress(ssl.SSLWantReadError):
            self.tls.unwrap()
        self.flush()

    def read_all(self) -> bytes:
        """What comes up to the server's close_notify. EOFError where it closes without one."""
        found = b""
        with contextlib.suppress(ssl.SSLZeroReturnError):
            while octets := self.step(lambda: self.tls.read(65536)):
                found += octets
        return found

    def is_closed(self) -> bool:
        """Whether nothing more comes before the end."""
        try:
            return self.sock.recv(65536) == b""
        except ConnectionError:
            return True
