"""What all connections of one running server share."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from server_core import events
from server_core.access import access_guards
from server_core.cors import Cors
from server_core.door import Door
from server_core.extra_fields import common_fields
from server_core.files import Root
from server_core.handlers import Handler
from server_core.hosts import HostPolicy, parse_entry
from server_core.parser import HeadCache

if TYPE_CHECKING:
    from server_core.config import Config
    from server_core.connection import Connection
    from server_core.events import EventLog
    from server_core.messages import Request


class Service:
    """Read by every worker. ``stopping`` is set by the overseer; ``connections`` is changed by single dict
    operations only.
    """

    def __init__(self, config: Config, log: EventLog, addresses: tuple[tuple[str, int], ...]) -> None:
        self.config = config
        self.events = log
        self.root = Root(config.root)
        self._addresses = addresses
        guards = access_guards(config, self.log)
        self.handler = Handler(self.root, self._policy(config.allow_hosts), config, guards)
        self.door = Door.for_config(config)
        self.heads = HeadCache(config.scheme, keeps_passwords=config.users is None)
        self.connections: dict[int, Connection] = {}
        """The open ones by descriptor."""
        self.stopping = False
        parameters = f"timeout={config.keep_alive_timeout_s:.0f}, max={config.max_requests}"
        self.keep_alive_s = config.keep_alive_timeout_s
        self.max_requests = config.max_requests
        cors = Cors(config.cors)
        self._cors_lines = cors.lines
        fixed = "".join(f"{name}: {value}\r\n" for name, value in common_fields(config, cors))
        self._staying = f"{fixed}Connection: keep-alive\r\nKeep-Alive: {parameters}\r\n".encode("latin-1")
        self._closing = f"{fixed}Connection: close\r\n".encode("latin-1")

    def field_lines(self, keep: bool, request: Request | None) -> bytes:
        """The field lines of every answer but the date; ``keep``: whether the connection stays open."""
        lines = self._staying if keep else self._closing
        if self._cors_lines and request is not None:
            return lines + self._cors_lines.get(request.fields.get("origin", ""), b"")
        return lines

    def _policy(self, allow_hosts: tuple[str, ...]) -> HostPolicy:
        own = tuple(address for address, _ in self._addresses)
        return HostPolicy(tuple(map(parse_entry, allow_hosts)), own, self._addresses[0][1])

    def allow_hosts(self, entries: tuple[str, ...]) -> None:
        """Put another policy in the place of the first. It must not allow less: answers are remembered with
        what was allowed.
        """
        self.handler.hosts = self._policy(entries)

    def forget(self, fd: int) -> None:
        """Called before the descriptor is closed: a moment later the system may give it to another."""
        connection = self.connections.pop(fd, None)
        if self.door is not None and connection is not None:
            self.door.leave(connection)

    def log(
        self,
        level: str,
        kind: str,
        message: str,
        *,
        worker: str = "",
        client: str = "",
        connection: int = 0,
        request: int = 0,
        reason: str = "",
    ) -> None:
        """One record that is not an answer. Any thread."""
        self.events.emit(
            events.Event(
                time.time(),
                level,
                kind,
                worker,
                client,
                connection=connection,
                request=request,
                reason=reason,
                message=message,
            )
        )
