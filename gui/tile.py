"""How a tile is drawn: three sizes, from two lines down to a number in a coloured box."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem

from gui.theme import Tone, ink, mix, wash

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from gui.worker_board import Tile

GAP_PX, PADDING_PX, ROUND_PX, BAR_PX = 4, 8, 5, 3


class TileForm(NamedTuple):
    """Width and height in lines of text, what is between two tiles included."""

    width: float
    height: float
    lines: int
    """0: the number alone."""


# The largest first.
TILES = (TileForm(9.5, 3.1, 2), TileForm(6.5, 1.9, 1), TileForm(2.3, 1.55, 0))


class TileDelegate(QStyledItemDelegate):
    form = TILES[0]

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        view = option.widget
        return view.gridSize() if isinstance(view, QListView) else super().sizeHint(option, index)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        tile: Tile = index.data(Qt.ItemDataRole.UserRole)
        palette = option.palette
        busy = tile.tone is not Tone.MUTED
        box = QRectF(option.rect).adjusted(0, 0, -GAP_PX, -GAP_PX)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(wash(palette, tile.tone) if busy else _ground(palette))
        painter.drawRoundedRect(box, ROUND_PX, ROUND_PX)
        if tile.progress is not None:
            painter.setClipRect(box.adjusted(0, box.height() - BAR_PX, 0, 0))
            painter.setBrush(ink(palette, tile.tone))
            done = QRectF(box)
            done.setWidth(max(box.width() * tile.progress, ROUND_PX * 2))
            painter.drawRoundedRect(done, ROUND_PX, ROUND_PX)
            painter.setClipping(False)
        self._write(painter, palette, box, tile)
        painter.restore()

    def _write(self, painter: QPainter, palette: QPalette, box: QRectF, tile: Tile) -> None:
        plain, muted, toned = (ink(palette, tone) for tone in (Tone.PLAIN, Tone.MUTED, tile.tone))
        if self.form.lines == 0:
            colour = toned if tile.tone is not Tone.MUTED else plain
            _put(painter, box, tile.number or "…", colour, Qt.AlignmentFlag.AlignCenter)
            return
        inside = box.adjusted(PADDING_PX, 0, -PADDING_PX, 0)
        height = inside.height() / self.form.lines
        first = QRectF(inside.left(), inside.top(), inside.width(), height)
        if self.form.lines == 2:
            first.translate(0, 2)
            about = first.translated(0, height - 4)
            _put(painter, about, tile.about, muted, Qt.AlignmentFlag.AlignLeft)
            state_px = painter.fontMetrics().horizontalAdvance(tile.state) + PADDING_PX
            _put(painter, first, tile.state, toned, Qt.AlignmentFlag.AlignRight)
            first.setWidth(max(first.width() - state_px, 0))
            _put(painter, first, tile.name, plain, Qt.AlignmentFlag.AlignLeft)
            return
        colour = toned if tile.tone is not Tone.MUTED else plain
        _put(painter, first, tile.name, colour, Qt.AlignmentFlag.AlignLeft)


def _ground(palette: QPalette) -> QColor:
    role = QPalette.ColorRole
    return mix(palette.color(role.Window), palette.color(role.WindowText), 0.05)


def _put(painter: QPainter, box: QRectF, text: str, colour: QColor, side: Qt.AlignmentFlag) -> None:
    painter.setPen(colour)
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()))
    painter.drawText(box, int((side | Qt.AlignmentFlag.AlignVCenter).value), shown)
