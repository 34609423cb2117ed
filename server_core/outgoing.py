"""An answer that the socket did not take at once: octets, then a part of a file or what else is made block
by block, and how far it is.

Nothing is read into memory beyond one block.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING

from server_core.errors import TruncatedError
from server_core.limits import SEND_BYTES_PER_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable

    from server_core.answers import Answer, Blocks

    SendFile = Callable[[socket.socket, int, int, int], int]

# One block of a file between the disk and a socket that has no sendfile.
BLOCK_BYTES = 256 * 1024
# What one turn sends at most before others get theirs: about a millisecond on loopback.
TURN_BYTES = 4 * 1024 * 1024


class Outgoing:
    """Pending output of one connection. Belongs to whichever thread has the connection; ``close`` must be
    called.
    """

    __slots__ = ("_at", "_blocks", "_fd", "_left", "_taken_bytes", "_view", "answer", "head", "sent_bytes")

    def __init__(
        self,
        answer: Answer,
        head: bytes,
        data: bytes,
        sent_bytes: int,
        fd: int = -1,
        blocks: Blocks | None = None,
    ) -> None:
        """``data`` (head and body), of which ``sent_bytes`` went already, then the answer's part of its
        file, open as ``fd``, or the ``blocks`` that its content is made of.
        """
        self.answer = answer
        self.head = head
        self.sent_bytes = sent_bytes
        self._view = memoryview(data)[sent_bytes:]
        self._fd = fd
        self._at = answer.start
        self._blocks = blocks
        self._left = answer.length if fd >= 0 or blocks is not None else 0
        self._taken_bytes: int | None = None
        """What the client had taken when that was last called progress."""

    @property
    def is_done(self) -> bool:
        return not self._view and not self._left

    @property
    def content_bytes(self) -> int:
        """Octets of content that went so far."""
        return max(self.sent_bytes - len(self.head), 0)

    @property
    def progress(self) -> float:
        """How much of the answer went, 0 to 1. Any thread: two of its figures may be a moment apart."""
        left_bytes = len(self._view) + self._left
        return self.sent_bytes / (self.sent_bytes + left_bytes) if left_bytes else 1.0

    def progressed(self, sock: socket.socket) -> bool:
        """Whether, since this last said so, the client has taken enough to be given more time."""
        taken_bytes = self.sent_bytes - _waiting_bytes(sock)
        if self._taken_bytes is not None and taken_bytes - self._taken_bytes < SEND_BYTES_PER_TIMEOUT:
            return False
        self._taken_bytes = taken_bytes
        return True

    def send(self, sock: socket.socket, send_file: SendFile) -> bool:
        """Send what the socket takes now, the file by ``send_file``, a turn's worth at most; whether it
        would have taken more.

        Raises OSErrors where the client is gone, TruncatedError.
        """
        turn_end = self.sent_bytes + TURN_BYTES
        try:
            self._send_octets(sock)
            if self._blocks is not None:
                self._view = self._next_block(self._blocks)
                self._send_octets(sock)
                return True
            while self._left and self.sent_bytes < turn_end:
                count = send_file(sock, self._fd, self._at, min(self._left, TURN_BYTES))
                if count == 0:
                    raise TruncatedError("the file became shorter while it was sent")
                self._at += count
                self._left -= count
                self.sent_bytes += count
        except BlockingIOError:
            return False
        return True

    def _send_octets(self, sock: socket.socket) -> None:
        while self._view:
            # MSG_MORE: the head waits for the content's first octets and leaves in one packet with them.
            count = sock.send(self._view, _MSG_MORE if self._left else 0)
            self._view = self._view[count:]
            self.sent_bytes += count

    def _next_block(self, blocks: Blocks) -> memoryview:
        block = next(blocks, b"")
        if (not block and self._left) or len(block) > self._left:
            raise TruncatedError("what was promised is not what there is")
        self._left -= len(block)
        return memoryview(block)

    def close(self) -> None:
        """Close the file. May be called again."""
        if self._blocks is not None:
            self._blocks.close()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


_MSG_MORE = getattr(socket, "MSG_MORE", 0)


def send_blocks(sock: socket.socket, fd: int, at: int, count: int) -> int:
    """Send of ``count`` octets of a file from ``at`` on what the socket takes, a block at most: for sockets
    to which the system can't hand a file. 0 where the file ends.
    """
    os.lseek(fd, at, os.SEEK_SET)
    block = os.read(fd, min(count, BLOCK_BYTES))
    return sock.send(block) if block else 0


if sys.platform == "linux":
    import fcntl
    import termios

    def _waiting_bytes(sock: socket.socket) -> int:
        """Octets that the client has not acknowledged (SIOCOUTQ of tcp(7)). The system's own buffer grows
        while it waits, so that what it takes says nothing of the client.
        """
        return int.from_bytes(fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4)), sys.byteorder)

    def send_file(sock: socket.socket, fd: int, at: int, count: int) -> int:
        """As :func:`send_blocks`, without the octets ever coming here."""
        return os.sendfile(sock.fileno(), fd, at, count)

else:

    def _waiting_bytes(sock: socket.socket) -> int:  # noqa: ARG001 - as on Linux
        """What the system has taken counts as taken: nothing better is known here."""
        return 0

    send_file = send_blocks
