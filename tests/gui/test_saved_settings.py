"""Saved settings and the file that travels: made, used, renamed, deleted, exported and imported in a window."""

from __future__ import annotations

import configparser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.saved_settings import export_text, from_sections, import_file, is_name
from gui.settings import Settings
from server_core.config import Config
from server_core.config_file import read_config_file
from server_core.errors import ConfigError
from server_core.lifecycle import State

WAIT_MS = 10_000


@pytest.mark.parametrize("name", ["Home", "my site 2", "Büro", "100 %", "a=b;c#d"])
def test_a_name(name):
    assert is_name(name)


@pytest.mark.parametrize("name", ["", " ", " a", "a ", "a\nb", "a]", "[a", "x" * 61, "a\x1bb"])
def test_no_name(name):
    assert not is_name(name)


@given(
    st.dictionaries(
        st.text(max_size=60).filter(is_name),
        st.fixed_dictionaries({"port": st.just("81"), "allow_hosts": st.just("a.test, *")}),
        max_size=4,
    )
)
def test_every_name_comes_back(saved):
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(export_text({"port": "80"}, saved))
    assert from_sections(parser) == saved


def test_settings_of_another_version_are_left_out():
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string("[saved a]\nport = 1\nteleport = yes\n")
    assert from_sections(parser) == {"a": {"port": "1"}}


def saved_of(parts):
    return parts.window.feature("SavedSettingsFeature")


def open_saved(parts):
    parts.window.addAction(saved_of(parts)._edit)
    saved_of(parts)._edit.trigger()
    return saved_of(parts).dialog


def menu_names(parts):
    feature = saved_of(parts)
    feature._fill_menu()
    return [action.text() for action in feature._menu.actions() if action.isCheckable()]


def save_as(dialog, name):
    dialog.name.setText(name)
    dialog.save_button.click()


def test_saved_settings_bring_the_form_back(parts, tmp_path, site):
    window, form = parts.window, parts.window.form
    dialog = open_saved(parts)
    assert not dialog.save_button.isEnabled()
    save_as(dialog, "One")
    first = form.texts()
    other = tmp_path / "other"
    other.mkdir()
    form.set_texts(
        {
            "root": str(other),
            "port": "9090",
            "threads": "3",
            "host": "0.0.0.0",
            "allow_hosts": "a.test",
            "max_body_bytes": "77",
        }
    )
    save_as(dialog, "Two")
    assert menu_names(parts) == ["One", "Two"]
    dialog.list.setCurrentRow(0)
    dialog.use_button.click()
    assert {**Config().to_text(), **form.texts()} == {**Config().to_text(), **first}
    dialog.list.setCurrentRow(1)
    dialog.use_button.click()
    config = form.config()
    assert (config.root, config.port, config.threads, config.host, config.allow_hosts, config.max_body_bytes) == (
        other, 9090, 3, "0.0.0.0", ("a.test",), 77,
    )  # fmt: skip
    assert set(Settings.load(window.settings.path).saved) == {"One", "Two"}


def test_saved_settings_are_renamed_and_deleted(parts):
    dialog = open_saved(parts)
    save_as(dialog, "One")
    save_as(dialog, "Two")
    dialog.list.setCurrentRow(0)
    dialog.name.setText("Two")
    assert not dialog.rename_button.isEnabled(), "the name is taken"
    dialog.name.setText("First")
    dialog.rename_button.click()
    assert menu_names(parts) == ["First", "Two"]
    assert dialog.chosen() == "First"
    dialog.delete_button.click()
    assert menu_names(parts) == ["Two"]
    assert list(Settings.load(parts.window.settings.path).saved) == ["Two"]


def test_the_menu_uses_saved_settings_and_marks_them(parts):
    save_as(open_saved(parts), "R&D")
    parts.window.form.set_port(8181)
    feature = saved_of(parts)
    assert menu_names(parts) == ["R&&D"]
    action = next(each for each in feature._menu.actions() if each.isCheckable())
    assert not action.isChecked()
    action.trigger()
    assert parts.window.form.texts()["port"] == "0"
    feature._fill_menu()
    assert next(each for each in feature._menu.actions() if each.isCheckable()).isChecked()


def test_saved_settings_can_not_be_used_while_the_server_runs(parts, start):
    dialog = open_saved(parts)
    save_as(dialog, "One")
    start(parts)
    dialog.list.setCurrentRow(0)
    assert not dialog.use_button.isEnabled()
    saved_of(parts)._fill_menu()
    checkable = [each for each in saved_of(parts)._menu.actions() if each.isCheckable()]
    assert [each.isEnabled() for each in checkable] == [False]
    assert not parts.window.actions_by_name["import_settings"].isEnabled()


def test_settings_are_exported_for_another_computer_and_the_server(parts, monkeypatch, tmp_path, site):
    target = tmp_path / "out.ini"
    monkeypatch.setattr("gui.saved_settings_dialog.QFileDialog.getSaveFileName", lambda *_: (str(target), ""))
    save_as(open_saved(parts), "One")
    parts.window.form.field("threads").editor.setText("7")
    parts.window.actions_by_name["export_settings"].trigger()
    assert str(target) in parts.window.banner.text()
    assert Config.from_text(read_config_file(target)).threads == 7
    assert import_file(target)[1]["One"]["root"] == str(site)


def test_settings_are_imported(make_parts, monkeypatch, tmp_path, site):
    source = tmp_path / "in.ini"
    source.write_text(
        export_text({"root": str(site), "port": "0", "threads": "5"}, {"Two": {"port": "81"}}),
        encoding="utf-8",
    )
    parts = make_parts()
    monkeypatch.setattr("gui.saved_settings_dialog.QFileDialog.getOpenFileName", lambda *_: (str(source), ""))
    parts.window.actions_by_name["import_settings"].trigger()
    assert parts.window.form.config().threads == 5
    assert menu_names(parts) == ["Two"]
    assert "saved ones: 1" in parts.window.banner.text()


def test_what_waits_for_the_website_profile_is_kept_and_not_in_the_server_s_section(tmp_path):
    """`server.py --config` would refuse it there."""
    texts = {"port": "81", "profile": "standard", "types": ".glb=model/gltf-binary"}
    file = tmp_path / "out.ini"
    file.write_text(export_text(texts, {"Site": {**texts, "profile": "website"}}), encoding="utf-8")
    assert Config.from_text(read_config_file(file)).port == 81
    assert import_file(file) == (texts, {"Site": {**texts, "profile": "website"}})


def test_what_waits_can_be_nothing_but_a_site_s(tmp_path):
    file = tmp_path / "edited.ini"
    file.write_text("[server]\nport = 81\n[website]\nport = 82\nteleport = yes\n", encoding="utf-8")
    assert import_file(file) == ({"port": "81"}, {})


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"nonsense", "not an INI file"),
        (b"[window]\n", "no [server] section"),
        (b"[server]\nx = 1\n", "do not exist"),
        (b"\xff", "UTF-8"),
    ],
)
def test_a_file_that_is_none_is_said_and_changes_nothing(parts, monkeypatch, tmp_path, content, says):
    source = tmp_path / "in.ini"
    source.write_bytes(content)
    before = parts.window.form.texts()
    monkeypatch.setattr("gui.saved_settings_dialog.QFileDialog.getOpenFileName", lambda *_: (str(source), ""))
    parts.window.actions_by_name["import_settings"].trigger()
    assert says in parts.window.banner.text()
    assert parts.window.form.texts() == before
    with pytest.raises(ConfigError):
        import_file(source)


def test_a_cancelled_choice_changes_nothing(parts, monkeypatch):
    monkeypatch.setattr("gui.saved_settings_dialog.QFileDialog.getOpenFileName", lambda *_: ("", ""))
    monkeypatch.setattr("gui.saved_settings_dialog.QFileDialog.getSaveFileName", lambda *_: ("", ""))
    parts.window.actions_by_name["import_settings"].trigger()
    parts.window.actions_by_name["export_settings"].trigger()
    assert not parts.window.banner.isVisible()


def test_an_export_that_fails_is_said(parts, monkeypatch, tmp_path):
    target = tmp_path / "no such folder" / "out.ini"
    monkeypatch.setattr("gui.saved_settings_dialog.QFileDialog.getSaveFileName", lambda *_: (str(target), ""))
    parts.window.actions_by_name["export_settings"].trigger()
    assert "can't be exported" in parts.window.banner.text()


def test_a_profile_serves(parts, start, stop, ask, tmp_path, qtbot):
    other = tmp_path / "other"
    other.mkdir()
    (other / "index.html").write_text("<html>other</html>")
    dialog = open_saved(parts)
    parts.window.form.set_folder(str(other))
    save_as(dialog, "Other")
    parts.window.form.set_folder(str(tmp_path))
    menu_names(parts)
    next(each for each in saved_of(parts)._menu.actions() if each.isCheckable()).trigger()
    assert ask(start(parts))[1] == b"<html>other</html>"
    assert parts.controller.state is State.RUNNING


def test_the_submenu_hangs_in_the_file_menu(parts):
    action = parts.window.actions_by_name["saved_settings"]
    assert action.menu() is saved_of(parts)._menu
