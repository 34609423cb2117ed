"""Where a connection stands, and what it waits for."""

from __future__ import annotations

import enum
from typing import final

from server_core.poller import READ, WRITE


@final
class Next(enum.Enum):
    """What a connection waits for after its turn."""

    READ = READ
    WRITE = WRITE
    AGAIN = 0
    """Another turn, after the others."""
    CLOSED = -1

    def __init__(self, interest: int) -> None:
        self.interest = interest
        """What the poller is to watch for; ``value``, which takes ten times as long to get."""


class Phase(enum.Enum):
    """Where a connection stands; decides what running out of time means."""

    HANDSHAKE = "handshake"
    """TLS is not agreed on yet; never on a plain connection."""
    IDLE = "idle"
    """Nothing of a request has arrived."""
    HEAD = "head"
    BODY = "body"
    SENDING = "sending"
    LINGERING = "lingering"
    """Answered and half-closed; what still arrives is thrown away."""


DEADLINED = frozenset({Phase.HEAD, Phase.BODY})
"""In these the whole must arrive by the deadline."""
