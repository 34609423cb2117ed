"""Numbers as people read them."""

from __future__ import annotations

from PySide6.QtCore import QLocale


def count(number: int) -> str:
    return QLocale().toString(number)


def size(number_bytes: int) -> str:
    """In kB, MB and so on, of 1024 each."""
    return QLocale().formattedDataSize(number_bytes, 1, QLocale.DataSizeFormat.DataSizeTraditionalFormat)


def duration(span_ms: float) -> str:
    """Three digits or so, whatever the span."""
    if span_ms >= 1000:
        return f"{QLocale().toString(span_ms / 1000, 'f', 2)} s"
    return f"{QLocale().toString(span_ms, 'f', 1 if span_ms >= 10 else 2)} ms"
