"""The language of the window: marks texts for translation, and loads what the system's language has.

``tools/translate.py`` finds every text that is given to ``tr``, ``translate`` or :func:`QT_TRANSLATE_NOOP`.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLocale, QTranslator

from server_core.sentence import Sentence

LANGUAGES = Path(__file__).resolve().parent / "languages"


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:  # noqa: ARG001 - lupdate finds both by this name
    """``text`` itself, for :func:`translate` later. Qt's own is an object."""
    return text


translate = QCoreApplication.translate
# Where the translations of what server_core says are.
SERVER_CONTEXT = "Server"


def told(text: str) -> str:
    """What ``server_core`` says, in the language of the window."""
    if not isinstance(text, Sentence):
        return translate(SERVER_CONTEXT, text)
    values = {
        name: told(value) if isinstance(value, Sentence) else value for name, value in text.values.items()
    }
    return translate(SERVER_CONTEXT, text.template).format(**values)


# What Qt writes on the buttons of its dialogs; its own translations don't come with the packaged program.
QT_TRANSLATE_NOOP("QPlatformTheme", "OK")
QT_TRANSLATE_NOOP("QPlatformTheme", "Cancel")
QT_TRANSLATE_NOOP("QPlatformTheme", "Close")
QT_TRANSLATE_NOOP("QGnomeTheme", "&OK")
QT_TRANSLATE_NOOP("QGnomeTheme", "&Cancel")
QT_TRANSLATE_NOOP("QGnomeTheme", "&Close")


def install(application: QCoreApplication, locale: QLocale) -> QTranslator | None:
    """Let ``application`` speak the language of ``locale``, or English, which is in the code: then None."""
    translator = QTranslator(application)
    if not translator.load(locale, "spindle", "_", str(LANGUAGES), ".qm"):
        return None
    application.installTranslator(translator)
    return translator
