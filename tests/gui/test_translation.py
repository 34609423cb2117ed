"""The German window: complete, consistent, readable, and with a key for everything."""

from __future__ import annotations

import ast
import re
import shutil
import xml.etree.ElementTree as ET
from collections import Counter

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLocale, Qt, QTranslator
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QScrollArea,
    QSplitterHandle,
    QToolButton,
    QWidget,
)

from gui.log_filter import LogFilter
from gui.translation import LANGUAGES, SERVER_CONTEXT, install, told
from server_core.events import Event
from server_core.refusals import Refusal
from server_core.sentence import Sentence
from tools.translate import compile_to, server_texts, tool, unfinished, update

GERMAN = LANGUAGES / "spindle_de.ts"
WAIT_MS = 10_000


def messages(path=GERMAN):
    return [
        (context.findtext("name"), message.findtext("source"), message.findtext("translation"))
        for context in ET.parse(path).getroot().iter("context")
        for message in context.iter("message")
    ]


needs_tools = pytest.mark.skipif(shutil.which(tool("lupdate")) is None, reason="PySide6's tools are not here")


def test_every_text_has_a_translation():
    assert unfinished(GERMAN) == []


@needs_tools
def test_every_text_of_the_code_is_in_the_file(tmp_path):
    """Run `python tools/translate.py` after changing a text, and translate what it names."""
    copy = tmp_path / GERMAN.name
    shutil.copyfile(GERMAN, copy)
    update(copy)
    assert {each[:2] for each in messages(copy)} == {each[:2] for each in messages()}
    assert unfinished(copy) == []


def test_every_text_of_the_server_is_in_the_file():
    """Run `python tools/translate.py` after changing one, and translate what it names."""
    assert set(server_texts()) == {source for context, source, _ in messages() if context == SERVER_CONTEXT}


@needs_tools
def test_what_the_program_loads_is_what_was_translated(tmp_path):
    fresh = tmp_path / "fresh.qm"
    compile_to(GERMAN, fresh)
    shipped, made = QTranslator(), QTranslator()
    assert shipped.load(str(GERMAN.with_suffix(".qm")))
    assert made.load(str(fresh))
    for context, source, translation in messages():
        assert shipped.translate(context, source) == made.translate(context, source) == translation


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("places for values", r"\{\w+[^{}]*\}"),
        ("mark of a key", "&(?=[^& ])"),
        ("ellipsis", "…$"),
        ("lines", r"\n"),
    ],
)
def test_a_translation_keeps_the(what, pattern):
    def marks(text):
        return Counter(re.findall(pattern, text))

    assert [
        (source, text)
        for _, source, text in messages()
        if len(re.findall(pattern, source)) != len(re.findall(pattern, text))
        or (what.startswith("places") and marks(source) != marks(text))
    ] == []


def test_no_text_of_a_table_is_hidden_from_the_translator(repository):
    """A text inside an f-string, or a literal given to a helper of another name, would stay English."""
    found = []
    for file in sorted((repository / "gui").glob("*.py")):
        text = file.read_text(encoding="utf-8")
        found += [
            f"{file.name}: {match[0]}" for match in re.finditer(r'\btr\(\s*f"|\btranslated\(\s*f?"', text)
        ]
    assert found == []


def test_what_the_server_says_of_a_wrong_value_keeps_its_template(repository):
    """An f-string would stay English: raise a Mistake, or make the Problem of a Sentence."""
    found = [
        f"{file.name} line {node.lineno}"
        for file in sorted((repository / "server_core").glob("*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"ValueError", "Mistake", "Sentence", "Problem"}
        and any(isinstance(each, ast.JoinedStr) for each in node.args)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("name", "speaks"),
    [("de_DE", True), ("de_AT", True), ("de_CH", True), ("en_US", False), ("fr_FR", False)],
)
def test_the_system_s_language_chooses(qapp, name, speaks):
    translator = install(qapp, QLocale(name))
    try:
        assert (translator is not None) is speaks
        assert QCoreApplication.translate("ServerBar", "Running") == ("Läuft" if speaks else "Running")
    finally:
        if translator is not None:
            qapp.removeTranslator(translator)


@pytest.fixture(params=["de", "en"])
def language(request, qapp):
    translator = install(qapp, QLocale(request.param))
    yield request.param
    if translator is not None:
        qapp.removeTranslator(translator)


@pytest.fixture
def german(qapp):
    translator = install(qapp, QLocale("de"))
    yield
    qapp.removeTranslator(translator)


def test_what_is_wrong_with_a_setting_is_told_in_german(make_parts, german):
    form = make_parts().window.form
    form.set_port(99_999)
    assert form.field("port").error == "Der Port muss eine ganze Zahl von 0 bis 65535 sein, nicht '99999'."


def test_why_a_request_was_refused_is_told_in_german(german):
    place = Sentence("line {line} column {column}", line=3, column=7)
    fault = Sentence(": {fault}, {place}.", fault=Sentence("a colon is expected"), place=place)
    cases = (
        (Refusal("path-backslash").sentence, "Der Pfad enthält einen umgekehrten Schrägstrich."),
        (
            Refusal("json-syntax", fault).sentence,
            "Der Inhalt ist kein gültiges JSON: hier fehlt ein Doppelpunkt, Zeile 3 Spalte 7.",
        ),
        ("saved nowhere", "saved nowhere"),
        ("", ""),
    )
    assert [told(text) for text, _ in cases] == [said for _, said in cases]


def test_the_filter_finds_a_reason_in_both_languages(german):
    message = Refusal("path-backslash").sentence
    event = Event(0.0, "warning", "security", target="/", status=403, message=message)
    for text in ("umgekehrten", "backslash", "reason:schrägstrich", "reason:backslash"):
        assert LogFilter(text).select([event], 7) == [7], text
    assert LogFilter("gibt").select([event], 7) == []


def open_all(parts, qtbot):
    """Every dialog of the window, opened while it serves."""
    for name in ("self_test", "load_test", "share", "preferences", "more_settings", "users"):
        parts.window.actions_by_name[name].trigger()
    parts.window.feature("SavedSettingsFeature")._edit.trigger()
    parts.window.feature("SelfTestFeature").dialog.cancel()
    qtbot.waitUntil(lambda: not parts.window.feature("SelfTestFeature").dialog.is_running, timeout=WAIT_MS)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    return [each for each in parts.window.findChildren(QDialog) if each.isVisible()]


def own(window, kind):
    """The widgets of one window, without those of its dialogs."""
    return [each for each in window.findChildren(kind) if each.window() is window and each.isVisible()]


def is_cut(widget):
    if isinstance(widget, QLabel):
        wide = widget.sizeHint().width() > widget.width() + 1 and not widget.wordWrap()
        tall = widget.wordWrap() and widget.heightForWidth(widget.width()) > widget.height() + 1
        return bool(widget.text()) and (wide or tall)
    if isinstance(widget, QToolButton) and widget.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly:
        return widget.minimumSizeHint().width() > widget.width() + 1  # its name is in its tool tip
    return widget.sizeHint().width() > widget.width() + 1


@pytest.mark.parametrize("size", [(1280, 800), (960, 640)])
def test_no_label_is_cut_off(make_parts, fit, start, language, size, qtbot):
    parts = make_parts()
    fit(parts.window, *size)
    start(parts)
    windows = [parts.window, *open_all(parts, qtbot)]
    qtbot.wait(100)
    assert len(windows) == 8
    kinds = (QLabel, QPushButton, QCheckBox, QToolButton)
    tabs = parts.window.feature("MoreSettingsFeature").dialog.tabs
    cut = []
    for page in range(tabs.count()):
        tabs.setCurrentIndex(page)
        QCoreApplication.processEvents()
        cut += cut_off(windows if page == 0 else [tabs.window()], kinds)
    assert cut == []


def cut_off(windows, kinds):
    return [
        f"{type(window).__name__}: {each.text()!r} {each.width()} of {each.sizeHint().width()}"
        for window in windows
        for kind in kinds
        for each in own(window, kind)
        if not isinstance(each, kinds[0]) or each.textFormat().name != "RichText"
        if each.text() and is_cut(each)
    ]


def keys(texts):
    return Counter(
        text.replace("&&", "")[text.replace("&&", "").index("&") + 1].lower()
        for text in texts
        if "&" in text.replace("&&", "")
    )


def test_no_two_things_of_a_window_answer_to_the_same_key(make_parts, start, language, qtbot):
    parts = make_parts()
    start(parts)
    doubled = {}
    for window in [parts.window, *open_all(parts, qtbot)]:
        texts = [label.text() for label in own(window, QLabel) if label.buddy() is not None]
        texts += [button.text() for button in own(window, QAbstractButton)]
        if window is parts.window:
            texts += [action.text() for action in window.menuBar().actions()]
        doubled[type(window).__name__] = {key: number for key, number in keys(texts).items() if number > 1}
    for menu in parts.window.findChildren(QMenu):
        texts = [action.text() for action in menu.actions()]
        doubled[menu.title()] = {key: number for key, number in keys(texts).items() if number > 1}
    assert {name: each for name, each in doubled.items() if each} == {}


def test_everything_that_takes_the_focus_has_a_name(make_parts, start, language, qtbot):
    parts = make_parts()
    start(parts)
    nameless = [
        f"{type(window).__name__}: {type(each).__name__}"
        for window in [parts.window, *open_all(parts, qtbot)]
        for each in own(window, QWidget)
        if each.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not isinstance(each, (QScrollArea, QSplitterHandle))
        if not isinstance(each.parent(), (QComboBox, QAbstractSpinBox))  # the editor inside a named one
        if not (each.accessibleName() or each.property("text"))
    ]
    assert nameless == []


def test_tab_alone_reaches_everything_in_a_dialog(make_parts, start, language, qtbot):
    parts = make_parts()
    start(parts)
    for dialog in open_all(parts, qtbot):
        dialog.activateWindow()
        # isActiveWindow() is not enough: windows of one program share it in Windows' style.
        qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog, timeout=WAIT_MS)  # noqa: B023
        kinds = (QAbstractButton, QLineEdit, QAbstractItemView)
        wanted = {
            each
            for kind in kinds
            for each in own(dialog, kind)
            if each.isEnabled()
            and each.focusPolicy() & Qt.FocusPolicy.TabFocus
            and not isinstance(each.parent(), QAbstractSpinBox)
        }
        reached = set()
        for _ in range(3 * len(wanted) + 5):
            if (focused := QApplication.focusWidget()) is not None:
                reached.add(focused)
            qtbot.keyClick(focused or dialog, Qt.Key.Key_Tab)
        assert wanted - reached == set(), type(dialog).__name__
