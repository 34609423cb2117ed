from __future__ import annotations

import pytest

from gui.settings import RECENT_FOLDERS, Settings
from server_core.config import Config
from server_core.config_file import read_config_file


@pytest.fixture
def path(tmp_path):
    return tmp_path / "config" / "spindle.ini"


def test_everything_comes_back(path, tmp_path):
    settings = Settings(
        path,
        {
            "root": str(tmp_path / "100 % of it"),
            "port": "8081",
            "allow_hosts": "a.test, *.b.test",
            "max_body_bytes": "5",
        },
        ["/one", "/two words"],
        {"page": "workers", "keep-awake": "no"},
    )
    settings.pack("geometry", b"\x00\xff")
    settings.save()
    assert Settings.load(path) == settings
    assert Settings.load(path).packed("geometry") == b"\x00\xff"


def test_values_that_hold_commas_stay_apart_and_others_on_one_line(path):
    lines = "X-A: 1, 2\nSet-Cookie: a=b; Path=/"
    texts = {"profile": "website", "headers": f"{lines}\n\n", "allow_hosts": "a.test,\nb.test"}
    Settings(path, texts, saved={"other": texts}).save()
    kept = {"profile": "website", "headers": lines, "allow_hosts": "a.test, b.test"}
    assert Settings.load(path) == Settings(path, kept, saved={"other": kept})
    assert Config.from_text(read_config_file(path)).headers == tuple(lines.split("\n"))


def test_a_missing_file_is_a_first_start(path):
    assert Settings.load(path) == Settings(path)


def test_the_server_reads_the_same_file(path, tmp_path):
    Settings(path, {"root": str(tmp_path), "threads": "3", "host": "0.0.0.0"}, ["/one"]).save()
    config = Config.from_text(read_config_file(path))
    assert (config.root, config.threads, config.host) == (tmp_path, 3, "0.0.0.0")


@pytest.mark.parametrize(
    "content",
    [
        b"not an ini file",
        b"",
        b"[window]\n",
        b"[server]\nno-such-setting = 1\n",
        b"[server]\nport = 1\nport = 2\n",
        b"[server]\nroot = \xff\xfe\n",
    ],
)
def test_a_broken_file_is_set_aside_and_said(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    settings = Settings.load(path)
    aside = path.with_suffix(".broken.ini")
    assert settings.server == {}
    assert str(aside) in settings.notice
    assert aside.read_bytes() == content
    assert not path.exists()
    settings.save()
    assert Settings.load(path).notice == ""


def test_window_values_that_someone_edited_are_forgotten(path):
    path.parent.mkdir()
    path.write_text("[server]\nport = 1234\n[window]\ngeometry = $$$\n", encoding="utf-8")
    settings = Settings.load(path)
    assert settings.packed("geometry") == b""
    assert settings.server == {"port": "1234"}
    assert settings.notice == ""


def test_a_wrong_value_is_kept_for_the_form_to_explain(path):
    path.parent.mkdir()
    path.write_text("[server]\nport = many\n", encoding="utf-8")
    assert Settings.load(path).server == {"port": "many"}


def test_a_line_break_in_a_value_cannot_make_a_line_of_its_own(path):
    Settings(path, {"root": "/a\nport = 1"}, ["/b\n[server]"]).save()
    loaded = Settings.load(path)
    assert loaded.server == {"root": "/a port = 1"}
    assert loaded.recent_folders == ["/b [server]"]


def test_recent_folders_are_few_and_the_newest_is_first(path):
    settings = Settings(path)
    for number in range(RECENT_FOLDERS + 3):
        settings.remember_folder(f"/{number}")
    settings.remember_folder("/5")
    assert settings.recent_folders[:2] == ["/5", f"/{RECENT_FOLDERS + 2}"]
    assert len(settings.recent_folders) == RECENT_FOLDERS


def test_a_failed_save_leaves_the_old_file_and_no_litter(path, monkeypatch):
    Settings(path, {"port": "1"}).save()

    def fail(_self, _target):
        raise OSError("no")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(OSError, match="no"):
        Settings(path, {"port": "2"}).save()
    assert Settings.load(path).server == {"port": "1"}
    assert [each.name for each in path.parent.iterdir()] == ["spindle.ini"]
