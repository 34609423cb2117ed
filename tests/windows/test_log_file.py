"""The log file rotates although somebody looks at it."""

from __future__ import annotations

import pytest

from server_core import log_writer
from server_core.log_writer import FILES_KEPT, FileSink

LINE = "x" * 99
FILE_LINES = 20


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setattr(log_writer, "FILE_BYTES", FILE_LINES * 101)
    return tmp_path / "spindle.log"


def write(sink: FileSink, name: str, count: int) -> list[str]:
    lines = [f"{name} {number} {LINE}"[:99] for number in range(count)]
    for line in lines:
        sink.write([line])
    return lines


def kept(file) -> list[str]:
    """What the files hold, the oldest line first."""
    files = [file.with_name(f"{file.name}.{number}") for number in range(FILES_KEPT, 0, -1)]
    return [line for each in [*files, file] if each.exists() for line in each.read_text("utf-8").splitlines()]


def test_a_viewer_that_holds_the_file_open_costs_no_line(file):
    """Windows renames no file that another program has open without sharing its deletion, as most do."""
    sink = FileSink(file)
    before = write(sink, "before", 2 * FILE_LINES)
    with file.open("rb"):
        meanwhile = write(sink, "meanwhile", 2 * FILE_LINES)
    after = write(sink, "after", 5)
    sink.close()
    assert kept(file) == [*before, *meanwhile, *after]
