"""Colours and small widgets that follow the palette, so that light and dark come from the system.

A palette has no red: a tone gives the hue, the palette how light or dark its ink must be to be read.
"""

from __future__ import annotations

import enum

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


class Tone(enum.Enum):
    GOOD = enum.auto()
    BUSY = enum.auto()
    WARNING = enum.auto()
    ERROR = enum.auto()
    MUTED = enum.auto()
    PLAIN = enum.auto()


# Hue in degrees; lightness of the ink on a light and on a dark ground: a contrast of 4.5 (WCAG 2.2, 1.4.3).
_INKS = {
    Tone.GOOD: (146, 0.26, 0.62),
    Tone.BUSY: (212, 0.40, 0.70),
    Tone.WARNING: (32, 0.29, 0.62),
    Tone.ERROR: (2, 0.41, 0.74),
}
_SATURATION = 0.75


def is_dark(palette: QPalette) -> bool:
    return palette.color(QPalette.ColorRole.Base).lightnessF() < 0.5


def mix(a: QColor, b: QColor, share_of_b: float) -> QColor:
    return QColor.fromRgbF(
        a.redF() + (b.redF() - a.redF()) * share_of_b,
        a.greenF() + (b.greenF() - a.greenF()) * share_of_b,
        a.blueF() + (b.blueF() - a.blueF()) * share_of_b,
    )


def ink(palette: QPalette, tone: Tone) -> QColor:
    """The colour of a text in ``tone`` on this palette's grounds, whether or not its widget is enabled."""
    text = palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.WindowText)
    if tone is Tone.PLAIN:
        return text
    if tone is Tone.MUTED:
        return mix(text, palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.Window), 0.32)
    hue, on_light, on_dark = _INKS[tone]
    return QColor.fromHslF(hue / 360, _SATURATION, on_dark if is_dark(palette) else on_light)


def wash(palette: QPalette, tone: Tone) -> QColor:
    """A ground with a breath of ``tone`` on which its ink can be read."""
    return mix(palette.color(QPalette.ColorRole.Base), ink(palette, tone), 0.13)


def inks(palette: QPalette) -> dict[Tone, QBrush]:
    return {tone: QBrush(ink(palette, tone)) for tone in Tone}


def keep_disabled_readable(widget: QWidget) -> None:
    """What is fixed for now is still worth reading: styles grey it out until it can't be."""
    palette, group = widget.palette(), QPalette.ColorGroup.Disabled
    around = palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.Window)
    text = mix(palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.WindowText), around, 0.42)
    if palette.color(group, QPalette.ColorRole.Text) == text:
        return
    softened = QPalette()
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        softened.setColor(group, role, text)
    widget.setPalette(softened)


class TonedLabel(QLabel):
    """Plain text in a tone that follows the palette; takes no room while empty."""

    def __init__(self, tone: Tone, text: str = "", *, smaller: bool = False) -> None:
        super().__init__(text)
        self._tone = tone
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setForegroundRole(QPalette.ColorRole.WindowText)
        if smaller:
            font = self.font()
            font.setPointSizeF(font.pointSizeF() * 0.92)
            self.setFont(font)
        self._recolour()

    def show_text(self, text: str, tone: Tone | None = None) -> None:
        self._tone = tone or self._tone
        self.setText(text)
        self.setVisible(bool(text))
        self._recolour()

    def _recolour(self) -> None:
        # From the parent's palette, not from this one, which is already coloured.
        parent = self.parentWidget()
        around = parent.palette() if parent else QPalette()
        colour = ink(around, self._tone)
        role = QPalette.ColorRole.WindowText
        if self.palette().color(QPalette.ColorGroup.Active, role) != colour:
            palette = QPalette()  # this one colour set, all others inherited, a disabled label's too
            palette.setColor(QPalette.ColorGroup.Active, role, colour)
            palette.setColor(QPalette.ColorGroup.Inactive, role, colour)
            self.setPalette(palette)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.PaletteChange, QEvent.Type.ParentChange}:
            self._recolour()


class Chip(QWidget):
    """A pill with a dot and a word; as wide as the longest of ``words``, so that nothing beside it moves."""

    def __init__(self, words: list[str]) -> None:
        super().__init__()
        self._words = words
        self._tone = Tone.MUTED
        self._text = words[0]
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        return self._text

    def show_word(self, text: str, tone: Tone) -> None:
        self._text, self._tone = text, tone
        self.setAccessibleName(text)
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        widest = max(metrics.horizontalAdvance(word) for word in self._words)
        return QSize(widest + 3 * metrics.height(), round(metrics.height() * 1.6))

    def paintEvent(self, _event: QPaintEvent) -> None:
        colour = ink(self.palette(), self._tone)
        height = self.fontMetrics().height()
        pill = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        dot = QRectF(0, 0, height * 0.5, height * 0.5)
        dot.moveCenter(pill.center())
        dot.moveLeft(height * 0.8)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(wash(self.palette(), self._tone))
        painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
        painter.setBrush(colour)
        painter.drawEllipse(dot)
        painter.setPen(colour)
        painter.drawText(pill.adjusted(height * 1.7, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), self._text)
        painter.end()
