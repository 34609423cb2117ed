"""Starting, stopping, being killed, and sharing a port."""

from __future__ import annotations

import json
import os
import random
import subprocess
import threading
import time
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote

from soak import site
from soak.experiments.lab import Experiment, Lab, get, post, serves, stops
from soak.program import PROJECT, Program
from soak.visitor import expect, expect_content
from soak.wire import Line, LostError

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = (60, 5_000, 100_000, 1_500_000)
FLUSHED = 9 * 1024 * 1024
"""So large that a part of it is on the disk before the rest has come."""
CLIENTS = 8
STOP_WITHIN_S = 15.0
SETTLED_LIFE = 5
"""The life from which on nothing may grow: by then everything has been loaded once."""
GROWTH_MIB = 2.0


def killed(lab: Lab) -> str:
    return _killed(lab, lab.rounds(20, 1_000), _upload)


def killed_files(lab: Lab) -> str:
    return _killed(
        lab, lab.rounds(10, 200), _send_file, "--profile", "website", "--receive-files", "--min-free", "0"
    )


def _killed(lab: Lab, rounds: int, send: Callable[..., None], *options: str) -> str:
    """A new server on the same folder each time, killed at a moment that chance chooses."""
    chance = random.Random(rounds)
    saved: dict[str, bytes] = {}
    begun = confirmed = 0
    for number in range(rounds):
        with lab.program(*options) as program:
            uploads = _Clients(partial(send, program, number, saved))
            time.sleep(chance.uniform(0.0, 0.25))
            program.process.kill()
            program.process.wait()
            uploads.join()
        begun += uploads.turns
        confirmed += len(saved)
        _check(lab, saved)
    with lab.program(*options) as program:
        serves(program.port)
        torn = site.torn_uploads(lab.root)
        expect(not torn, f"a new start left {torn[:3]}")
        stops(program)
    return f"{rounds:,} times amid {begun:,} uploads: {confirmed:,} were confirmed and all of them are whole"


def _check(lab: Lab, saved: dict[str, bytes]) -> None:
    """What was confirmed is there, what is there is whole; hidden parts go with the next start."""
    for where, body in saved.items():
        file = lab.root / where[1:]
        expect(file.is_file() and file.read_bytes() == body, f"{where} was confirmed and is not whole")
    saved.clear()
    for name in site.torn_uploads(lab.root):
        expect(name.startswith(".") and name.endswith(".part"), f"{name} is torn")
    for file in (lab.root / site.UPLOADS).iterdir():
        if not file.name.startswith("."):
            file.unlink()


def _upload(program: Program, number: int, saved: dict[str, bytes], turn: str) -> None:
    body = site.parcel(f"{number}-{turn}", random.choice(SIZES))
    answer = post(program.port, body)
    expect(answer.status == 201, f"201 was due, {answer.status} came")
    saved[answer.fields["location"]] = body


def _send_file(program: Program, number: int, saved: dict[str, bytes], turn: str) -> None:
    """All of them under one name."""
    body = site.parcel(f"{number}-{turn}", random.choice((*SIZES, FLUSHED)))
    with Line(program.port) as line:
        line.send(line.head("PUT /upload/photo.jpg HTTP/1.1", f"Content-Length: {len(body)}") + body)
        answer = line.answer()
    expect(answer.status == 201, f"201 was due, {answer.status} came")
    saved[unquote(answer.fields["location"])] = body


class _Clients:
    """Some threads that repeat one thing until the server is gone."""

    def __init__(self, act: Callable[[str], None]) -> None:
        self.turns = 0
        self.faults: list[BaseException] = []
        self._act = act
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def _run(self, number: int) -> None:
        turn = 0
        while True:
            turn += 1
            try:
                self._act(f"{number}-{turn}")
            except LostError as error:
                if not error.idle:
                    self.faults.append(error)
                break
            except OSError:
                break
            except BaseException as error:
                self.faults.append(error)
                break
        self.turns += turn

    def join(self) -> None:
        for thread in self._threads:
            thread.join()


def stopped(lab: Lab) -> str:
    """SIGTERM amid uploads and downloads: what has begun is finished, and nobody is told half of it."""
    rounds = lab.rounds(3, 60)
    chance = random.Random(rounds)
    longest_s, turns = 0.0, 0
    for number in range(rounds):
        saved: dict[str, bytes] = {}
        with lab.program() as program:
            clients = _Clients(partial(_upload_or_download, program, number, saved))
            time.sleep(chance.uniform(0.2, 0.7))
            began_s = time.monotonic()
            stops(program)
            took_s = time.monotonic() - began_s
            clients.join()
        expect(not clients.faults, f"a client met {clients.faults[:2]}")
        expect(took_s < STOP_WITHIN_S, f"it took {took_s:.1f} s")
        expect(not site.torn_uploads(lab.root), "a torn upload is left")
        _check(lab, saved)
        longest_s, turns = max(longest_s, took_s), turns + clients.turns
    return f"{rounds} times amid {turns:,} requests: status 0, no half answers, at most {longest_s:.1f} s"


def _upload_or_download(program: Program, number: int, saved: dict[str, bytes], turn: str) -> None:
    if turn.endswith(("0", "2", "4", "6", "8")):
        _upload(program, number, saved, turn)
    else:
        expect_content(get(program.port, "large.txt"), 200, site.content("large.txt"))


def one_process(lab: Lab) -> str:
    site.make_site(lab.root)
    command = [lab.python, "-m", "soak.experiments.twenty", str(lab.root)]
    # One memory pool for all threads: glibc makes more as it likes, and what is free in one is of no use to
    # another.
    env = {**os.environ, "MALLOC_ARENA_MAX": "1"}
    done = subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=300, env=env
    )
    expect(done.returncode == 0, f"it ended with status {done.returncode}: {done.stderr[-500:]}")
    lives = [json.loads(line) for line in done.stdout.splitlines()]
    settled, last = lives[SETTLED_LIFE - 1], lives[-1]
    for what in ("threads", "descriptors"):
        expect(len({life[what] for life in lives}) == 1, f"{what}: {[life[what] for life in lives]}")
    grown_mib = last["memory_mib"] - settled["memory_mib"]
    expect(grown_mib <= GROWTH_MIB, f"memory grew by {grown_mib:.1f} MiB from life {SETTLED_LIFE} on")
    return (
        f"{len(lives)} lives, {last['requests']} requests in each: always {last['threads']} thread and "
        f"{last['descriptors']} descriptors left, {grown_mib:+.1f} MiB from life {SETTLED_LIFE} on"
    )


def one_port(lab: Lab) -> str:
    rounds = lab.rounds(3, 20)
    for _ in range(rounds):
        with lab.program() as first:
            second = subprocess.run(
                [lab.python, str(PROJECT / "server.py"), str(first.port), "--root", str(lab.root)],
                capture_output=True, text=True, check=False, timeout=60, cwd=PROJECT,
            )  # fmt: skip
            expect(second.returncode == 3, f"the second one ended with status {second.returncode}")
            expect(str(first.port) in second.stderr, f"the second one said {second.stderr!r}")
            serves(first.port)
            stops(first)
    return f"{rounds} times: the second one ends with status 3 and says why, the first one goes on"


EXPERIMENTS = {
    "kill": Experiment(
        "kill -9 tears no upload and loses none that was confirmed",
        f"{CLIENTS} clients upload up to 1.5 MB until it is killed; the next one starts on the same folder",
        killed,
    ),
    "kill-files": Experiment(
        "kill -9 tears no file that is received and loses none that was confirmed",
        f"{CLIENTS} clients send files of up to 9 MB by PUT, all under one name, until it is killed",
        killed_files,
    ),
    "stop": Experiment(
        "A stop in the middle of everything finishes what has begun",
        f"{CLIENTS} clients upload and download without a pause when it is asked to stop",
        stopped,
    ),
    "lives": Experiment(
        "Twenty starts and stops in one process leave nothing",
        "threads, descriptors, memory after each; requests, uploads and a client that stays in between",
        one_process,
    ),
    "port": Experiment(
        "Two programs never share a port", "a second one is started on the port of the first", one_port
    ),
}
