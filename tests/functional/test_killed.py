"""An upload and ``kill -9``, on Windows TerminateProcess: the file appears whole or not at all, also if the
process is killed.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
from pathlib import Path

import pytest

from tests.functional.killing import KILLED, KILLED_AT, NAMING, kill_by_chance, started
from tests.functional.live import PATIENCE_S, Client, until
from tests.functional.process import COMMAND, running

ROUNDS = 12
SIZES = (20, 5_000, 100_000, 1_500_000)
# When the hidden name is there no more. A rename takes it away, a link leaves that to be done.
GONE = {("rename", "after"), ("unlink", "after")}
if NAMING == "rename":
    GONE.add(("unlink", "before"))


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


@pytest.mark.slow
@pytest.mark.parametrize("number", range(ROUNDS))
def test_at_any_moment(site: Path, number):
    """Half of the bodies in chunks."""

    def body(which: int) -> bytes:
        return body_of(which, SIZES[which % len(SIZES)])

    def send(port: int, body: bytes, which: int) -> str:
        return post(port, body, chunked=which // len(SIZES) % 2 == 1)

    sent, saved = kill_by_chance((*COMMAND, "0", "--root", str(site), "--quiet"), number, body, send)
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
