"""Small pictures for buttons, drawn in the palette's own colours, so that they suit light and dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPainterPath, QPalette, QPen, QPixmap, QPolygonF

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

GRID = 16
LINE = 1.3
# Qt takes the nearest larger one for a scale of 125 or 150 %.
SCALES = (1, 2, 3)

Points = tuple[tuple[float, float], ...]

# On a grid of 16 by 16: surfaces to fill, lines to draw, arcs (x, y, width, height, start, span in degrees).
SURFACES: dict[str, tuple[Points, ...]] = {
    "start": (((4.5, 2.5), (13.5, 8), (4.5, 13.5)),),
    "stop": (((3.5, 3.5), (12.5, 3.5), (12.5, 12.5), (3.5, 12.5)),),
    "restart": (((12.9, 1.9), (13.4, 6.6), (8.9, 5.2)),),
    "pause": (((4, 3), (6.5, 3), (6.5, 13), (4, 13)), ((9.5, 3), (12, 3), (12, 13), (9.5, 13))),
}
LINES: dict[str, tuple[Points, ...]] = {
    "open": (
        ((9.5, 2.5), (13.5, 2.5), (13.5, 6.5)),
        ((13.5, 2.5), (7.5, 8.5)),
        ((12, 9.5), (12, 13.5), (2.5, 13.5), (2.5, 4), (6.5, 4)),
    ),
    "copy_address": (
        ((5.5, 5.5), (13.5, 5.5), (13.5, 13.5), (5.5, 13.5), (5.5, 5.5)),
        ((3.5, 10.5), (2.5, 10.5), (2.5, 2.5), (10.5, 2.5), (10.5, 3.5)),
    ),
    "share": (
        ((2.5, 2.5), (6.5, 2.5), (6.5, 6.5), (2.5, 6.5), (2.5, 2.5)),
        ((9.5, 2.5), (13.5, 2.5), (13.5, 6.5), (9.5, 6.5), (9.5, 2.5)),
        ((2.5, 9.5), (6.5, 9.5), (6.5, 13.5), (2.5, 13.5), (2.5, 9.5)),
        ((9.5, 9.5), (11.5, 9.5), (11.5, 11.5), (13.5, 11.5), (13.5, 9.5)),
        ((9.5, 13.5), (13.5, 13.5)),
    ),
    "clear": (
        ((2.5, 4.5), (13.5, 4.5)),
        ((6, 4.5), (6, 2.5), (10, 2.5), (10, 4.5)),
        ((4, 4.5), (4.6, 13.5), (11.4, 13.5), (12, 4.5)),
    ),
    "export": (
        ((8, 2), (8, 10)),
        ((4.8, 6.8), (8, 10), (11.2, 6.8)),
        ((2.5, 10.5), (2.5, 13.5), (13.5, 13.5), (13.5, 10.5)),
    ),
    "filter": (((10, 10), (14, 14)),),
    "choose_folder": (((2, 13), (2, 3.5), (6, 3.5), (7.5, 5.5), (14, 5.5), (14, 13), (2, 13)),),
    "file": (
        ((9.5, 1.5), (3.5, 1.5), (3.5, 14.5), (12.5, 14.5), (12.5, 4.5), (9.5, 1.5)),
        ((9.5, 1.5), (9.5, 4.5), (12.5, 4.5)),
    ),
    "text": (
        ((9.5, 1.5), (3.5, 1.5), (3.5, 14.5), (12.5, 14.5), (12.5, 4.5), (9.5, 1.5)),
        ((5.5, 7), (10.5, 7)),
        ((5.5, 9.5), (10.5, 9.5)),
        ((5.5, 12), (8.5, 12)),
    ),
    "picture": (
        ((1.5, 2.5), (14.5, 2.5), (14.5, 13.5), (1.5, 13.5), (1.5, 2.5)),
        ((1.5, 12), (6, 7.5), (9, 10.5), (11, 8.5), (14.5, 12)),
    ),
    "film": (
        ((1.5, 3), (14.5, 3), (14.5, 13), (1.5, 13), (1.5, 3)),
        ((6.5, 5.5), (10.5, 8), (6.5, 10.5), (6.5, 5.5)),
    ),
    "sound": (((6, 12), (6, 3), (13, 2), (13, 11)),),
    "follow": (((8, 2.5), (8, 11)), ((4.5, 7.5), (8, 11), (11.5, 7.5)), ((3.5, 13.5), (12.5, 13.5))),
}
ARCS: dict[str, tuple[tuple[float, float, float, float, float, float], ...]] = {
    "restart": ((2.5, 3, 10.5, 10.5, 50, 280),),
    "filter": ((2.5, 2.5, 8.5, 8.5, 0, 360),),
    "picture": ((9.5, 4.5, 2, 2, 0, 360),),
    "sound": ((2.5, 10, 3.5, 3.5, 0, 360), (9.5, 9, 3.5, 3.5, 0, 360)),
}


def make_icon(name: str, palette: QPalette) -> QIcon:
    """The picture called ``name`` as a button shows it, enabled and not; empty where there is none."""
    icon = QIcon()
    if name in SURFACES or name in LINES:
        for group, mode in (
            (QPalette.ColorGroup.Active, QIcon.Mode.Normal),
            (QPalette.ColorGroup.Disabled, QIcon.Mode.Disabled),
        ):
            colour = palette.color(group, QPalette.ColorRole.ButtonText)
            for scale in SCALES:
                icon.addPixmap(_draw(name, colour, scale), mode)
    return icon


def _draw(name: str, colour: QColor, scale: int) -> QPixmap:
    pixmap = QPixmap(GRID * scale, GRID * scale)
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, LINE, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
    for points in LINES.get(name, ()):
        painter.drawPolyline(_polygon(points))
    for x, y, width, height, start, span in ARCS.get(name, ()):
        path = QPainterPath()
        path.arcMoveTo(QRectF(x, y, width, height), start)
        path.arcTo(QRectF(x, y, width, height), start, span)
        painter.drawPath(path)
    painter.setBrush(colour)
    painter.setPen(QPen(colour, 1, j=Qt.PenJoinStyle.RoundJoin))
    for points in SURFACES.get(name, ()):
        painter.drawPolygon(_polygon(points))
    painter.end()
    return pixmap


def _polygon(points: Points) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in points])
