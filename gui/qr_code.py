"""A QR code, painted by us: dark on white in every theme, because that is what cameras read."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

# ISO/IEC 18004 asks for four modules of white around the code.
QUIET_MODULES = 4


class QrCode(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[bytes, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def show_text(self, text: str) -> None:
        """Show ``text``; nothing is painted for an empty one."""
        self._rows = _modules(text) if text else ()
        self.setAccessibleName(self.tr("QR code of {text}").format(text=text) if text else "")
        self.update()

    def sizeHint(self) -> QSize:
        side = self.fontMetrics().height() * 15
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        side = self.fontMetrics().height() * 11
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._rows:
            return
        # Whole device pixels a module: edges between would be grey.
        ratio = self.devicePixelRatioF()
        modules = len(self._rows) + 2 * QUIET_MODULES
        module = max(1, int(min(self.width(), self.height()) * ratio / modules)) / ratio
        side = module * modules
        left, top = round((self.width() - side) / 2), round((self.height() - side) / 2)
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(Qt.GlobalColor.white)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawRoundedRect(QRectF(left, top, side, side), module * 2, module * 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setBrush(Qt.GlobalColor.black)
        for row, cells in enumerate(self._rows):
            for column, dark in enumerate(cells):
                if dark:
                    x, y = left + (column + QUIET_MODULES) * module, top + (row + QUIET_MODULES) * module
                    painter.drawRect(QRectF(x, y, module, module))
        painter.end()


def _modules(text: str) -> tuple[bytes, ...]:
    """Rows of 1 for dark and 0 for light."""
    import segno  # of which no start of the window needs anything

    return tuple(map(bytes, segno.make(text, error="m", micro=False).matrix))
