"""The thread that writes: files rotate, nothing that is full or closed stops it, and losses are told."""

from __future__ import annotations

import io
import logging
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from server_core import log_writer
from server_core.events import INFO, LIFECYCLE, Event, EventLog
from server_core.log_format import text_lines
from server_core.log_writer import FILES_KEPT, ConsoleSink, FileSink, LogWriter
from tests.functional.live import until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server_core.events import Record

FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason=f"{sys.platform} has no /dev/full")


class Lines:
    """A sink that keeps what it is given, unless it is told to refuse."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.refuses = False
        self.refused = 0
        self.closed = False

    def write(self, lines: list[str]) -> None:
        if self.refuses:
            self.refused += 1
            raise OSError(28, "No space left on device")
        self.lines += lines

    def close(self) -> None:
        self.closed = True


def say(log: EventLog, message: str) -> None:
    log.emit(Event(0.0, INFO, LIFECYCLE, message=message))


def dropped_lines(lines: list[str]) -> list[str]:
    return [line.partition("lifecycle: ")[2] for line in lines if "dropped" in line]


@pytest.fixture
def log():
    return EventLog()


def test_everything_arrives_in_order_in_every_sink_when_it_is_closed(log):
    sinks = [Lines(), Lines()]
    writer = LogWriter(log, list(sinks), text_lines)
    for number in range(5_000):
        say(log, f"line {number}.")
    writer.close()
    for sink in sinks:
        assert [line.rpartition("lifecycle: ")[2] for line in sink.lines] == [
            f"line {n}." for n in range(5_000)
        ]
        assert sink.closed
    assert "Log writer" not in [thread.name for thread in threading.enumerate()]


def test_lines_arrive_while_it_runs(log):
    sink = Lines()
    writer = LogWriter(log, [sink], text_lines)
    say(log, "now")
    until(lambda: sink.lines)
    writer.close()


def test_a_full_queue_is_told_with_its_exact_count(log, monkeypatch):
    sink, held = Lines(), threading.Event()
    monkeypatch.setattr(log_writer, "DRAIN_INTERVAL_S", 0.01)
    monkeypatch.setattr(log, "subscribe", lambda: EventLog.subscribe(log, 10))

    def slow_lines(records: Sequence[Record]) -> list[str]:
        held.wait()
        return text_lines(records)

    writer = LogWriter(log, [sink], slow_lines)
    until(lambda: [say(log, "until it is full"), writer._subscription.dropped_rows][1])
    emitted = writer._subscription.dropped_rows + writer._subscription.waiting_rows
    for _ in range(100):
        say(log, "too many")
    held.set()
    dropped = writer._subscription.dropped_rows
    assert dropped >= 100
    assert emitted >= 10
    writer.close()
    assert dropped_lines(sink.lines) == [f"{dropped} log lines were dropped, {dropped} in all"]


def test_a_sink_that_refuses_for_a_while_is_told_its_own_losses_once(log, monkeypatch):
    """And the other sink is told nothing, for it has missed nothing."""
    monkeypatch.setattr(log_writer, "DRAIN_INTERVAL_S", 0.01)
    sick, sound = Lines(), Lines()
    sick.refuses = True
    writer = LogWriter(log, [sick, sound], text_lines)
    for number in range(3):
        say(log, f"lost {number}")
    until(lambda: len(sound.lines) == 3)
    before = sick.refused
    until(lambda: sick.refused > before + 20 or not sick.refused)  # it has tried again many times
    sick.refuses = False
    until(lambda: sick.lines)
    say(log, "kept")
    writer.close()
    assert dropped_lines(sick.lines) == ["3 log lines were dropped, 3 in all"]
    assert sick.lines[-1].endswith("kept")
    assert dropped_lines(sound.lines) == []
    assert len(sound.lines) == 4


@FULL
def test_a_full_disk_ends_nothing(log):
    sink = Lines()
    writer = LogWriter(log, [FileSink(Path("/dev/full")), sink], text_lines)
    say(log, "one")
    until(lambda: sink.lines)
    say(log, "two")
    until(lambda: len(sink.lines) == 2)
    writer.close()
    assert "Log writer" not in [thread.name for thread in threading.enumerate()]


@FULL
def test_a_full_disk_reaches_the_writer():
    sink = FileSink(Path("/dev/full"))
    with pytest.raises(OSError, match="No space"):
        sink.write(["a line"])
    sink.close()  # nothing is held back that would have to be written


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no file's size")
def test_a_disk_that_takes_half_a_line_has_none_of_it(tmp_path: Path):
    import resource

    file = tmp_path / "log"
    sink = FileSink(file)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    sink.write(["a line that fits"])
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            sink.write(["a line that does not " * 5_000])
        sink.write(["one that does"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    sink.write(["and all of them again"])
    sink.close()
    assert file.read_text("utf-8").splitlines() == [
        "a line that fits",
        "one that does",
        "and all of them again",
    ]


def test_a_sink_that_hangs_is_given_up(log):
    class Hanging(Lines):
        go_on = threading.Event()

        def write(self, lines: list[str]) -> None:
            self.go_on.wait()

    sink = Hanging()
    writer = LogWriter(log, [sink], text_lines)
    say(log, "held")
    start_s = time.monotonic()
    assert not writer.close(deadline_s=0.2)
    assert time.monotonic() - start_s < 5
    sink.go_on.set()
    assert writer.close()


def test_a_sink_that_is_slow_gets_all(log, monkeypatch):
    monkeypatch.setattr(log_writer, "BATCH_ROWS", 1)
    monkeypatch.setattr(log_writer, "BATCHES", 1_000)

    class Slow(Lines):
        def write(self, lines: list[str]) -> None:
            time.sleep(0.01)
            super().write(lines)

    sink = Slow()
    writer = LogWriter(log, [sink], text_lines)
    for number in range(60):
        say(log, str(number))
    assert writer.close(deadline_s=0.3)  # half of what all of it takes
    assert len(sink.lines) == 60


class TestConsole:
    def test_lines(self):
        stream = io.TextIOWrapper(io.BytesIO(), "utf-8", newline="\n")
        ConsoleSink(stream).write(["one", "zwei é"])
        assert stream.buffer.getvalue() == "one\nzwei é\n".encode()

    @pytest.mark.parametrize("encoding", ["ascii", "cp437", "cp1252"])
    def test_a_letter_that_the_console_lacks_is_escaped(self, encoding):
        stream = io.TextIOWrapper(io.BytesIO(), encoding, newline="\n")
        ConsoleSink(stream).write(["a€\U0001f600b"])
        assert b"\\U0001f600" in stream.buffer.getvalue()

    def test_a_closed_console_is_a_lost_line(self, log, monkeypatch):
        monkeypatch.setattr(log_writer, "DRAIN_INTERVAL_S", 0.01)
        stream, sink = io.TextIOWrapper(io.BytesIO(), "utf-8"), Lines()
        stream.close()
        writer = LogWriter(log, [ConsoleSink(stream), sink], text_lines)
        say(log, "still there")
        until(lambda: sink.lines)
        writer.close()


class TestFileSink:
    def test_it_rotates_and_keeps_five(self, tmp_path, monkeypatch):
        monkeypatch.setattr(log_writer, "FILE_BYTES", 1_000)
        sink = FileSink(tmp_path / "a.log")
        for number in range(200):
            sink.write([f"{number:03} " + "x" * 90])
        sink.close()
        files = sorted(path.name for path in tmp_path.iterdir())
        assert files == ["a.log"] + [f"a.log.{number}" for number in range(1, FILES_KEPT + 1)]
        assert all(path.stat().st_size <= 1_000 for path in tmp_path.iterdir())
        newest = (tmp_path / "a.log").read_text("utf-8").splitlines()
        assert newest[-1].startswith("199 ")
        # No line is torn by a rotation and none is there twice.
        lines = [line for path in tmp_path.iterdir() for line in path.read_text("utf-8").splitlines()]
        assert all(len(line) == 94 for line in lines)
        assert len(set(lines)) == len(lines)

    def test_a_batch_that_no_file_may_hold_has_one_of_its_own(self, tmp_path, monkeypatch):
        monkeypatch.setattr(log_writer, "FILE_BYTES", 100)
        sink = FileSink(tmp_path / "a.log")
        for letter in "abc":
            sink.write([letter * 150])
        sink.close()
        newest_first = [(tmp_path / name).read_text("utf-8")[0] for name in ("a.log", "a.log.1", "a.log.2")]
        assert newest_first == ["c", "b", "a"]

    def test_the_contract_of_rotation(self):
        assert (log_writer.FILE_BYTES, FILES_KEPT) == (10 * 1024 * 1024, 5)

    def test_it_goes_on_where_an_earlier_run_ended(self, tmp_path):
        for text in ("one", "two"):
            sink = FileSink(tmp_path / "a.log")
            sink.write([text])
            sink.close()
        assert (tmp_path / "a.log").read_text("utf-8").split() == ["one", "two"]

    def test_what_utf_8_can_not_hold_is_escaped(self, tmp_path):
        sink = FileSink(tmp_path / "a.log")
        sink.write(["a\ud800b"])
        sink.close()
        assert (tmp_path / "a.log").read_bytes().strip() == b"a\\ud800b"

    def test_a_file_that_can_not_be_opened_is_an_error_at_once(self, tmp_path):
        with pytest.raises(OSError):
            FileSink(tmp_path)

    def test_a_percent_sign_is_no_format(self, tmp_path):
        sink = FileSink(tmp_path / "a.log")
        sink.write(["100%s %d"])
        sink.close()
        assert (tmp_path / "a.log").read_text("utf-8").strip() == "100%s %d"

    def test_logging_itself_is_left_alone(self, tmp_path):
        sink = FileSink(tmp_path / "a.log")
        assert not [handler for handler in logging.getLogger().handlers if "a.log" in repr(handler)]
        sink.close()
