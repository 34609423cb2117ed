"""Starting, stopping and being killed."""

from __future__ import annotations

import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.functional.live import Client, serving, until
from tests.functional.process import run, running

if TYPE_CHECKING:
    from pathlib import Path

UPLOAD = ("POST /upload HTTP/1.1", "Content-Type: application/json")
MIB = 1024 * 1024


def test_stopping_lets_what_is_in_flight_finish(site: Path):
    with serving(site) as live, live.client() as idle, live.client() as client:
        assert idle.get("/").status == 200
        client.send(client.octets(*UPLOAD, "Content-Length: 2", "Expect: 100-continue"))
        assert client.answer().status == 100
        live.server.stop()
        assert idle.is_closed()
        with pytest.raises(ConnectionError):
            live.get("/")
        client.send(b"{}")
        answer = client.answer()
        assert (answer.status, answer.closes) == (201, True)
        assert live.message("stopped;").message == "stopped; 0 requests in flight were cut"
        assert len(live.uploads()) == 1


def test_stopping_counts_what_it_cuts(site: Path):
    with serving(site) as live, live.client() as first, live.client() as second, live.client() as idle:
        for client in (first, second):
            client.send(client.octets(*UPLOAD, "Content-Length: 2", "Expect: 100-continue"))
            assert client.answer().status == 100
        assert idle.get("/").status == 200
        live.server.stop(0.2)
        assert live.message("stopped;").message == "stopped; 2 requests in flight were cut"
        assert live.server.cut == 2
        assert first.is_closed()
        assert second.is_closed()
    assert list((site / "uploads").iterdir()) == []


CYCLES = """
import os, sys, threading
from pathlib import Path
from tests.functional.live import serving

def descriptors():
    return len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0

root = Path(sys.argv[1])
held = []
for _ in range(5):
    with serving(root) as live, live.client() as client:
        assert client.get("/").status == 200
        assert client.post(b"{}").status == 201
    held.append((threading.active_count(), descriptors()))
assert len(set(held)) == 1, held
assert held[0][0] == 1, held
sys.exit(42)
"""


def test_five_lives_leave_no_thread_and_no_descriptor(site: Path):
    done = run("-W", "error", "-c", CYCLES, str(site), command=[sys.executable])
    assert (done.returncode, done.stdout, done.stderr) == (42, "", "")


def test_the_server_needs_no_qt():
    code = """
import importlib, pkgutil, sys, server_core
for module in pkgutil.iter_modules(server_core.__path__):
    importlib.import_module("server_core." + module.name)
assert len([name for name in sys.modules if name.startswith("server_core.")]) > 20
sys.exit(42 if not any(name.startswith(("PySide6", "gui")) for name in sys.modules) else 1)
"""
    done = run("-c", code, command=[sys.executable])
    assert (done.returncode, done.stderr) == (42, "")


# Slow to load, and of use to few servers, or later.
NOT_FOR_LISTENING = {
    "asyncio", "calendar", "cryptography", "email", "getpass", "http.client", "multiprocessing", "ssl", "subprocess",
}  # fmt: skip


def test_the_server_listens_without_what_it_does_not_need(site: Path):
    code = """
import sys
from server_core import command_line
command_line.HttpServer.serve = lambda server: print(*sys.modules)
sys.exit(command_line.main("server.py", ["0", "--quiet", "--root", sys.argv[1]]))
"""
    done = run("-c", code, str(site), command=[sys.executable])
    assert (done.returncode, done.stderr) == (0, "")
    listening, _, loaded = done.stdout.partition("\n")
    assert listening.startswith("Listening on http://127.0.0.1:")
    assert "server_core.http_server" in loaded.split()
    assert set(loaded.split()) & NOT_FOR_LISTENING == set()


def test_a_killed_server_leaves_only_whole_files(site: Path):
    body = b'["' + b"x" * MIB + b'"]'
    killed = threading.Event()

    def upload(address: tuple[str, int]) -> None:
        try:
            with Client(address, f"127.0.0.1:{address[1]}") as client:
                while True:
                    assert client.post(body).status == 201
        except (OSError, EOFError):
            assert killed.wait(20), "the connection ended before the server was killed"

    folder = site / "uploads"
    with running("0", "--root", str(site), "--quiet", "--max-requests", "100000") as server:
        with ThreadPoolExecutor(4) as clients:
            ends = [clients.submit(upload, server.address) for _ in range(4)]
            until(lambda: len(list(folder.glob("upload_*"))) >= 10)
            server.process.kill()
            killed.set()
        for end in ends:
            end.result()
    saved = [path for path in folder.iterdir() if not path.name.startswith(".")]
    assert len(saved) >= 10
    for path in saved:
        assert re.fullmatch(r"upload_\d{8}_\d{6}_[0-9a-f]{8}\.json", path.name)
        assert path.read_bytes() == body
