"""Files and the root itself, changed under the server's hands."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from soak import site
from soak.experiments.lab import Experiment, Lab, get, serves, stops, until
from soak.site import MIB, content
from soak.visitor import expect, expect_content
from soak.wire import Line, LostError

if TYPE_CHECKING:
    from soak.program import Program

NAME = "large.jpg"
SIZE = 16 * MIB


def amid_sending(lab: Lab) -> str:
    site.make_site(lab.root)
    rounds = lab.rounds(3, 60)
    with lab.program() as program:
        for number in range(rounds):
            old, new = (site.parcel(f"{word}-{number}", SIZE + number) for word in ("old", "new"))
            _removed(lab, program, old)
            _replaced(lab, program, old, new)
            _truncated(lab, program, old)
        serves(program.port)
        stops(program)
    return f"{rounds} times each: what was removed or replaced came whole; what was truncated ended early"


def _half(lab: Lab, program: Program, octets: bytes) -> Line:
    """A client that has been sent the beginning of a file and takes no more for now."""
    site.replace(lab.root / NAME, octets)
    line = Line(program.port, receive_bytes=16 * 1024)
    line.send(line.head(f"GET /{NAME} HTTP/1.1"))
    line.peek()
    return line


def _removed(lab: Lab, program: Program, old: bytes) -> None:
    with _half(lab, program, old) as line:
        (lab.root / NAME).unlink()
        if sys.platform != "win32":  # where a file goes when the last who has it open lets go of it
            expect(get(program.port, NAME).status == 404, "a removed file is still served")
        expect_content(line.answer(), 200, old)
    until(lambda: get(program.port, NAME).status == 404, "a removed file is still served")


def _replaced(lab: Lab, program: Program, old: bytes, new: bytes) -> None:
    with _half(lab, program, old) as line:
        if sys.platform == "win32":  # where no file takes the place of an open one, which may be renamed
            (lab.root / NAME).replace(lab.root / "aside")
        site.replace(lab.root / NAME, new)
        expect_content(get(program.port, NAME), 200, new)
        expect_content(line.answer(), 200, old)


def _truncated(lab: Lab, program: Program, old: bytes) -> None:
    with _half(lab, program, old) as line:
        with (lab.root / NAME).open("r+b") as file:
            file.truncate(100)
        expect_content(get(program.port, NAME), 200, old[:100])
        try:
            line.answer()
        except LostError:
            return
        expect(False, "an answer was whole that can't be")


def root_replaced(lab: Lab) -> str:
    site.make_site(lab.root)
    rounds = lab.rounds(5, 100)
    other = lab.work / "other"
    with lab.program() as program:
        for number in range(rounds):
            serves(program.port)
            lab.root.rename(other)
            expect(get(program.port, "small.html").status == 404, "what is gone is still served")
            lab.root.mkdir()
            page = b"another root %d" % number
            (lab.root / "small.html").write_bytes(page)
            expect_content(get(program.port, "small.html"), 200, page)
            shutil.rmtree(lab.root)
            other.rename(lab.root)
            expect_content(get(program.port, "page.html"), 200, content("page.html"))
        stops(program)
    return f"{rounds} times: 404 without it, the new one's files at once, the first one's again"


EXPERIMENTS = {
    "files": Experiment(
        "A file that changes while it is sent makes no wrong answer",
        "16 MB to a slow reader; meanwhile the file is removed, replaced, truncated",
        amid_sending,
    ),
    "root": Experiment(
        "The root may go and come back",
        "the folder is renamed away, another takes its place, the first comes back",
        root_replaced,
    ),
}
