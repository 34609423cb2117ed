from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from gui.theme import Chip, Tone, TonedLabel, ink, is_dark, wash

ROLES = QPalette.ColorRole


def palette(window: str, base: str, text: str) -> QPalette:
    made = QPalette()
    for role, colour in (
        (ROLES.Window, window),
        (ROLES.Base, base),
        (ROLES.WindowText, text),
        (ROLES.Text, text),
    ):
        made.setColor(role, QColor(colour))
    return made


# Fusion's own two, and what Windows 11 uses.
PALETTES = {
    "light": palette("#efefef", "#ffffff", "#000000"),
    "dark": palette("#323232", "#242424", "#ffffff"),
    "windows light": palette("#f3f3f3", "#ffffff", "#1b1b1b"),
    "windows dark": palette("#202020", "#2d2d2d", "#ffffff"),
}


def contrast(a: QColor, b: QColor) -> float:
    """WCAG 2.2, relative luminance and contrast ratio."""

    def luminance(colour):
        parts = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in colour.getRgbF()[:3]
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("tone", Tone)
@pytest.mark.parametrize("name", PALETTES)
def test_every_ink_can_be_read_on_every_ground(name, tone):
    around = PALETTES[name]
    grounds = [around.color(ROLES.Window), around.color(ROLES.Base), wash(around, tone)]
    assert min(contrast(ink(around, tone), ground) for ground in grounds) >= 4.5


def test_dark_is_told_from_light():
    assert [is_dark(each) for each in PALETTES.values()] == [False, True, False, True]


def test_labels_follow_when_the_system_turns_dark(qtbot):
    around, label = QWidget(), TonedLabel(Tone.ERROR, "wrong")
    QVBoxLayout(around).addWidget(label)
    qtbot.addWidget(around)
    around.setPalette(PALETTES["light"])
    light = label.palette().color(ROLES.WindowText)
    around.setPalette(PALETTES["dark"])
    dark = label.palette().color(ROLES.WindowText)
    assert light == ink(PALETTES["light"], Tone.ERROR)
    assert dark == ink(PALETTES["dark"], Tone.ERROR)
    assert light != dark


def test_labels_have_their_ink_again_when_they_are_enabled_again(qtbot):
    around, label = QWidget(), TonedLabel(Tone.MUTED, "hint")
    QVBoxLayout(around).addWidget(label)
    qtbot.addWidget(around)
    light = QPalette(PALETTES["light"])
    light.setColor(QPalette.ColorGroup.Disabled, ROLES.WindowText, QColor("#aaaaaa"))
    around.setPalette(light)
    around.setEnabled(False)
    label.show_text("another hint")
    around.setEnabled(True)
    assert label.palette().color(ROLES.WindowText) == ink(PALETTES["light"], Tone.MUTED)


def test_labels_show_plain_text(qtbot):
    label = TonedLabel(Tone.MUTED, "<b>not bold</b>")
    qtbot.addWidget(label)
    assert isinstance(label, QLabel)
    assert label.textFormat() is Qt.TextFormat.PlainText


def test_a_chip_keeps_its_width(qtbot):
    chip = Chip(["Running", "Stopped", "A much longer word"])
    qtbot.addWidget(chip)
    before = chip.sizeHint()
    chip.show_word("Running", Tone.GOOD)
    assert chip.sizeHint() == before
    assert chip.accessibleName() == "Running"
    assert not chip.grab().isNull()
