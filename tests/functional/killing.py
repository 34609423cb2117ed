"""Servers that are killed amid what they are sent: by chance, or at the very call that matters."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

from tests.functional.live import PATIENCE_S
from tests.functional.process import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SEED = 20261123
CLIENTS, TURNS = 6, 1_000
KILLED = 9 if sys.platform == "win32" else -9
"""The status of a process that was killed."""

NAMING = "rename" if sys.platform == "win32" else "link"
"""The call that gives a file its final name."""

# Kills itself just before or after a call: the moments that chance would rarely find.
KILLED_AT = """
import os, pathlib, sys

name, when = sys.argv[1:3]
owner = os if name in ("fsync", "link") else pathlib.Path
call = getattr(owner, name)

def killed(*arguments, **options):
    if when == "after":
        call(*arguments, **options)
    os.kill(os.getpid(), 9)

setattr(owner, name, killed)
from server_core.command_line import main
main("server.py", sys.argv[3:])
"""


@contextlib.contextmanager
def started(*command: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server and its port."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT) as process:
        try:
            assert process.stdout is not None
            yield process, int(process.stdout.readline().rstrip("/\n").rpartition(":")[2])
        finally:
            process.kill()


def kill_by_chance(
    command: Sequence[str],
    number: int,
    body_of: Callable[[int], bytes],
    send: Callable[[int, bytes, int], str],
) -> tuple[set[bytes], dict[str, bytes]]:
    """Six clients send without a pause until chance, seeded by ``number``, strikes: all that they began to
    send, and where it is said to be saved.

    ``body_of`` takes the number of a body; ``send`` the port, the body and that number, and raises EOFError or
    OSError where the server is gone.
    """
    chance = random.Random(SEED + number)
    sent: set[bytes] = set()
    saved: dict[str, bytes] = {}

    def send_on(client: int) -> None:
        for turn in range(TURNS):
            which = client * (TURNS + 1) + turn
            sent.add(body := body_of(which))
            try:
                saved[send(port, body, which)] = body
            except (EOFError, OSError):
                return

    with started(*command) as (process, port):
        clients = [threading.Thread(target=send_on, args=(client,)) for client in range(CLIENTS)]
        for client in clients:
            client.start()
        time.sleep(chance.uniform(0.0, 0.25))
        process.kill()
        for client in clients:
            client.join(PATIENCE_S)
    return sent, saved
