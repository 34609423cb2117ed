"""What every experiment needs: a site, a server of its own, and a client."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from soak import site
from soak.program import Program
from soak.visitor import expect, expect_content
from soak.wire import Answer, Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

JSON = "Content-Type: application/json"


class NotHereError(Exception):
    """Why an experiment can't be carried out on this system, in a sentence."""


class Lab:
    """A folder of its own, and how thorough to be."""

    def __init__(self, python: str, work: Path, *, is_short: bool) -> None:
        self.python = python
        self.work = work
        self.root = work / "site"
        self.is_short = is_short

    def rounds(self, short: int, full: int) -> int:
        return short if self.is_short else full

    def program(self, *options: str, quiet: bool = True, env: dict[str, str] | None = None) -> Program:
        """A server for the site, which is made where there is none yet."""
        if not self.root.exists():
            site.make_site(self.root)
        options = ("--quiet", *options) if quiet else options
        return Program(self.python, self.root, self.work, *options, env=env)


class Experiment(NamedTuple):
    promise: str
    how: str
    play: Callable[[Lab], str]
    """Returns the figure. Raises NotHereError, and whatever a broken promise raises."""


def get(port: int, name: str) -> Answer:
    """On a connection of its own."""
    with Line(port) as line:
        line.send(line.head(f"GET /{name} HTTP/1.1", "Connection: close"))
        return line.answer()


def post(port: int, body: bytes) -> Answer:
    with Line(port) as line:
        line.send(line.head("POST /upload HTTP/1.1", JSON, f"Content-Length: {len(body)}") + body)
        return line.answer()


def serves(port: int) -> None:
    """All is well: what is asked for comes, octet for octet."""
    for name in ("small.html", "sent.jpg"):
        expect_content(get(port, name), 200, site.content(name))


def saves(lab: Lab, port: int, body: bytes) -> None:
    answer = post(port, body)
    expect(answer.status == 201, f"201 was due for an upload, {answer.status} came")
    expect((lab.root / answer.fields["location"][1:]).read_bytes() == body, "the upload is torn")


def stops(program: Program) -> None:
    """It stops as asked, and has nothing to complain of."""
    status = program.stop()
    expect(status == 0, f"it ended with status {status}: {program.said_on_stderr[-500:]}")
    expect(not program.said_on_stderr, f"it said {program.said_on_stderr[:500]!r}")


def until(condition: Callable[[], object], what: str, patience_s: float = 60.0) -> float:
    """Wait; how long it took. Raises WrongError."""
    began_s = time.monotonic()
    while not condition():
        expect(time.monotonic() - began_s < patience_s, f"after {patience_s:g} s {what}")
        time.sleep(0.05)
    return time.monotonic() - began_s


@contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[Callable[[int], None]]:
    """A disk of so many octets in the place of ``folder``; what it gives changes its size. Raises
    NotHereError.
    """
    if sys.platform != "linux":
        raise NotHereError("only Linux has tmpfs")

    def mount(options: str) -> subprocess.CompletedProcess[bytes]:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        return subprocess.run(command, capture_output=True, check=False)

    if mount(f"size={size_bytes}").returncode:
        raise NotHereError("whoever is not root can't mount a small disk")
    try:
        yield lambda bytes_: mount(f"remount,size={bytes_}").check_returncode()
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
