"""One field of the form: its label above, a hint or what is wrong below."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton, QLabel, QVBoxLayout, QWidget

from gui.theme import Tone, TonedLabel


class FormField(QWidget):
    """The label names ``editor`` and what is wrong describes it, so that a screen reader says both."""

    def __init__(self, label: str, editor: QWidget, hint: str = "", *, row: QWidget | None = None) -> None:
        """``row`` is what stands below the label where that is more than the editor. A button or a box to
        tick bears the label itself.
        """
        super().__init__()
        self.editor = editor
        self._hint, self._hint_tone = hint, Tone.MUTED
        editor.setAccessibleName(label.replace("&", ""))
        self._note = TonedLabel(Tone.MUTED, smaller=True)
        self._note.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        if isinstance(editor, QAbstractButton):
            editor.setText(label)
        else:
            title = QLabel(label)
            title.setBuddy(editor)
            layout.addWidget(title)
        layout.addWidget(row or editor)
        layout.addWidget(self._note)
        self.error = ""
        self.show_error("")

    def show_hint(self, hint: str, tone: Tone = Tone.MUTED) -> None:
        self._hint, self._hint_tone = hint, tone
        self.show_error(self.error)

    def show_error(self, sentence: str) -> None:
        """What is wrong with the value; empty: nothing, then the hint shows again."""
        self.error = sentence
        self._note.show_text(sentence or self._hint, Tone.ERROR if sentence else self._hint_tone)
        self.editor.setAccessibleDescription(sentence or self._hint)

    def note(self) -> str:
        return self._note.text()
