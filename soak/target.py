"""The server that clients go to, and how they speak to it."""

from __future__ import annotations

import base64
import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from soak.identities import Identities
from soak.tls_end import VERSIONS, Trust
from soak.wire import Line

if TYPE_CHECKING:
    import ssl


class Target(NamedTuple):
    port: int
    identities: str = ""
    """The folder of the certificates that it may show; empty where it speaks plain HTTP."""
    login: str = ""
    """``name:password`` where it asks for one."""

    @property
    def trust(self) -> Trust | None:
        return _trust(self.identities) if self.identities else None

    def line(self, source: str, receive_bytes: int = 0, version: ssl.TLSVersion = VERSIONS[-1]) -> Line:
        """A connection, over TLS after the handshake. Raises DismissedError, OSError."""
        line = self.plain_line(source, receive_bytes)
        if self.trust is not None:
            line.shake_hands(self.trust, version)
        return line

    def plain_line(self, source: str, receive_bytes: int = 0) -> Line:
        """A connection on which nothing is said yet. Raises OSError."""
        return Line(self.port, source, receive_bytes, basic(self.login))

    def to_json(self) -> str:
        return json.dumps(self)

    @classmethod
    def from_json(cls, text: str) -> Target:
        return cls(*json.loads(text))


@functools.cache
def _trust(folder: str) -> Trust:
    return Trust(Identities(Path(folder)).certificates)


def basic(login: str) -> tuple[str, ...]:
    """The field that brings a name and a password (RFC 7617), none where there is none."""
    return (f"Authorization: Basic {base64.b64encode(login.encode()).decode()}",) if login else ()
