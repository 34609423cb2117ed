"""Who may connect at all: networks, and how many connections one client may have."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from server_core.networks import Networks, client_key, host_of

if TYPE_CHECKING:
    from server_core.channel import Channel
    from server_core.config import Config

# Refused connections that are being told why. More than this at once are closed without a word to them, so
# that whoever may not come takes no room from those who may.
TOLD_AT_ONCE = 64


class Door:
    """Counts the connections of each client. Any thread; both steps cost the same however many there are."""

    def __init__(self, config: Config) -> None:
        self._allowed = Networks(config.allow_clients)
        self._denied = Networks(config.deny_clients)
        self._most = config.max_client_connections
        self._counts: dict[bytes, int] = {}
        """Of those who have a connection, so no more than there are connections."""
        self._refused: set[int] = set()
        """Descriptors of those that are on their way out."""
        self._lock = threading.Lock()

    @classmethod
    def for_config(cls, config: Config) -> Door | None:
        """None where it is open to everyone."""
        watched = config.allow_clients or config.deny_clients or config.max_client_connections
        return cls(config) if watched else None

    def enter(self, connection: Channel) -> str:
        """Count a connection in. A key of REFUSALS where it has to go, else empty."""
        code = "" if self._may_come(connection.client) else "client-not-allowed"
        with self._lock:
            key = client_key(connection.client)
            count = self._counts.get(key, 0)
            if not code and self._most and count >= self._most:
                code = "client-connections"
            if code:
                self._refused.add(connection.fd)
            else:
                self._counts[key] = count + 1
        return code

    def tells(self) -> bool:
        """Whether there is room to tell one that it has to go why that is, with it counted in."""
        return len(self._refused) <= TOLD_AT_ONCE

    @property
    def is_empty(self) -> bool:
        """Whether nobody is inside and nobody on their way out."""
        return not self._counts and not self._refused

    def leave(self, connection: Channel) -> None:
        """Count a connection out that was counted in; before its descriptor is given to another."""
        with self._lock:
            if connection.fd in self._refused:
                self._refused.discard(connection.fd)
                return
            key = client_key(connection.client)
            count = self._counts.pop(key) - 1
            if count:
                self._counts[key] = count

    def _may_come(self, client: str) -> bool:
        host = host_of(client)
        return host not in self._denied and (not self._allowed or host in self._allowed)
