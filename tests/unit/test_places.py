"""Where the packaged program puts the sample site, and what it leaves alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from server_core import places
from server_core.command_line import make_config, make_parser, read_texts
from server_core.places import SAMPLE_SITE, copy_sample_site, default_root, is_portable
from tests.systems import WINDOWS

if TYPE_CHECKING:
    from server_core.config import Config


def read_config(program: str, arguments: list[str]) -> Config:
    return make_config(read_texts(program, arguments))


@pytest.fixture
def program(tmp_path, monkeypatch):
    """A folder as if the program were packaged there, and documents of the person's own."""
    folder = tmp_path / "program"
    folder.mkdir()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(folder / "spindle-server.exe"))
    monkeypatch.setattr(places, "documents_folder", lambda: tmp_path / "Documents")
    return folder


def test_the_sources_serve_the_sample_site_itself():
    assert default_root() == SAMPLE_SITE
    assert copy_sample_site(SAMPLE_SITE) == SAMPLE_SITE
    assert read_config("server.py", []).root == SAMPLE_SITE


def test_the_packaged_program_copies_the_sample_site_once(program, tmp_path):
    root = read_config("spindle-server.exe", []).root
    assert root == tmp_path / "Documents" / "Spindle site"
    assert (root / "index.html").read_bytes() == (SAMPLE_SITE / "index.html").read_bytes()
    assert (root / "uploads").is_dir()
    assert not (root / "icons").exists()
    (root / "index.html").write_text("mine", encoding="utf-8")
    assert read_config("spindle-server.exe", []).root == root
    assert (root / "index.html").read_text(encoding="utf-8") == "mine"
    assert [each.name for each in root.parent.iterdir()] == ["Spindle site"]


def test_whoever_names_a_folder_gets_no_copy(program, tmp_path):
    assert read_config("spindle-server.exe", ["--root", str(tmp_path)]).root == tmp_path
    assert not (tmp_path / "Documents").exists()


def test_help_names_the_copy_without_making_it(program, tmp_path):
    help_text = "".join(make_parser("spindle-server.exe").format_help().split())
    assert "".join(str(tmp_path / "Documents" / "Spindle site").split()) in help_text
    assert not (tmp_path / "Documents").exists()


def test_a_marker_makes_the_program_portable(program):
    assert not is_portable()
    (program / places.PORTABLE_MARKER).touch()
    assert is_portable()
    assert default_root() == program / "Spindle site"


def test_what_cannot_be_written_in_the_program_can_in_the_copy(tmp_path, monkeypatch):
    source = tmp_path / "resources"
    source.mkdir()
    (source / "index.html").write_bytes(b"x")
    (source / "index.html").chmod(0o444)
    monkeypatch.setattr(places, "SAMPLE_SITE", source)
    copy = copy_sample_site(tmp_path / "copy")
    assert os.access(copy / "index.html", os.W_OK)
    assert (copy / "index.html").stat().st_mode & 0o200


def test_where_nothing_can_be_written_the_original_is_offered(tmp_path):
    blocker = tmp_path / "file"
    blocker.touch()
    assert copy_sample_site(blocker / "site") == SAMPLE_SITE


@WINDOWS
def test_windows_names_the_documents():
    documents = places.documents_folder()
    assert documents.is_absolute()
    assert documents.is_dir()
    assert documents != Path.home()


@pytest.mark.skipif(sys.platform == "win32", reason="how other desktops name the documents")
@pytest.mark.parametrize(
    ("text", "documents"),
    [
        ('XDG_DOCUMENTS_DIR="$HOME/Dokumente"\n', "{home}/Dokumente"),
        ('# comment\nXDG_DESKTOP_DIR="$HOME/x"\nXDG_DOCUMENTS_DIR="/data/papers"\n', "/data/papers"),
        ('XDG_DOCUMENTS_DIR="$HOME/"\n', "{home}"),
        ('#XDG_DOCUMENTS_DIR="$HOME/Papers"\n', "{home}"),
        ('XDG_DOCUMENTS_DIR="relative"\n', "{home}"),
        (None, "{home}"),
    ],
)
def test_other_desktops_name_them_in_a_file(text, documents, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    if text is not None:
        (tmp_path / ".config").mkdir()
        (tmp_path / ".config" / "user-dirs.dirs").write_text(text, encoding="utf-8")
    assert places.documents_folder() == Path(documents.format(home=tmp_path))
