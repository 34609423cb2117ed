"""Every setting can be seen, changed, explained and kept in the window: the table of settings says which."""

from __future__ import annotations

import configparser
import json

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, Qt
from PySide6.QtWidgets import QPlainTextEdit

from gui.app import load_settings
from gui.options import parse
from gui.server_texts import NOT_IN_WINDOW, SITE, changed, holding, waiting
from gui.setting_editors import SwitchEditor, make_editor
from gui.setting_texts import GROUPS, TEXTS, translated
from gui.settings import Settings
from gui.translation import install
from server_core.config import SETTINGS, Config
from server_core.config_file import CONFIG_SECTION, read_config_file
from server_core.lifecycle import State
from server_core.settings import Group

WAIT_MS = 10_000
GLB = ".glb=model/gltf-binary"


def known(name):
    return next(setting for setting in SETTINGS if setting.name == name)


@pytest.fixture
def open_more():
    def trigger(parts):
        parts.window.actions_by_name["more_settings"].trigger()
        return parts.window.feature("MoreSettingsFeature").dialog

    return trigger


def editors(dialog):
    return {name: editor for page in dialog.pages.values() for name, editor in page.editors.items()}


def fields(dialog):
    return {name: field for page in dialog.pages.values() for name, field in page.fields.items()}


def type_into(qtbot, editor, text):
    """What a person does with the keyboard, whatever had been there before."""
    editor.setFocus()
    editor.selectAll()
    qtbot.keyClick(editor, Qt.Key.Key_Delete)
    for line in text.split("\n"):
        if isinstance(editor, QPlainTextEdit) and editor.toPlainText():
            qtbot.keyClick(editor, Qt.Key.Key_Return)
        qtbot.keyClicks(editor, line)


# --- the table ---


def test_every_setting_has_its_place(parts, open_more):
    form, shown = parts.window.form, fields(open_more(parts))
    places = {
        setting.name: [form.has_field(setting.name), setting.name in shown, setting.name in NOT_IN_WINDOW]
        for setting in SETTINGS
    }
    assert {name: each for name, each in places.items() if sum(each) != 1} == {}


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_setting_has_words(qapp, parts, open_more, language):
    """A new setting needs its label and help in gui/setting_texts.py, and their German."""
    translator = install(qapp, QLocale(language))
    try:
        for setting in SETTINGS:
            if parts.window.form.has_field(setting.name) or setting.name in NOT_IN_WINDOW:
                continue
            text = TEXTS[setting.option]
            for each in (text.label, text.help, GROUPS[setting.group], *text.words.values()):
                assert translated(each)
                if translator is not None:
                    assert translator.translate("Settings", each), f"{each!r} has no German"
    finally:
        if translator is not None:
            qapp.removeTranslator(translator)


def test_a_choice_names_each_of_its_words():
    choices = [setting for setting in SETTINGS if "|" in setting.metavar]
    assert choices
    for setting in choices:
        words = {word for word in setting.metavar.split("|") if not word.isupper()}
        assert words <= set(TEXTS[setting.option].words), setting.option


# --- each kind of field ---


def test_a_number_shows_its_default_in_grey_and_takes_another(parts, open_more, qtbot):
    editor = editors(open_more(parts))["max_requests"]
    assert (editor.text(), editor.placeholderText()) == ("", "100")
    type_into(qtbot, editor, "7")
    assert parts.window.form.config().max_requests == 7
    type_into(qtbot, editor, "")
    assert parts.window.form.config().max_requests == 100
    assert "max_requests" not in parts.window.form.texts()


def test_a_choice_is_chosen(parts, open_more, qtbot):
    editor = editors(open_more(parts))["log_format"]
    assert editor.currentText() == "Text"
    editor.setFocus()
    qtbot.keyClick(editor, Qt.Key.Key_Down)
    assert parts.window.form.config().log_format == "json"


def test_a_list_has_a_value_a_line(make_parts, open_more, qtbot):
    parts = make_parts(profile="website", types=f"{GLB}, .a=text/plain")
    editor = editors(open_more(parts))["types"]
    assert editor.toPlainText() == f"{GLB}\n.a=text/plain"
    type_into(qtbot, editor, ".b=text/plain\n.c=text/css")
    assert parts.window.form.config().types == (".b=text/plain", ".c=text/css")
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.toPlainText() == ".b=text/plain\n.c=text/css", "Tab leads on"


def test_a_file_is_browsed_for(parts, open_more, monkeypatch, tmp_path):
    chosen = [str(tmp_path / "a.log"), ""]
    monkeypatch.setattr("gui.setting_editors.QFileDialog.getSaveFileName", lambda *_: (chosen.pop(0), ""))
    editor = editors(open_more(parts))["log_file"]
    editor.browse_button.click()
    editor.browse_button.click()  # cancelled: nothing changes
    assert parts.window.form.config().log_file == tmp_path / "a.log"


def test_a_switch_is_a_box_to_tick(qtbot):
    editor = make_editor(known("quiet"))
    qtbot.addWidget(editor)
    assert isinstance(editor, SwitchEditor)
    assert editor.value() == "no"
    with qtbot.waitSignal(editor.edited):
        editor.click()
    assert editor.value() == "yes"
    for text, is_on in (("no", False), ("true", True), ("perhaps", False), ("On", True)):
        editor.show_value(text)
        assert editor.isChecked() is is_on


# --- what is wrong ---


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("max_body_bytes", "lots", "whole number from 1 to"),
        ("keep_alive_timeout_s", "0", "seconds from 1 to"),
        ("log_file", "/no/such/folder/a.log", "does not exist"),
        ("log_format", "xml", "text or json"),
        ("types", "glb", ".extension=type/subtype"),
    ],
)
def test_a_wrong_value_is_explained_under_its_field_and_nothing_starts(
    make_parts, open_more, name, text, says
):
    parts = make_parts(profile="website", **{name: text})
    window = parts.window
    assert says in window.form.field("more").note(), "the form says that something is wrong there"
    window.start()
    assert parts.controller.state is State.STOPPED
    dialog = window.feature("MoreSettingsFeature").dialog
    assert dialog.isVisible()
    page = next(page for page in dialog.pages.values() if name in page.fields)
    assert dialog.tabs.currentWidget() is page
    assert page.fields[name].note() == page.fields[name].error
    assert says in page.fields[name].note()
    assert page.editors[name].accessibleDescription() == page.fields[name].error


def test_an_explanation_goes_as_one_types(make_parts, open_more, qtbot):
    parts = make_parts(max_requests="none")
    dialog = open_more(parts)
    field = fields(dialog)["max_requests"]
    assert editors(dialog)["max_requests"].text() == "none"
    assert "whole number" in field.error
    type_into(qtbot, editors(dialog)["max_requests"], "12")
    qtbot.waitUntil(lambda: not field.error, timeout=WAIT_MS)
    assert field.note() == TEXTS["max-requests"].help
    assert parts.window.form.field("more").error == ""


def test_what_the_window_has_no_use_for_does_not_stop_it(make_parts):
    assert make_parts(quiet="perhaps").window.form.config() is not None


# --- the profile ---


def test_what_belongs_to_a_site_waits_for_its_profile(make_parts, open_more, qtbot):
    parts = make_parts(types=GLB)
    form, dialog = parts.window.form, open_more(parts)
    page = dialog.pages[Group.SITE]
    assert form.config().types == (), "the check between settings would refuse it"
    assert form.texts()["types"] == GLB
    assert not page.fields["types"].isEnabled()
    assert "Website profile" in page.note()
    profile = form.field("profile").editor
    assert profile.currentText() == "Standard"
    profile.setFocus()
    qtbot.keyClick(profile, Qt.Key.Key_Down)
    qtbot.waitUntil(page.fields["types"].isEnabled, timeout=WAIT_MS)
    assert page.note() == ""
    assert form.config().types == (GLB,)
    assert form.config().profile == "website"
    qtbot.keyClick(profile, Qt.Key.Key_Up)
    assert form.config().types == ()


def test_texts_are_parted_by_the_profile():
    texts = {"port": "80", "types": GLB}
    assert (holding(texts), waiting(texts)) == ({"port": "80"}, {"types": GLB})
    site = {**texts, "profile": "website"}
    assert (holding(site), waiting(site)) == (site, {})
    assert {known(name).group for name in SITE} == {Group.SITE}


def test_the_profile_s_meaning_stands_below_it(make_parts):
    standard, site = make_parts(), make_parts(profile="website")
    notes = [each.window.form.field("profile").note() for each in (standard, site)]
    assert "saved" in notes[0]
    assert "saved" not in notes[1]


# --- the summary ---


def test_the_summary_names_what_is_not_as_delivered(make_parts, open_more, qtbot):
    assert make_parts().window.form.field("more").note() == ""
    parts = make_parts(profile="website", types=GLB, max_requests="7", port="0", quiet="yes")
    summary = parts.window.form.field("more")
    assert summary.note() == "Also set: More types, Requests on a connection."
    type_into(qtbot, editors(open_more(parts))["max_requests"], "")
    qtbot.waitUntil(lambda: summary.note() == "Also set: More types.", timeout=WAIT_MS)


def test_a_value_is_the_default_however_it_is_written():
    texts = {"keep_alive_timeout_s": "30.0", "max_requests": " 100", "listing": "off", "log_file": ""}
    assert changed({**texts, "profile": "website", "max_body_bytes": "x"})[1:] == [known("max_body_bytes")]


def test_what_waits_is_not_in_the_summary():
    assert changed({"types": GLB}) == []
    assert [each.name for each in changed({"types": GLB, "profile": "website"})] == ["profile", "types"]


# --- while the server runs ---


def test_settings_are_fixed_while_the_server_runs(make_parts, open_more, start, stop):
    parts = make_parts(profile="website")
    dialog = open_more(parts)
    start(parts)
    assert not any(field.isEnabled() for field in fields(dialog).values())
    assert "Stop the server" in dialog.pages[Group.LIMITS].note()
    assert parts.window.form.field("more").editor.isEnabled(), "they can still be looked at"
    stop(parts)
    assert all(field.isEnabled() for field in fields(dialog).values())
    assert dialog.pages[Group.LIMITS].note() == ""


def test_the_log_file_is_written(make_parts, start, stop, ask, tmp_path):
    log = tmp_path / "access.log"
    parts = make_parts(log_file=str(log), log_format="json")
    port = start(parts)
    ask(port, "/sample.txt")
    stop(parts)
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [line["target"] for line in lines if line.get("status") == 200] == ["/sample.txt"]


def test_a_log_file_that_can_not_be_written_is_said(make_parts, qtbot, monkeypatch, tmp_path):
    def refuse(_file):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("gui.server_thread.FileSink", refuse)
    parts = make_parts(log_file=str(tmp_path / "access.log"))
    parts.window.start()
    qtbot.waitUntil(lambda: parts.controller.state is State.FAILED, timeout=WAIT_MS)
    QCoreApplication.processEvents()
    assert "access.log can't be written: Permission denied" in parts.window.banner.text()


# --- kept ---


def test_settings_survive_a_restart_of_the_program(make_parts, open_more, qtbot):
    first = make_parts(types=GLB, max_requests="7")
    type_into(qtbot, editors(open_more(first))["queue_size"], "9")
    first.window.close()
    path = first.window.settings.path
    assert Config.from_text(read_config_file(path)).queue_size == 9, "`server.py --config` reads it as well"
    parser = configparser.ConfigParser()
    parser.read(path, encoding="utf-8")
    assert "type" not in parser[CONFIG_SECTION]
    second = make_parts(Settings.load(path))
    assert second.window.form.texts() == first.window.form.texts()
    assert editors(open_more(second))["queue_size"].text() == "9"
    assert editors(open_more(second))["types"].toPlainText() == GLB


def test_other_settings_fill_the_dialog(make_parts, open_more, site):
    parts = make_parts(max_requests="7")
    dialog = open_more(parts)
    parts.window.form.set_texts({"root": str(site), "port": "0", "queue_size": "9"})
    assert editors(dialog)["max_requests"].text() == ""
    assert editors(dialog)["queue_size"].text() == "9"


# --- the command line of the window ---


def test_every_setting_is_an_option(site, tmp_path):
    given = ["--root", str(site), "--profile", "website", "--type", GLB, "--type", ".a=text/plain"]
    options = parse([*given, "--max-requests", "3", "--log-format", "json"])
    assert options.presets == {
        "root": str(site),
        "profile": "website",
        "types": f"{GLB}, .a=text/plain",
        "max_requests": "3",
        "log_format": "json",
    }


@pytest.mark.parametrize("profile", ["standard", "website"])
def test_an_option_that_waits_for_its_profile_is_said(profile, own_folders):
    settings = load_settings(parse(["--profile", profile, "--type", GLB, "--root", str(own_folders)]))
    assert ("--type has no effect" in settings.notice) is (profile == "standard")
