"""The wall clock, moved under the server."""

from __future__ import annotations

import email.utils
import shutil
import struct
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from soak import site
from soak.experiments.lab import Experiment, Lab, NotHereError, get, saves, serves, stops
from soak.visitor import expect, expect_content
from soak.wire import Line

if TYPE_CHECKING:
    from pathlib import Path

# Only the server's own clock is moved, by as many seconds as the first eight octets of a file say: the
# machine's is everybody's.
SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int64_t shift_s(void) {
    static volatile int64_t *shared;
    if (!shared) {
        int fd = open(getenv("SOAK_CLOCK"), O_RDONLY);
        shared = mmap(0, 8, PROT_READ, MAP_SHARED, fd, 0);
        close(fd);
    }
    return *shared;
}

int clock_gettime(clockid_t which, struct timespec *out) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int status = real(which, out);
    if (!status && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) out->tv_sec += shift_s();
    return status;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *out, void *zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    out->tv_sec = now.tv_sec;
    out->tv_usec = now.tv_nsec / 1000;
    return 0;
}
"""
HOUR_S, YEAR_S = 3_600, 365 * 86_400
SHIFTS_S = (0, HOUR_S, -HOUR_S, YEAR_S, -YEAR_S, 1, -1, 0)
# The header shows whole seconds, and is made once a second.
TOLERANCE_S = 3.0


def moved(lab: Lab) -> str:
    clock, library = lab.work / "clock", _compiled(lab.work)
    rounds = lab.rounds(1, 10)
    _move(clock, 0)
    env = {"LD_PRELOAD": str(library), "SOAK_CLOCK": str(clock)}
    with lab.program("--keep-alive-timeout", "60", env=env) as program, Line(program.port) as stays:
        for number in range(rounds):
            for shift_s in SHIFTS_S:
                _move(clock, shift_s)
                time.sleep(1.1)  # a kept answer has its date for a second
                _check_date(stays, shift_s)
                serves(program.port)
                saves(lab, program.port, site.parcel(f"clock-{number}-{shift_s}", 5_000))
                _check_change(lab, program.port)
        stops(program)
    return f"{rounds * len(SHIFTS_S)} jumps of up to a year, one connection kept throughout"


def _move(clock: Path, shift_s: int) -> None:
    if not clock.exists():
        clock.write_bytes(bytes(8))
    with clock.open("r+b") as file:
        file.write(struct.pack("=q", shift_s))


def _check_date(stays: Line, shift_s: int) -> None:
    """The kept connection outlives the jump, and the date follows the clock."""
    stays.send(stays.head("GET /small.html HTTP/1.1"))
    answer = stays.answer()
    expect_content(answer, 200, site.content("small.html"))
    said_s = email.utils.parsedate_to_datetime(answer.fields["date"]).timestamp()
    off_s = said_s - (time.time() + shift_s)
    expect(abs(off_s) < TOLERANCE_S, f"the date is {off_s:.0f} s off the clock")


def _check_change(lab: Lab, port: int) -> None:
    """Nothing out of date is served, whatever the clock makes of the files' times."""
    for number in range(3):
        site.replace(lab.root / site.CHANGING, site.edition(number))
        for _ in range(2):
            expect_content(get(port, site.CHANGING), 200, site.edition(number))


def _compiled(work: Path) -> Path:
    if sys.platform != "linux":
        raise NotHereError("only Linux lets a library stand between a program and its clock")
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise NotHereError("there is no C compiler to make the library that moves the clock")
    source, library = work / "clock.c", work / "clock.so"
    source.write_text(SHIM, "ascii")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True)
    return library


EXPERIMENTS = {
    "clock": Experiment(
        "The clock may jump",
        "the server's wall clock goes forwards and back by seconds, hours and years while it serves",
        moved,
    ),
}
