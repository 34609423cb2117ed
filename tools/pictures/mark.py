"""logo.png and the icon: rasters of the mark, from its two drawings in `resources/icons`."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

DRAWINGS = Path(__file__).resolve().parents[2] / "resources" / "icons"

ICON_PIXELS = (16, 20, 24, 32, 40, 48, 64, 128, 256)
LARGEST_PLAIN = 24  # up to this size the plain drawing is the clearer one
LARGEST_BITMAP = 48  # Windows reads PNG in an icon at any size, older programs only above this


def mark(pixels: int) -> Image.Image:
    drawing = DRAWINGS / ("spindle-small.svg" if pixels <= LARGEST_PLAIN else "spindle.svg")
    sheet = QImage(pixels * 8, pixels * 8, QImage.Format.Format_RGBA8888_Premultiplied)
    sheet.fill(0)
    painter = QPainter(sheet)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(str(drawing)).render(painter)
    painter.end()
    return (
        Image.frombytes("RGBa", (pixels * 8, pixels * 8), bytes(sheet.constBits())).reduce(8).convert("RGBA")
    )


def png_bytes(picture: Image.Image) -> bytes:
    memory = io.BytesIO()
    picture.save(memory, "PNG", optimize=True)
    return memory.getvalue()


def bitmap_bytes(picture: Image.Image) -> bytes:
    """A 32-bit bitmap as icons hold it: doubled height, rows upward, then the one-bit mask."""
    width, height = picture.size
    rgba = np.asarray(picture)[::-1]
    clear = np.packbits(rgba[:, :, 3] == 0, axis=1)
    mask = np.pad(clear, ((0, 0), (0, -clear.shape[1] % 4)))
    colours = rgba[:, :, (2, 1, 0, 3)].tobytes()
    header = struct.pack(
        "<IiiHHIIiiII", 40, width, height * 2, 1, 32, 0, len(colours) + mask.size, 0, 0, 0, 0
    )
    return header + colours + mask.tobytes()


def icon_bytes() -> bytes:
    images = [(n, (bitmap_bytes if n <= LARGEST_BITMAP else png_bytes)(mark(n))) for n in ICON_PIXELS]
    directory, offset = struct.pack("<HHH", 0, 1, len(images)), 6 + 16 * len(images)
    for pixels, data in images:
        directory += struct.pack("<BBBBHHII", pixels % 256, pixels % 256, 0, 0, 1, 32, len(data), offset)
        offset += len(data)
    return directory + b"".join(data for _, data in images)
