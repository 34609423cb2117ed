from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gui import app, paths
from gui.options import Options
from server_core.places import PORTABLE_MARKER


def test_settings_and_logs_live_in_the_person_s_folders(own_folders):
    assert own_folders in paths.settings_file().parents
    assert own_folders in paths.log_folder().parents
    assert paths.settings_file().name == "spindle.ini"


@pytest.mark.skipif(sys.platform == "win32", reason="XDG is for other systems")
def test_a_relative_xdg_folder_is_ignored(monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", "here")
    assert paths.settings_file() == Path.home() / ".config" / "spindle" / "spindle.ini"


def test_a_marker_makes_the_program_portable(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "Spindle.exe"))
    (tmp_path / PORTABLE_MARKER).touch()
    assert paths.settings_file() == tmp_path / "data" / "spindle.ini"
    assert paths.log_folder() == tmp_path / "data"


def test_the_sample_site_is_copied_for_whoever_has_no_folder_yet(tmp_path, monkeypatch):
    monkeypatch.setattr(app, "default_root", lambda: tmp_path / "Spindle site")
    settings = app.load_settings(Options())
    assert settings.server["root"] == str(tmp_path / "Spindle site")
    assert (tmp_path / "Spindle site" / "index.html").is_file()


def test_whoever_has_a_folder_gets_no_copy_of_the_sample_site(tmp_path, monkeypatch):
    monkeypatch.setattr(app, "default_root", lambda: tmp_path / "Spindle site")
    settings = app.load_settings(Options({"root": str(tmp_path)}))
    assert settings.server["root"] == str(tmp_path)
    assert not (tmp_path / "Spindle site").exists()


def test_the_icon_is_there():
    assert paths.ICON.is_file()
