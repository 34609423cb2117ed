"""What every row of the tables plays with: connections of its own, counted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from soak import site
from soak.tally import GUEST, source_of
from soak.tls_end import VERSIONS
from soak.wire import Answer, DismissedError, Line, LostError, WrongError

if TYPE_CHECKING:
    import random
    import ssl
    from collections.abc import Callable
    from pathlib import Path

    from soak.repeater import Repeater
    from soak.tally import Tally
    from soak.target import Target

# Spindle's default: the connection's last answer says close.
MAX_REQUESTS = 100


class BusyError(Exception):
    """The server has refused for want of room, as it may; it has said when to come back, if it could."""


class Row(NamedTuple):
    """One thing that a client does, and how often against the others."""

    weight: int
    play: Callable[[Visitor], None]


class Visitor:
    """One thread of the crowd."""

    def __init__(
        self,
        target: Target,
        root: Path,
        name: str,
        chance: random.Random,
        tally: Tally,
        editor: Repeater,
        renewer: Repeater,
    ) -> None:
        """``editor`` replaces the file that changes, ``renewer`` the certificate."""
        self.target = target
        self.root = root
        self.name = name
        self.chance = chance
        self.tally = tally
        self.editor = editor
        self.renewer = renewer
        self.parcels = 0
        self._line: Line | None = None

    def open(
        self,
        kind: str,
        receive_bytes: int = 0,
        version: ssl.TLSVersion = VERSIONS[-1],
        addresses: tuple[int, int] = (0, 250),
    ) -> Line:
        """A connection as one of ``kind``, from one of these addresses. Raises BusyError where the server
        ends the handshake, which has to be on record as every answer has.
        """
        self.tally.connections += 1
        try:
            source = source_of(kind, self.chance.randrange(*addresses))
            return self.target.line(source, receive_bytes, version)
        except DismissedError:
            self.tally.dismissed[kind] += 1
            raise BusyError from None

    def open_plain(self, kind: str) -> Line:
        """The same, on which nothing is said yet."""
        self.tally.connections += 1
        return self.target.plain_line(source_of(kind, self.chance.randrange(250)))

    def read(self, line: Line, kind: str, method: str = "GET") -> Answer:
        """The next answer on ``line``, counted. Raises BusyError, LostError, WrongError."""
        answer = line.answer(method)
        if answer.status != 100:
            self.tally.hear(kind, answer.status, len(answer.body))
        if answer.status == 503:
            expect("retry-after" in answer.fields, "an answer of 503 lacks Retry-After")
            raise BusyError
        return answer

    def line(self, requests: int = 1) -> Line:
        """The guest's kept connection; a new one where it has not so many answers left."""
        if self._line is not None and self._line.answers + requests > MAX_REQUESTS:
            self.leave()
        if self._line is None:
            self._line = self.open(GUEST)
        return self._line

    def leave(self) -> None:
        """Close the kept connection."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def ask(self, *requests: bytes, method: str = "GET") -> list[Answer]:
        """The answers to ``requests``, which are sent at once on the kept connection. Where the server has
        closed it meanwhile, as it may, they are sent on another (RFC 9112 section 9.3.1).

        Raises BusyError, LostError, WrongError, OSError.
        """
        line = self.line(len(requests))
        fresh = line.answers == 0
        answers: list[Answer] = []
        self.tally.asked[GUEST] += len(requests)
        try:
            line.send(b"".join(requests))
            answers.extend(self.read(line, GUEST, method) for _ in requests)
        except (LostError, OSError) as error:
            self.leave()
            is_idle = isinstance(error, OSError) or error.idle
            if fresh or answers or not is_idle:
                raise
            self.tally.reopened += 1
            return self.ask(*requests, method=method)
        except BusyError:
            self.leave()
            raise
        if answers[-1].closes:
            self.leave()
        return answers

    def next_parcel(self, size: int) -> bytes:
        """An upload that no other resembles."""
        self.parcels += 1
        return site.parcel(f"{self.name}-{self.parcels}", size)

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)


def expect(condition: object, what: str) -> None:
    """Raises WrongError with ``what`` came, and what was due."""
    if not condition:
        raise WrongError(what)


def expect_content(answer: Answer, status: int, octets: bytes) -> None:
    expect(answer.status == status, f"{status} was due, {answer.status} came: {answer.body[:200]!r}")
    if answer.body != octets:
        at = next(
            (at for at, (came, due) in enumerate(zip(answer.body, octets, strict=False)) if came != due), -1
        )
        raise WrongError(
            f"{len(octets)} octets were due, {len(answer.body)} came, the first other one is at {at}"
        )
