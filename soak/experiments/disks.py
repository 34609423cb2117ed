"""Disks that are full."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from soak import site
from soak.experiments.lab import Experiment, Lab, post, saves, serves, small_disk, stops, until
from soak.site import KIB, MIB
from soak.visitor import expect, expect_content
from soak.wire import Line

if TYPE_CHECKING:
    from pathlib import Path

ASKED = 3_000


def full_disk(lab: Lab) -> str:
    site.make_site(lab.root)
    with small_disk(lab.root / site.UPLOADS, 4 * MIB), lab.program() as program:
        saved = refused = 0
        for number in range(lab.rounds(60, 600)):
            body = site.parcel(f"full-{number}", 200 * KIB + number)
            answer = post(program.port, body)
            expect(answer.status in {201, 507}, f"201 or 507 was due, {answer.status} came")
            saved += answer.status == 201
            refused += answer.status == 507
            if answer.status == 201:
                where = lab.root / answer.fields["location"][1:]
                expect(where.read_bytes() == body, "a confirmed upload is torn")
            elif number % 5 == 0:  # room for one more
                next((lab.root / site.UPLOADS).iterdir()).unlink()
        serves(program.port)
        torn = site.torn_uploads(lab.root)
        expect(saved and refused and not torn, f"{saved} saved, {refused} refused, left: {torn[:3]}")
        for file in (lab.root / site.UPLOADS).iterdir():
            file.unlink()
        saves(lab, program.port, site.parcel("room", 200 * KIB))
        stops(program)
    return f"{saved} saved and whole, {refused} refused with 507, nothing left of those; well again with room"


def full_log_disk(lab: Lab) -> str:
    folder = lab.work / "log"
    folder.mkdir()
    with small_disk(folder, MIB) as resize:
        log = folder / "spindle.log"
        with lab.program("--log-file", str(log), "--log-format", "json") as program:
            _ask(program.port)
            resize(32 * MIB)
            until(lambda: "log lines were dropped" in log.read_text("utf-8", "replace"), "nothing said so")
            stops(program)
        whole, dropped = _read(log)
    missing = ASKED - whole
    expect(
        0 < missing <= dropped, f"of {ASKED} requests {whole} are on record and {dropped} lines were dropped"
    )
    return f"{ASKED} requests answered; {whole} on record, {dropped} lines said to be dropped; on with room"


def _ask(port: int) -> None:
    for _ in range(ASKED // 100):
        with Line(port) as line:
            for _ in range(100):
                line.send(line.head("GET /small.html HTTP/1.1"))
                expect_content(line.answer(), 200, site.content("small.html"))


def _read(log: Path) -> tuple[int, int]:
    """Requests on record, and lines said to be dropped. Every line must be whole."""
    whole = dropped = 0
    for text in log.read_text("utf-8").splitlines():
        record = json.loads(text)
        whole += record["status"] == 200
        if found := re.match(r"(\d+) log lines were dropped", record["message"]):
            dropped += int(found[1])
    return whole, dropped


EXPERIMENTS = {
    "full-disk": Experiment(
        "A full disk costs no upload that was confirmed",
        "the folder for uploads is a disk of 4 MiB, and uploads of 200 KiB come until it is full and on",
        full_disk,
    ),
    "full-log-disk": Experiment(
        "A full log disk delays nobody, and the log says what it lacks",
        f"the log lies on a disk of 1 MiB, {ASKED} requests; then the disk grows",
        full_log_disk,
    ),
}
