"""Runs the checks: octets over a socket, and what came against what must come. Without Qt."""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from gui.checks import PAUSE, Check, first_values, octets_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

ANSWER_LIMIT_S = 10.0
PAUSE_S = 0.3
# How soon a cancel is heard.
LOOK_UP_S = 0.1

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"

_SAVED = re.compile(rb"\r\nLocation: /uploads/(upload_[0-9]{8}_[0-9]{6}_[0-9a-f]{8}\.json)\r\n")
_STATUS_LINE = re.compile(rb"HTTP/1\.1 ([0-9]{3}) [^\r\n]*")


class Outcome(NamedTuple):
    check: Check
    verdict: str
    """PASSED, FAILED or SKIPPED."""
    why: str = ""
    """What came instead, or why it was skipped."""


class Answers(NamedTuple):
    statuses: str
    """Of all answers of one connection: ``200 404``."""
    fields: dict[str, str]
    """Of the first final answer, by lower-case name."""
    body: bytes
    left_open: bool = False


class CancelledError(Exception):
    """The person has had enough."""


class CheckRun:
    """One run against one server. ``outcomes`` belongs to one thread; ``cancel`` may be called from any."""

    def __init__(
        self, checks: Sequence[Check], host: str, port: int, root: Path, context: ssl.SSLContext | None = None
    ) -> None:
        """``context``: over TLS."""
        self._checks = checks
        self._address = (host, port)
        self._context = context
        self.root = root
        self._values = first_values(f"[{host}]" if ":" in host else host, port)
        self._cancelled = threading.Event()
        self.uploads: set[str] = set()

    def client(self) -> http.client.HTTPConnection:
        if self._context is None:
            return http.client.HTTPConnection(*self._address, timeout=ANSWER_LIMIT_S)
        return http.client.HTTPSConnection(*self._address, timeout=ANSWER_LIMIT_S, context=self._context)

    def _connect(self) -> socket.socket:
        sock = socket.create_connection(self._address, ANSWER_LIMIT_S)
        return sock if self._context is None else self._context.wrap_socket(sock)

    def cancel(self) -> None:
        self._cancelled.set()

    def outcomes(self) -> Iterator[Outcome]:
        """An outcome for each check, in order, until cancelled. What it uploaded is removed at the end."""
        try:
            for check in self._checks:
                if self._cancelled.is_set():
                    return
                yield self._judge(check)
        except CancelledError:
            return
        finally:
            self._remove_uploads()

    def _judge(self, check: Check) -> Outcome:
        missing = [name for name in sorted(check.samples()) if not (self.root / name).exists()]
        if missing:
            return Outcome(check, SKIPPED, f"needs {' and '.join(missing)} of the sample site in the folder")
        try:
            if check.request is None:
                problem = ORDINARY_CLIENT[check.name](self)
            else:
                answers = self._exchange(octets_of(check, self._values))
                self._values.update(answers.fields)
                problem = self._problem(check, answers)
        except (OSError, http.client.HTTPException) as error:
            problem = f"{type(error).__name__}: {error}"
        return Outcome(check, FAILED if problem else PASSED, problem)

    # --- over the socket ---

    def _exchange(self, octets: bytes) -> Answers:
        if self._context is not None:  # the absolute form names the server's own scheme
            octets = octets.replace(b" http://", b" https://", 1)
        with contextlib.closing(self._connect()) as connection:
            # A server that refuses early closes before the whole request is written.
            with contextlib.suppress(ConnectionError, TimeoutError, ssl.SSLError):
                for number, piece in enumerate(octets.split(PAUSE)):
                    if number and self._cancelled.wait(PAUSE_S):
                        raise CancelledError
                    connection.sendall(piece)
            received, left_open = self._receive(connection)
        self.uploads.update(name.decode() for name in _SAVED.findall(received))
        return parse_answers(received, is_head=octets.startswith(b"HEAD "))._replace(left_open=left_open)

    def _receive(self, connection: socket.socket) -> tuple[bytes, bool]:
        """All that comes until the server closes, and whether it did not."""
        received = bytearray()
        until_s = time.monotonic() + ANSWER_LIMIT_S
        connection.settimeout(LOOK_UP_S)
        while time.monotonic() < until_s:
            if self._cancelled.is_set():
                raise CancelledError
            try:
                piece = connection.recv(65536)
            except TimeoutError:
                continue
            except (ConnectionError, ssl.SSLError):
                return bytes(received), False
            if not piece:
                return bytes(received), False
            received += piece
        return bytes(received), True

    def _problem(self, check: Check, answers: Answers) -> str:
        """The first thing that is not as it must be; empty when all is."""
        if not re.fullmatch(check.status, answers.statuses):
            return f"expected status {check.status}, came {answers.statuses or 'nothing'}"
        if answers.left_open:
            return f"expected the server to close, but it stayed open for {ANSWER_LIMIT_S:g} s"
        return next(filter(None, (self._mismatch(each, answers) for each in check.expected)), "")

    def _mismatch(self, expected: str, answers: Answers) -> str:
        mark, _, rest = expected.partition(" ")
        if mark == "<" and rest.startswith("!"):
            value = answers.fields.get(rest[1:].lower())
            return f"expected no {rest[1:]}, came {value}" if value is not None else ""
        if mark == "<":
            name, _, pattern = rest.partition(": ")
            value = answers.fields.get(name.lower(), "")
            matches = re.fullmatch(pattern, value)
            return "" if matches else f"expected {name}: {pattern}, came {value or 'nothing'}"
        if mark == "<<":
            text = answers.body.replace(b"\0", b"").decode("latin-1")
            return "" if re.search(rest, text) else f"expected a body like {rest}, came {text[:200]!r}"
        same = (self.root / rest).read_bytes() == answers.body
        return "" if same else f"expected the bytes of {rest}, came {len(answers.body)} other bytes"

    def _remove_uploads(self) -> None:
        for name in self.uploads:
            with contextlib.suppress(OSError):
                (self.root / "uploads" / name).unlink()


# --- by a client that people use ---


def saves_under_its_own_name(run: CheckRun, name: str) -> str:
    with contextlib.closing(run.client()) as client:
        client.request("GET", f"/{name}?from=client")
        answer = client.getresponse()
        saved_as = answer.headers.get_filename()
        body = answer.read()
    if saved_as != name:
        return f"expected a file named {name}, came {saved_as}"
    return "" if body == (run.root / name).read_bytes() else f"expected {name}, came other bytes"


def uploads_a_megabyte(run: CheckRun) -> str:
    body = b'{"text": "%b"}' % (b" " * 1_500_000)
    with contextlib.closing(run.client()) as client:
        client.request("POST", "/upload", body, {"Content-Type": "application/json"})
        answer = client.getresponse()
        text = answer.read()
    run.uploads.add(answer.headers.get("Location", "").rpartition("/")[2])
    well = answer.status == 201 and b'"status": "success"' in text
    return "" if well else f"expected success and 201, came {answer.status}"


ORDINARY_CLIENT: dict[str, Callable[[CheckRun], str]] = {
    "an ordinary client saves logo.png as a file": lambda run: saves_under_its_own_name(run, "logo.png"),
    "an ordinary client saves sample.txt as a file": lambda run: saves_under_its_own_name(run, "sample.txt"),
    "an ordinary client uploads 1.5 MB": uploads_a_megabyte,
}


def parse_answers(octets: bytes, *, is_head: bool) -> Answers:
    """The answers of one connection. An answer that is none, or not whole, is said in ``statuses``."""
    statuses: list[str] = []
    first: tuple[dict[str, str], bytes] | None = None
    while octets:
        head, _, rest = octets.partition(b"\r\n\r\n")
        line, *lines = head.split(b"\r\n")
        match = _STATUS_LINE.fullmatch(line)
        if not match:
            statuses.append("garbage")
            break
        status = match[1].decode()
        pairs = (each.decode("latin-1").partition(":") for each in lines)
        fields = {name.lower(): value.strip() for name, _, value in pairs}
        bare = status.startswith("1") or status in {"204", "304"} or is_head
        length = 0 if bare else int(fields.get("content-length", "0"))
        body, octets = rest[:length], rest[length:]
        statuses.append(status)
        if len(body) < length:
            statuses.append("cut")
        if first is None and not status.startswith("1"):
            first = (fields, body)
    fields, body = first or ({}, b"")
    return Answers(" ".join(statuses), fields, body)
