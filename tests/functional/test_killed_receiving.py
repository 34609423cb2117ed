"""A file that is received and ``kill -9``, on Windows TerminateProcess: whole or absent, and the next start clears up."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from tests.functional.killing import KILLED, KILLED_AT, NAMING, kill_by_chance, started
from tests.functional.live import PATIENCE_S, Client, until
from tests.functional.process import COMMAND, running

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 6
SIZES = (0, 5_000, 200_000, 9_000_000)
RECEIVING = ("0", "--quiet", "--receive-files", "--min-free", "0", "--root")


def body_of(number: int, size: int) -> bytes:
    return b"%d " % number + bytes(size)


def put(port: int, body: bytes) -> str:
    """Where it was saved. Raises EOFError or OSError where the server is gone."""
    with Client(("127.0.0.1", port), "localhost") as client:
        length = f"Content-Length: {len(body)}"
        answer = client.ask("PUT /upload/image.jpg HTTP/1.1", length, body=body)
        assert answer.status == 201
        return str(json.loads(answer.body)["filepath"])


def visible(root: Path) -> list[Path]:
    return [path for path in (root / "uploads").iterdir() if not path.name.startswith(".")]


def check(root: Path, sent: set[bytes], saved: dict[str, bytes]) -> None:
    """Every file is one that was sent, whole; what was said to be saved is there; nothing else is left."""
    assert all(path.read_bytes() in sent for path in visible(root))
    with running(*RECEIVING, str(root)) as server, Client(server.address, "localhost") as client:
        assert client.get("/sample.txt").status == 200
    assert visible(root) == list((root / "uploads").iterdir())
    for where, body in saved.items():
        assert (root / where[1:]).read_bytes() == body


@pytest.mark.slow
@pytest.mark.parametrize("number", range(ROUNDS))
def test_at_any_moment(site: Path, number):
    """All of them under one name."""

    def body(which: int) -> bytes:
        return body_of(which, SIZES[which % len(SIZES)])

    def send(port: int, body: bytes, _which: int) -> str:
        return put(port, body)

    sent, saved = kill_by_chance((*COMMAND, *RECEIVING, str(site)), number, body, send)
    check(site, sent, saved)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["fsync", NAMING, "unlink"])
def test_at_the_moments_that_matter(site: Path, call, when):
    body = body_of(1, 9_000_000)
    with started(sys.executable, "-c", KILLED_AT, call, when, *RECEIVING, str(site)) as (process, port):
        with pytest.raises((EOFError, OSError)):
            put(port, body)
        assert process.wait(PATIENCE_S) == KILLED
    assert len(visible(site)) == (
        (call, when) in {(NAMING, "after"), ("unlink", "before"), ("unlink", "after")}
    )
    check(site, {body}, {})


def test_amid_the_body(site: Path):
    with (
        started(*COMMAND, *RECEIVING, str(site)) as (process, port),
        Client(("127.0.0.1", port), "localhost") as client,
    ):
        client.send(client.octets("PUT /upload/a.bin HTTP/1.1", "Content-Length: 2000000", body=bytes(10**6)))
        until(lambda: [path for path in (site / "uploads").iterdir() if path.stat().st_size > 500_000])
        process.kill()
        assert client.is_closed()
    assert visible(site) == []
    check(site, set(), {})
