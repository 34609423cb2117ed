"""HTTP's Basic authentication (RFC 7617): a name and a password with each request.

A password is checked once, which takes a worker some tenths of a second; from then on it is known by a digest
under a key that nobody outside this process has. One is checked at a time: guessing takes no more than one
processor, however many guess. Some others may wait for their turn, but never so many that no worker is left
for those whose password is known; the rest are told to come back.
"""

from __future__ import annotations

import base64
import hmac
import math
import re
import secrets
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from server_core import events
from server_core.cors import is_preflight
from server_core.guesses import Guesses
from server_core.networks import client_key
from server_core.refusals import Refusal
from server_core.users import Users, read_users
from server_core.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from server_core.messages import Request

# Passwords that are known to be right. Beyond, all are checked again.
VERIFIED = 1024
# Workers that are always left for those whose password is known, where there are so many.
WORKERS_LEFT = 2

_BASIC = re.compile(r"[Bb][Aa][Ss][Ii][Cc] +([A-Za-z0-9+/]+={0,2})")
# Neither a name nor a password has them (RFC 7617 section 2), and NULs at the end change no scrypt hash.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CHALLENGE = (("WWW-Authenticate", 'Basic realm="Spindle", charset="UTF-8"'),)


class Credentials(NamedTuple):
    name: str
    password: str


class _Era(NamedTuple):
    """One state of the file, and what is known under it. Another state has another key: what was right or
    wrong before no longer is.
    """

    users: Users
    key: bytes
    verified: set[bytes]


class PasswordGuard:
    """Lets those requests pass that bring a user's name and password. A guard of Handler; any thread."""

    def __init__(
        self,
        file: Path,
        workers: int,
        log: Callable[[str, str, str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``log`` takes level, kind and message. Where the file can't be read it says so, and nobody may
        come.
        """
        self._file = file
        self._log = log
        self._clock = clock
        self._guesses = Guesses()
        self._room = threading.BoundedSemaphore(max(1, workers - WORKERS_LEFT))
        """For the one that checks a password and those that wait to."""
        self._checking = threading.Lock()
        self._watch = Watch(file, clock=clock)
        self._era = _begin_era(Users({}))
        self._read()

    def __call__(self, request: Request, client: str) -> None:
        """Raises Refusal."""
        if is_preflight(request):
            return
        sent = read_credentials(request.fields.get("authorization", ""))
        if sent is None:
            raise Refusal("password-needed", fields=_CHALLENGE)
        era = self._current_era()
        ticket = hmac.digest(era.key, f"{sent.name}:{sent.password}".encode(), "sha256")
        key = client_key(client)
        self._refuse_guess(key, ticket)
        if ticket not in era.verified:
            self._check(era, sent, ticket, key)

    def _refuse_guess(self, key: bytes, ticket: bytes) -> None:
        """Raises Refusal where the guess was made before, or this client has to pause."""
        if self._guesses.is_known(key, ticket):
            raise Refusal("password-wrong", fields=_CHALLENGE)
        if pause_s := self._guesses.pause_s(key, self._clock()):
            raise Refusal("password-guesses", fields=(("Retry-After", str(math.ceil(pause_s))),))

    def _check(self, era: _Era, sent: Credentials, ticket: bytes, key: bytes) -> None:
        if not self._room.acquire(blocking=False):
            raise Refusal("password-queue")
        try:
            with self._checking:
                # Others of this client may have had the answer meanwhile.
                self._refuse_guess(key, ticket)
                if ticket in era.verified:
                    return
                if not _apart(lambda: era.users.verify(*sent)):
                    self._guesses.add(key, ticket, self._clock())
                    raise Refusal("password-wrong", fields=_CHALLENGE)
                if len(era.verified) >= VERIFIED:
                    era.verified.clear()
                era.verified.add(ticket)
        finally:
            self._room.release()

    def _current_era(self) -> _Era:
        """The newest state of the file that could be read."""
        self._watch.look(self._take_change)
        return self._era

    def _take_change(self) -> None:
        if self._read():
            message = f"the users file has changed: {len(self._era.users.names)} users may come"
            self._log(events.INFO, events.SECURITY, message)

    def _read(self) -> bool:
        """Take what the file holds now; False where that can't be understood."""
        try:
            self._era = _begin_era(read_users(self._file))
        except ValueError as error:
            still = "Those who could come before still can." if self._era.users.names else "Nobody may come."
            self._log(events.ERROR, events.SECURITY, f"{error} {still}")
            return False
        return True


def _apart(check: Callable[[], bool]) -> bool:
    """What ``check`` gives, in a thread that ends with it. The C library keeps some 30 MiB of a check for the
    thread that made it: in ten workers 300 MiB, and once in threads of which each takes over from the last.

    Raises Refusal where the system has no thread for it, and what ``check`` raises.
    """
    outcome: list[bool | BaseException] = []

    def run() -> None:
        try:
            outcome.append(check())
        except BaseException as error:
            outcome.append(error)

    thread = threading.Thread(target=run, name="Password check")
    try:
        thread.start()
    except RuntimeError:
        raise Refusal("out-of-resources") from None
    thread.join()
    (result,) = outcome
    if isinstance(result, BaseException):
        raise result
    return result


def _begin_era(users: Users) -> _Era:
    return _Era(users, secrets.token_bytes(32), set())


def read_credentials(value: str) -> Credentials | None:
    """What an Authorization field (its octets as Latin-1) holds, or None where that is no name and password.

    Octets that are not UTF-8, which the challenge asks for, are what older clients send: Latin-1.
    """
    found = _BASIC.fullmatch(value)
    if not found or len(found[1]) % 4:
        return None
    octets = base64.b64decode(found[1])
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        text = octets.decode("latin-1")
    name, colon, password = text.partition(":")
    return Credentials(name, password) if colon and not _CONTROL.search(text) else None
