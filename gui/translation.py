"""Marks texts in tables for translation; they are translated where they are shown."""

from __future__ import annotations


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:  # noqa: ARG001 - lupdate finds both by this name
    """``text`` itself, for ``QCoreApplication.translate(context, text)`` later. Qt's own is an object."""
    return text
