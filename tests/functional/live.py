"""A real server in this process and a client that can misbehave, for the functional tests."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, final

import pytest

from server_core import channel, http_server
from server_core.config import SETTINGS, Config
from server_core.http_server import HttpServer
from server_core.lifecycle import State
from server_core.poller import PollPoller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from server_core.events import Event, Subscription

ALWAYS: dict[str, str] = {}
"""What every server of :func:`serving` has besides what a test asks for."""
PATIENCE_S = 20.0
"""How long anything may take before a test fails; every wait ends as soon as it has what it waits for."""


BOTH_SCHEMES = pytest.mark.parametrize("scheme", ["http", "https"], indirect=True)
"""What holds of plain HTTP holds over TLS."""


def until(condition: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    """Poll until ``condition()`` is true; AssertionError when it stays false."""
    end_s = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end_s, f"still not so after {patience_s:g} s"
        time.sleep(0.005)


class Answer(NamedTuple):
    status: int
    fields: dict[str, str]
    """By lower-case name."""
    body: bytes
    line: str

    @property
    def reason(self) -> str:
        """The key of REFUSALS that the body names; empty where it names none."""
        if self.fields.get("content-type") == "application/json":
            return str(json.loads(self.body).get("reason", ""))
        _, _, rest = self.body.partition(b"<small>")
        return rest.partition(b"<")[0].decode()

    @property
    def closes(self) -> bool:
        return self.fields["connection"] == "close"


@final
class Client:
    """A socket with the patience of a test. Sends exactly the octets that it is given."""

    def __init__(
        self,
        address: tuple[str, int],
        host: str,
        receive_bytes: int = 0,
        trust: ssl.SSLContext | None = None,
        source: str = "",
    ) -> None:
        """``trust``: speak TLS. ``source``: the address of this computer to come from."""
        self.host = host
        self.sock = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        if receive_bytes:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.sock.settimeout(PATIENCE_S)
        try:
            if source:
                self.sock.bind((source, 0))
            self.sock.connect(address)
            if trust is not None:
                self.sock = trust.wrap_socket(self.sock, server_hostname=address[0])
        except OSError:
            self.sock.close()
            raise
        self.stream: BinaryIO = self.sock.makefile("rb")

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.stream.close()
        self.sock.close()

    def abort(self) -> None:
        """End with a reset instead of a FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.close()

    def half_close(self) -> None:
        """Send a FIN, under TLS without a word of farewell."""
        socket.socket.shutdown(self.sock, socket.SHUT_WR)

    def send(self, octets: bytes) -> None:
        self.sock.sendall(octets)

    def octets(self, line: str, *fields: str, body: bytes = b"") -> bytes:
        """A request with its Host field."""
        return "\r\n".join((line, f"Host: {self.host}", *fields, "", "")).encode("latin-1") + body

    def ask(self, line: str, *fields: str, body: bytes = b"") -> Answer:
        self.send(self.octets(line, *fields, body=body))
        return self.answer("HEAD" if line.startswith("HEAD") else "GET")

    def get(self, target: str, *fields: str) -> Answer:
        return self.ask(f"GET {target} HTTP/1.1", *fields)

    def post(self, body: bytes, *fields: str, target: str = "/upload") -> Answer:
        return self.ask(
            f"POST {target} HTTP/1.1",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            *fields,
            body=body,
        )

    def answer(self, method: str = "GET") -> Answer:
        """Read one answer, whole. EOFError where the server closes before it is."""
        head = [self._line()]
        while line := self._line():
            head.append(line)
        fields: dict[str, str] = {}
        for line in head[1:]:
            name, _, value = line.partition(": ")
            assert name.lower() not in fields, f"{name} came twice"
            fields[name.lower()] = value
        status = int(head[0].split(" ")[1])
        bare = method == "HEAD" or status in {100, 304}
        length = 0 if bare else int(fields["content-length"])
        body = self.stream.read(length)
        if len(body) < length:
            raise EOFError(f"{length} octets were promised, {len(body)} came")
        return Answer(status, fields, body, head[0])

    def _line(self) -> str:
        line = self.stream.readline()
        if not line.endswith(b"\r\n"):
            raise EOFError(f"the connection ended at {line!r}")
        return line[:-2].decode("latin-1")

    def is_closed(self) -> bool:
        """Read on to the end; whether nothing more came. A reset counts as an end."""
        try:
            return self.stream.read() == b""
        except ConnectionError:
            return True


@dataclass
class Live:
    """A running server and what it logged so far."""

    server: HttpServer
    root: Path
    subscription: Subscription
    seen: list[Event] = field(default_factory=list)
    trust: ssl.SSLContext | None = None
    """Of a server that speaks https: what clients take its certificate for genuine by."""
    planted: str = ""
    """What the traceback says that a test brings about."""

    @property
    def address(self) -> tuple[str, int]:
        return self.server.addresses[0]

    @property
    def host(self) -> str:
        address, port = self.address
        return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"

    @property
    def base(self) -> str:
        return self.server.url.rstrip("/")

    def client(self, receive_bytes: int = 0) -> Client:
        return Client(self.address, self.host, receive_bytes, self.trust)

    def get(self, target: str, *fields: str) -> Answer:
        """On a connection of its own."""
        with self.client() as client:
            return client.get(target, *fields)

    def post(self, body: bytes, *fields: str, target: str = "/upload") -> Answer:
        with self.client() as client:
            return client.post(body, *fields, target=target)

    @property
    def events(self) -> list[Event]:
        self.seen += self.subscription.drain()
        return self.seen

    def event(self, which: Callable[[Event], object]) -> Event:
        """The first record for which ``which`` is true; waits for it."""
        until(lambda: any(map(which, self.events)))
        return next(filter(which, self.seen))

    def message(self, text: str) -> Event:
        return self.event(lambda event: text in event.message)

    def uploads(self) -> list[Path]:
        """What was saved, in the order of names."""
        return sorted((self.root / "uploads").glob("upload_*.json"))


def use_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have servers watch their sockets as on a system that has neither epoll nor kqueue, and close them so:
    whoever is in poll(2) holds them as well.
    """
    monkeypatch.setattr(http_server, "open_poller", PollPoller)
    monkeypatch.setattr(channel, "POLL_HOLDS_SOCKETS", True)


@contextmanager
def serving(root: Path, **texts: str) -> Iterator[Live]:
    """Serve ``root`` on a free port until the block ends; ``texts`` are settings as a person writes them.

    Nothing may have failed inside the server and no thread of it may be left.
    """
    unknown = texts.keys() - {setting.name for setting in SETTINGS}
    assert not unknown, f"no settings: {unknown}"
    config = Config.from_text({"port": "0", "root": str(root), "threads": "4", **ALWAYS, **texts})
    server = HttpServer(config)
    live = Live(server, root, server.events.subscribe())
    before = set(threading.enumerate())
    server.prepare()
    if server.certificate is not None:
        live.trust = ssl.create_default_context(cafile=str(server.certificate.file))
    thread = threading.Thread(target=server.serve, name="Serving")
    thread.start()
    try:
        # All of its threads are there, so that no other server counts one as its own.
        until(lambda: server.state is State.FAILED or all(each.is_alive() for each in server._pool._threads))
        yield live
    finally:
        server.stop(0.0)
        thread.join(PATIENCE_S)
        assert not thread.is_alive(), "the server does not stop"
    assert server.state is State.STOPPED
    assert set(threading.enumerate()) <= before, "threads are left"
    tracebacks = [event.message for event in live.events if "Traceback" in event.message]
    if live.planted:
        tracebacks = [each for each in tracebacks if live.planted not in each]
    assert not tracebacks, tracebacks[0]
