"""The top of the window: the buttons that start and stop, whether the server runs, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from gui.action_button import ActionButton, QuietButton, fit_words
from gui.theme import Chip, Tone, ink
from gui.translation import QT_TRANSLATE_NOOP
from server_core.lifecycle import State

if TYPE_CHECKING:
    from PySide6.QtGui import QAction, QResizeEvent

SPACING_PX, CHIP_GAP_PX = 6, 18

STATE_WORDS: dict[State, tuple[str, Tone]] = {
    State.STOPPED: (QT_TRANSLATE_NOOP("ServerBar", "Stopped"), Tone.MUTED),
    State.STARTING: (QT_TRANSLATE_NOOP("ServerBar", "Starting"), Tone.BUSY),
    State.RUNNING: (QT_TRANSLATE_NOOP("ServerBar", "Running"), Tone.GOOD),
    State.STOPPING: (QT_TRANSLATE_NOOP("ServerBar", "Stopping"), Tone.BUSY),
    State.FAILED: (QT_TRANSLATE_NOOP("ServerBar", "Failed"), Tone.ERROR),
}


def state_word(state: State) -> str:
    return QCoreApplication.translate("ServerBar", STATE_WORDS[state][0])


class ServerBar(QWidget):
    link_activated = Signal()

    def __init__(self, actions: dict[str, QAction]) -> None:
        super().__init__()
        self._url = ""
        self.chip = Chip([state_word(state) for state in STATE_WORDS])
        self.address = QLabel()
        self.address.setTextFormat(Qt.TextFormat.RichText)
        self.address.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.address.linkActivated.connect(self.link_activated)
        self._address_buttons = tuple(
            QuietButton(actions[name]) for name in ("open", "copy_address", "share")
        )
        self.start_button = ActionButton(actions["start"])
        self.stop_button = ActionButton(actions["stop"])
        self.restart_button = ActionButton(actions["restart"])
        self.start_button.setDefault(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACING_PX)
        for button in (self.start_button, self.stop_button, self.restart_button):
            layout.addWidget(button)
        layout.addSpacing(CHIP_GAP_PX)
        layout.addWidget(self.chip)
        layout.addSpacing(SPACING_PX)
        layout.addWidget(self.address)
        layout.addSpacing(SPACING_PX)
        for quiet in self._address_buttons:
            layout.addWidget(quiet)
        layout.addStretch(1)
        self.show_state(State.STOPPED, "")

    def show_state(self, state: State, url: str) -> None:
        """``url`` is empty unless running."""
        self.chip.show_word(state_word(state), STATE_WORDS[state][1])
        self._url = url
        self._colour_link()
        self.address.setAccessibleName(self.tr("Address: {url}").format(url=url) if url else "")
        self.address.setVisible(bool(url))
        for button in self._address_buttons:
            button.setVisible(bool(url))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        others = (self.start_button, self.stop_button, self.restart_button, self.chip, self.address)
        taken_px = sum(other.sizeHint().width() for other in others)
        gaps_px = SPACING_PX * (len(others) + len(self._address_buttons) + 3) + CHIP_GAP_PX
        fit_words(self._address_buttons, self.width() - taken_px - gaps_px)

    def _colour_link(self) -> None:
        # The address is the server's own: host and port, nothing that came from the network.
        colour = ink(self.palette(), Tone.BUSY).name()
        self.address.setText(
            f'<a href="{self._url}" style="color: {colour}">{self._url}</a>' if self._url else ""
        )

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._colour_link()
