"""Files that are read again when they change: when that is looked for, and what counts as a change."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from server_core.watch import LOOK_S, Watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LATER = 2_000_000_000


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "file").write_bytes(b"one")
    return tmp_path / "file"


def write(file: Path, octets: bytes) -> None:
    file.write_bytes(octets)


def replace(file: Path) -> None:
    other = file.with_name("other")
    other.write_bytes(b"two")
    os.utime(other, ns=(file.stat().st_mtime_ns, file.stat().st_mtime_ns))
    other.replace(file)


CHANGES: dict[str, Callable[[Path], None]] = {
    "written to": lambda file: write(file, b"longer"),
    "of another time": lambda file: os.utime(file, (LATER, LATER)),
    "replaced by one of the same size and time": replace,
    "gone": lambda file: file.unlink(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_told_once_and_so_is_the_way_back(file: Path, change):
    clock, told = Clock(), []
    watch = Watch(file, file.with_name("absent"), clock=clock)
    for step in (lambda _file: None, change, lambda _file: None, lambda file: file.write_bytes(b"again")):
        step(file)
        clock.now_s += LOOK_S
        watch.look(lambda: told.append(clock.now_s))
    assert told == [2 * LOOK_S, 4 * LOOK_S]


def test_nobody_looks_twice_within_the_interval(file: Path):
    clock, told = Clock(), []
    watch = Watch(file, clock=clock)
    file.write_bytes(b"another")
    for now_s in (0.0, LOOK_S * 0.99):
        clock.now_s = now_s
        watch.look(lambda: told.append(1))
    assert told == []
    clock.now_s = LOOK_S
    watch.look(lambda: told.append(1))
    assert told == [1]


def test_while_one_thread_reads_no_other_does_nor_waits(file: Path):
    clock = Clock()
    told: list[str] = []
    watch = Watch(file, clock=clock)
    file.write_bytes(b"another")
    clock.now_s = LOOK_S

    def read() -> None:
        told.append("one")
        file.write_bytes(b"and another again")
        clock.now_s += LOOK_S
        other = threading.Thread(target=watch.look, args=(lambda: told.append("two"),))
        other.start()
        other.join(20)
        assert not other.is_alive()

    watch.look(read)
    assert told == ["one"]


def test_a_reader_that_fails_keeps_nobody_from_looking(file: Path):
    clock = Clock()
    watch = Watch(file, clock=clock)
    told: list[str] = []

    def change(on_change: Callable[[], None]) -> None:
        file.write_bytes(file.read_bytes() + b" and more")
        clock.now_s += LOOK_S
        watch.look(on_change)

    def fail() -> None:
        raise ValueError("unreadable")

    with pytest.raises(ValueError, match="unreadable"):
        change(fail)
    change(lambda: told.append("read"))
    assert told == ["read"]
