from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gui import paths
from server_core.config import SAMPLE_SITE


@pytest.fixture
def program(tmp_path, monkeypatch):
    """A folder as if the program were packaged there."""
    folder = tmp_path / "program"
    folder.mkdir()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(folder / "Spindle.exe"))
    return folder


def test_settings_and_logs_live_in_the_person_s_folders(own_folders):
    assert own_folders in paths.settings_file().parents
    assert own_folders in paths.log_folder().parents
    assert paths.settings_file().name == "spindle.ini"


@pytest.mark.skipif(sys.platform == "win32", reason="XDG is for other systems")
def test_a_relative_xdg_folder_is_ignored(monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", "here")
    assert paths.settings_file() == Path.home() / ".config" / "spindle" / "spindle.ini"


def test_a_marker_makes_the_program_portable(program):
    assert not paths.is_portable()
    (program / paths.PORTABLE_MARKER).touch()
    assert paths.settings_file() == program / "data" / "spindle.ini"
    assert paths.log_folder() == program / "data"
    assert paths.default_root() == program / "Spindle site"


def test_the_sources_serve_the_sample_site_itself():
    assert paths.default_root() == SAMPLE_SITE


def test_the_packaged_program_copies_the_sample_site_once(program, tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "_documents", lambda: tmp_path / "Documents")
    root = paths.default_root()
    assert root == tmp_path / "Documents" / "Spindle site"
    assert (root / "index.html").read_bytes() == (SAMPLE_SITE / "index.html").read_bytes()
    assert (root / "uploads").is_dir()
    assert not (root / "icons").exists()
    (root / "index.html").write_text("mine", encoding="utf-8")
    assert paths.default_root() == root
    assert (root / "index.html").read_text(encoding="utf-8") == "mine"
    assert [each.name for each in root.parent.iterdir()] == ["Spindle site"]


def test_where_nothing_can_be_written_the_original_is_offered(tmp_path):
    blocker = tmp_path / "file"
    blocker.touch()
    assert paths.copy_sample_site(blocker / "site") == SAMPLE_SITE


def test_documents_is_a_folder_that_qt_names(qapp):
    assert paths._documents().is_absolute()


def test_the_icon_is_there():
    assert paths.ICON.is_file()
