"""Who holds a port, and which are free."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from server_core.ports import free_port, who_listens

LISTEN = """
import socket, sys
with socket.socket() as server:
    server.bind(("127.0.0.1", 0))
    server.listen()
    print(server.getsockname()[1], flush=True)
    sys.stdin.read()
"""


def test_a_free_port_can_be_bound():
    port = free_port("127.0.0.1")
    with socket.socket() as server:
        server.bind(("127.0.0.1", port))


def test_no_free_port_on_the_address_of_another():
    with pytest.raises(OSError):
        free_port("192.0.2.1")


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS tells the holder of a port to root only")
def test_the_listener_is_named():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        holder = who_listens(server.getsockname()[1])
    assert holder.endswith(f" (process {os.getpid()})")
    assert not holder.startswith(" ")


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS tells the holder of a port to root only")
def test_another_program_is_named():
    command = [sys.executable, "-c", LISTEN]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        port = int(process.stdout.readline())
        holder = who_listens(port)
        process.stdin.close()
        assert process.wait(10) == 0
    # A virtual environment of Windows starts the real interpreter as a child.
    assert holder.endswith(f"(process {process.pid})") or sys.platform == "win32"
    assert "python" in holder


def test_nobody():
    assert who_listens(free_port("127.0.0.1")) == ""
    with socket.socket() as bound_only:
        bound_only.bind(("127.0.0.1", 0))
        assert who_listens(bound_only.getsockname()[1]) == ""


def test_the_next_free_port_above_a_taken_one():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        above = taken.getsockname()[1]
        found = free_port("127.0.0.1", above=above)
        assert above < found <= above + 100 or above > 65_000
        with socket.socket() as next_one:
            next_one.bind(("127.0.0.1", found))
            next_one.listen()
            assert free_port("127.0.0.1", above=above) != found


def test_above_the_last_port_any_free_one_will_do():
    assert 0 < free_port("127.0.0.1", above=65_535) < 65_536
