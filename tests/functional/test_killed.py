"""An upload and ``kill -9``, on Windows TerminateProcess: the file appears whole or not at all, also if the
process is killed.
"""

from __future__ import annotations

import contextlib
import json
import random
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.functional.live import PATIENCE_S, Client, until
from tests.functional.process import CHECKOUT, COMMAND, running

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 12
SIZES = (20, 5_000, 100_000, 1_500_000)
SEED = 20261123
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

# When the hidden name is there no more. A rename takes it away, a link leaves that to be done.
GONE = {("rename", "after"), ("unlink", "after")}
if NAMING == "rename":
    GONE.add(("unlink", "before"))


@contextlib.contextmanager
def started(*command: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server and its port."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT) as process:
        try:
            assert process.stdout is not None
            yield process, int(process.stdout.readline().rstrip("/\n").rpartition(":")[2])
        finally:
            process.kill()


def body_of(number: int, size: int) -> bytes:
    return json.dumps({"number": number, "filler": "x" * size}).encode()


def leftovers(root: Path) -> list[str]:
    return [path.name for path in (root / "uploads").iterdir() if not path.name.startswith("upload_")]


def check(root: Path, sent: set[bytes], saved: dict[str, bytes]) -> None:
    """Every file is a body that was sent, whole; what was said to be saved is there; a new start clears up."""
    for path in (root / "uploads").glob("upload_*"):
        assert path.read_bytes() in sent, path.name
    for where, body in saved.items():
        assert (root / where[1:]).read_bytes() == body
    with running("0", "--root", str(root), "--quiet") as server:
        with Client(server.address, "localhost") as client:
            assert client.get("/sample.txt").status == 200
        assert leftovers(root) == []
    for where, body in saved.items():
        assert (root / where[1:]).read_bytes() == body


def post(port: int, body: bytes, *, chunked: bool) -> str:
    """Where it was saved. Raises EOFError or OSError where the server is gone."""
    with Client(("127.0.0.1", port), "localhost") as client:
        fields = ["Content-Type: application/json"]
        if chunked:
            octets = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
            fields.append("Transfer-Encoding: chunked")
        else:
            octets = body
            fields.append(f"Content-Length: {len(body)}")
        answer = client.ask("POST /upload HTTP/1.1", *fields, body=octets)
        assert answer.status == 201
        return answer.fields["location"]


@pytest.mark.parametrize("number", range(ROUNDS))
def test_at_any_moment(site: Path, number):
    """Six clients upload without a pause until chance strikes."""
    chance = random.Random(SEED + number)
    sent: set[bytes] = set()
    saved: dict[str, bytes] = {}

    def upload(client: int) -> None:
        for turn in range(1_000):
            body = body_of(client * 1_000 + turn, SIZES[(client + turn) % len(SIZES)])
            sent.add(body)
            try:
                saved[post(port, body, chunked=turn % 2 == 1)] = body
            except (EOFError, OSError):
                return

    with started(*COMMAND, "0", "--root", str(site), "--quiet") as (process, port):
        clients = [threading.Thread(target=upload, args=(client,)) for client in range(6)]
        for client in clients:
            client.start()
        time.sleep(chance.uniform(0.0, 0.25))
        process.kill()
        for client in clients:
            client.join(PATIENCE_S)
    check(site, sent, saved)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["fsync", NAMING, "unlink"])
def test_at_the_moments_that_matter(site: Path, call, when):
    body = body_of(1, 100_000)
    command = (sys.executable, "-c", KILLED_AT, call, when, "0", "--root", str(site), "--quiet")
    with started(*command) as (process, port):
        with pytest.raises((EOFError, OSError)):
            post(port, body, chunked=False)
        assert process.wait(PATIENCE_S) == KILLED
    if (call, when) not in GONE:
        (part,) = leftovers(site)
        assert re.fullmatch(r"\.[0-9a-f]{16}\.part", part)
    check(site, {body}, {})


def test_amid_the_body(site: Path):
    with contextlib.ExitStack() as opened:
        process, port = opened.enter_context(started(*COMMAND, "0", "--root", str(site)))
        client = opened.enter_context(Client(("127.0.0.1", port), "localhost"))
        fields = ("Content-Type: application/json", "Content-Length: 2000000", "Expect: 100-continue")
        assert client.ask("POST /upload HTTP/1.1", *fields).status == 100
        client.send(b"[" + b" " * 1_000_000)
        until(lambda: any("deleted" in name for name in open_files(process.pid)))
        process.kill()
        assert client.is_closed()
    assert list((site / "uploads").iterdir()) == []  # not even a hidden one: its file has no name
    check(site, set(), {})


def open_files(pid: int) -> list[str]:
    if sys.platform != "linux":
        pytest.skip("only Linux tells which files a process has open")
    names = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            names.append(str(link.readlink()))
        except OSError:
            continue
    return names
