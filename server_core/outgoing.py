"""What is still to be sent on a connection: octets, then a part of a file. Nothing is read into memory
beyond one block.
"""

from __future__ import annotations

import os
import socket
import sys

# One block of a file between the disk and a socket that has no sendfile. 256 KiB is beyond where larger
# blocks measured faster.
BLOCK_BYTES = 256 * 1024
# What one turn sends at most before others get theirs: about a millisecond on loopback.
TURN_BYTES = 4 * 1024 * 1024


class TruncatedError(Exception):
    """The file became shorter than the length that was promised."""


class Outgoing:
    """Pending output of one connection. Belongs to whichever thread has the connection; ``close`` must be
    called once.
    """

    __slots__ = ("_at", "_fd", "_left", "_view")

    def __init__(self, data: bytes, fd: int = -1, start: int = 0, length: int = 0) -> None:
        self._view = memoryview(data)
        self._fd = fd
        self._at = start
        self._left = length

    @property
    def is_done(self) -> bool:
        return not self._view and not self._left

    @property
    def pending_bytes(self) -> int:
        return len(self._view) + self._left

    def send(self, sock: socket.socket) -> int:
        """Send what the socket takes now, a turn's worth at most, and return how much that was.

        Raises BlockingIOError where it takes nothing, other OSErrors where the client is gone,
        TruncatedError.
        """
        sent = 0
        try:
            while self._view:
                # MSG_MORE: the head waits for the file's first octets and leaves in one packet with them.
                count = sock.send(self._view, _MSG_MORE if self._left else 0)
                self._view = self._view[count:]
                sent += count
            while self._left and sent < TURN_BYTES:
                count = _send_file(sock, self._fd, self._at, min(self._left, TURN_BYTES))
                if count == 0:
                    raise TruncatedError
                self._at += count
                self._left -= count
                sent += count
        except BlockingIOError:
            if not sent:
                raise
        return sent

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


_MSG_MORE = getattr(socket, "MSG_MORE", 0)

if sys.platform == "linux":

    def _send_file(sock: socket.socket, fd: int, at: int, count: int) -> int:
        return os.sendfile(sock.fileno(), fd, at, count)

else:

    def _send_file(sock: socket.socket, fd: int, at: int, count: int) -> int:
        os.lseek(fd, at, os.SEEK_SET)
        block = os.read(fd, min(count, BLOCK_BYTES))
        return sock.send(block) if block else 0
