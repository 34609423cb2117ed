"""Want of descriptors, of room in the kernel, of a reader for the log: nothing of it ends the server."""

from __future__ import annotations

import contextlib
import errno
import gc
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from server_core import http_server
from server_core.config import Config
from server_core.http_server import HttpServer
from server_core.lifecycle import State
from server_core.parking import Parking
from server_core.ports import free_port
from tests.functional.live import PATIENCE_S, Client, serving, until
from tests.functional.process import CHECKOUT, COMMAND

if TYPE_CHECKING:
    from pathlib import Path

    from server_core.connection import Connection
    from server_core.phases import Next
    from tests.functional.live import Live

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no process's descriptors")

FEW_DESCRIPTORS = 48
STARVED = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, ({FEW_DESCRIPTORS}, {FEW_DESCRIPTORS}))
from server_core.command_line import main
sys.exit(main("server.py", sys.argv[1:]))
"""


@posix_only
def test_without_descriptors_it_pauses_and_recovers(site: Path, tmp_path: Path):
    (site / "large.txt").write_bytes(bytes(400_000))  # from its file, not from memory
    log = tmp_path / "log"
    command = [sys.executable, "-W", "error", "-c", STARVED, "0", "--root", str(site), "--log-file", str(log)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=CHECKOUT
    ) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline().rstrip("/\n").rpartition(":")[2])
            clients = [Client(("127.0.0.1", port), f"127.0.0.1:{port}") for _ in range(FEW_DESCRIPTORS + 10)]
            until(lambda: "accepting pauses" in log.read_text("utf-8"))
            # A file that is there is not said to be missing, whatever the system lacks (RFC 9110 15.6.4).
            answer = clients[0].get("/large.txt")
            assert answer.status in {200, 503}
            for client in clients:
                client.close()
            with Client(("127.0.0.1", port), f"127.0.0.1:{port}") as client:
                assert len(client.get("/large.txt").body) == 400_000
                assert client.post(b"{}").status == 201
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=PATIENCE_S)
            assert (process.returncode, err) == (0, "")
        finally:
            process.kill()
            process.communicate()


def test_a_connection_that_the_kernel_can_not_watch_is_dropped_and_accepting_goes_on(site: Path, monkeypatch):
    """epoll's own limit of watches (epoll_ctl(2), ENOSPC)."""
    with serving(site, threads="2") as live:
        live.planted = "No space left"
        assert live.get("/").status == 200
        until(lambda: live.server.snapshot().open_connections == 0)
        arm = live.server._poller.arm
        faults = [OSError(errno.ENOSPC, "No space left on device")]

        def faulty_arm(fd: int, interest: int) -> None:
            if faults:
                raise faults.pop()
            arm(fd, interest)

        monkeypatch.setattr(live.server._poller, "arm", faulty_arm)
        with live.client() as dropped:
            assert dropped.is_closed()
        live.message("No space left")
        assert live.get("/").status == 200
        assert all(thread.is_alive() for thread in live.server._pool._threads)


def test_a_connection_that_is_closed_while_it_is_parked_ends_no_worker(site: Path, monkeypatch):
    """Time-out and eviction may come between the two steps of parking."""
    park = Parking.park
    closed: list[Connection] = []

    def park_too_late(self: Parking, connection: Connection, until: Next) -> None:
        if connection.requests == 1 and not closed:
            closed.append(connection)
            connection.close()
            connection.interest = 0
        park(self, connection, until)

    monkeypatch.setattr(Parking, "park", park_too_late)
    with serving(site, threads="1") as live:
        live.planted = "Traceback"
        with live.client() as client:
            assert client.get("/").status == 200
            assert client.is_closed()
        assert closed
        assert live.get("/").status == 200
        assert all(thread.is_alive() for thread in live.server._pool._threads)


def test_a_server_that_can_not_be_prepared_leaves_nothing(site: Path, monkeypatch):
    def no_poller() -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(http_server, "open_poller", no_poller)
    port = free_port("127.0.0.1")
    server = HttpServer(Config.from_text({"port": str(port), "root": str(site)}))
    with pytest.raises(OSError, match="Too many open files"):
        server.prepare()
    assert server.state is State.FAILED
    with socket.create_server(("127.0.0.1", port)):
        pass  # it was given back


@posix_only
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_nobody_reads_what_it_prints(site: Path, ending: signal.Signals):
    """``python server.py | head -1``: the pipe is closed, the server goes on and ends well."""
    with subprocess.Popen(
        [*COMMAND, "0", "--root", str(site)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline().rstrip("/\n").rpartition(":")[2])
            process.stdout.close()
            with Client(("127.0.0.1", port), f"127.0.0.1:{port}") as client:
                for _ in range(3):
                    assert client.get("/").status == 200
            process.send_signal(ending)
            assert process.stderr is not None
            assert process.stderr.read() == ""
            assert process.wait(PATIENCE_S) == 0
        finally:
            process.kill()
            process.wait()


@posix_only
def test_a_second_signal_does_not_wait(site: Path):
    """In flight: an upload that never ends. The first signal would wait for it."""
    with contextlib.ExitStack() as opened:
        process = opened.enter_context(
            subprocess.Popen([*COMMAND, "0", "--root", str(site)], stdout=subprocess.PIPE, text=True)
        )
        opened.callback(process.kill)
        assert process.stdout is not None
        port = int(process.stdout.readline().rstrip("/\n").rpartition(":")[2])
        client = opened.enter_context(Client(("127.0.0.1", port), f"127.0.0.1:{port}"))
        fields = ("Content-Type: application/json", "Content-Length: 5", "Expect: 100-continue")
        assert client.ask("POST /upload HTTP/1.1", *fields).status == 100
        process.send_signal(signal.SIGINT)
        for line in process.stdout:  # "pool: ..." is logged as it begins to stop
            if "pool: " in line:
                break
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0  # without the second one it would be 10 s
        assert "stopped; 1 requests in flight were cut" in process.stdout.read()


def test_what_clients_leave_waits_for_no_collector(live: Live):
    """A cycle would keep a connection's octets, 64 KiB of each and more, until the collector comes, which the
    program has asked to come seldom.
    """
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        live.get("/")
        live.get("/missing.html")
        live.get("/../outside.html")
        for body in (b"{}", b"[1, 2,]", b'"\xff"', b"NaN", b'["' + b"x" * 100_000 + b'"]'):
            live.post(body)
        with live.client() as client:
            client.ask(
                "POST /upload HTTP/1.1",
                "Content-Type: application/json",
                "Transfer-Encoding: chunked",
                body=b"?\r\n",
            )
        with live.client() as client:
            client.send(b"GET / HTT")
        until(lambda: live.server.snapshot().open_connections == 0)
        gc.collect()
        left = {type(each).__name__ for each in gc.garbage if type(each).__module__.startswith("server_core")}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
    assert left == set()
