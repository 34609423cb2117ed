"""The real name of an open file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from server_core import final_path as module
from server_core.final_path import final_path
from tests.links import link


@pytest.fixture
def opened(site):
    name = os.path.realpath(site / "sample.txt")
    fd = os.open(name, os.O_RDONLY)
    yield fd, name
    os.close(fd)


def test_a_plain_file(opened):
    fd, name = opened
    assert os.path.normcase(final_path(fd, name)) == os.path.normcase(name)


def test_what_was_opened_counts_and_not_what_was_asked_for(site):
    link(site / "again", site / "docs")
    asked = str(site / "again" / "index.html")
    fd = os.open(asked, os.O_RDONLY)
    try:
        assert final_path(fd, asked) == os.path.realpath(site / "docs" / "index.html")
    finally:
        os.close(fd)


def test_without_proc_the_name_must_still_lead_to_the_file(opened, site):
    """Containers without /proc, and other systems."""
    fd, name = opened
    assert Path(module._path_of_same_file(fd, name)).samefile(name)
    (site / "new").write_bytes(b"new")
    if sys.platform == "win32":
        name = str(site / "new")  # an open file can't be replaced there
    else:
        (site / "new").replace(name)
    with pytest.raises(FileNotFoundError):
        module._path_of_same_file(fd, name)


def test_a_closed_descriptor_is_an_error(site):
    fd = os.open(site / "sample.txt", os.O_RDONLY)
    os.close(fd)
    with pytest.raises(OSError):
        final_path(fd, str(site / "sample.txt"))
