"""Opening a file to send it hinders nobody who works on that file."""

from __future__ import annotations

import os

import pytest

from server_core.open_file import open_file
from tests.systems import WINDOWS


@pytest.fixture
def opened(tmp_path):
    file = tmp_path / "page ä.html"
    file.write_bytes(b"0123456789")
    fd = open_file(str(file))
    yield fd, file
    os.close(fd)


def test_it_is_read_as_it_is(tmp_path):
    data = bytes(range(256)) + b"\r\n\x1a\n"
    (tmp_path / "x").write_bytes(data)
    fd = open_file(str(tmp_path / "x"))
    assert os.read(fd, 1000) == data
    assert not os.get_inheritable(fd)
    with pytest.raises(OSError):
        os.write(fd, b"x")
    os.close(fd)


def test_it_can_be_renamed_and_another_put_in_its_place(opened):
    fd, file = opened
    file.rename(file.with_name("old.html"))
    file.write_bytes(b"new")
    assert os.read(fd, 100) == b"0123456789"
    assert file.read_bytes() == b"new"


def test_it_can_be_written_to(opened):
    fd, file = opened
    file.write_bytes(b"changed")
    assert os.read(fd, 100) == b"changed"


def test_it_can_be_deleted(opened):
    fd, file = opened
    file.unlink()
    assert os.read(fd, 100) == b"0123456789"


def test_a_missing_file_is_told_from_one_that_may_not_be_read(tmp_path):
    with pytest.raises(FileNotFoundError):
        open_file(str(tmp_path / "missing"))


@WINDOWS
def test_what_another_program_keeps_to_itself_is_a_permission_error(tmp_path):
    import ctypes

    file = tmp_path / "kept"
    file.write_bytes(b"x")
    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel32.CreateFileW.restype = ctypes.c_void_p
    handle = kernel32.CreateFileW(str(file), 0x8000_0000, 0, None, 3, 0, None)
    try:
        with pytest.raises(PermissionError):
            open_file(str(file))
    finally:
        kernel32.CloseHandle(ctypes.c_void_p(handle))
