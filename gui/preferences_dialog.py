"""What Spindle does besides serving: each a switch that works at once, off until somebody turns it on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QDir, QSignalBlocker, Slot
from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QVBoxLayout

from gui import autostart, awake, paths, tray
from gui.awake import Awake
from gui.feature import Feature
from gui.theme import Tone, TonedLabel
from server_core.lifecycle import State
from server_core.places import PORTABLE_MARKER, is_portable, program_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gui.main_window import MainWindow

KEEP_AWAKE = "keep-awake"
INDENT_PX = 22


class Switch(NamedTuple):
    """One box. ``why_not`` says why it can't be turned on here; empty where it can."""

    text: str
    note: Callable[[], str]
    is_on: Callable[[], bool]
    turn: Callable[[bool], None]
    """May raise OSError."""
    why_not: Callable[[], str]


class PreferencesDialog(QDialog):
    def __init__(self, switches: list[Switch], parent: MainWindow) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Preferences"))
        self.boxes: list[QCheckBox] = []
        self._notes: list[TonedLabel] = []
        self._switches = switches
        layout = QVBoxLayout(self)
        layout.setSpacing(4)
        for switch in switches:
            box = QCheckBox(switch.text)
            note = TonedLabel(Tone.MUTED, smaller=True)
            note.setWordWrap(True)
            note.setContentsMargins(INDENT_PX, 0, 0, 12)
            box.toggled.connect(self._on_toggled)
            layout.addWidget(box)
            layout.addWidget(note)
            self.boxes.append(box)
            self._notes.append(note)
        layout.addStretch(1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        layout.addWidget(buttons)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("x" * 64))
        self.refresh()

    def refresh(self) -> None:
        for box, note, switch in zip(self.boxes, self._notes, self._switches, strict=True):
            with QSignalBlocker(box):
                box.setChecked(switch.is_on())
            why_not = switch.why_not()
            box.setEnabled(not why_not or box.isChecked())
            self._explain(box, note, why_not or switch.note(), Tone.MUTED)

    def _explain(self, box: QCheckBox, note: TonedLabel, text: str, tone: Tone) -> None:
        note.show_text(text, tone)
        box.setAccessibleDescription(text)

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        number = next(number for number, box in enumerate(self.boxes) if box is self.sender())
        try:
            self._switches[number].turn(on)
        except OSError as error:
            self.refresh()
            text = self.tr("This can't be changed: {why}. Look at the rights to {path}.")
            text = text.format(why=error.strerror, path=error.filename)
            self._explain(self.boxes[number], self._notes[number], text, Tone.ERROR)
        else:
            self.refresh()


class PreferencesFeature(Feature):
    """``File > Preferences``, and the switch that follows the server: staying awake."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.dialog: PreferencesDialog | None = None
        self.awake = Awake()
        window.actions_by_name["preferences"].triggered.connect(self.open)
        window.controller.state_changed.connect(self._keep_awake)

    @Slot()
    def open(self) -> None:
        if self.dialog is None:
            self.dialog = PreferencesDialog(self._switches(), self.window)
        self.dialog.refresh()
        self.dialog.show()
        self.dialog.activateWindow()

    def _switches(self) -> list[Switch]:
        settings = self.window.settings
        tray_feature = self.window.feature("TrayFeature")
        return [
            Switch(
                self.tr("&Start with the computer"),
                lambda: self.tr("Serves as soon as you sign in. The file: {path}").format(
                    path=shown(autostart.file())
                ),
                autostart.is_on, autostart.turn, str,
            ),
            Switch(
                self.tr("Stay in the &tray"),
                lambda: self.tr("A closed window goes on serving beside the clock."),
                lambda: settings.is_on(tray.SWITCH),
                lambda on: self._turn(tray.SWITCH, on=on),
                lambda: "" if tray_feature.icon else self.tr("Not available: this desktop shows no tray."),
            ),
            Switch(
                self.tr("Keep this computer &awake"),
                lambda: self.tr("While the server runs; the screen may go dark."),
                lambda: settings.is_on(KEEP_AWAKE),
                lambda on: self._turn(KEEP_AWAKE, on=on),
                lambda: "" if awake.is_available() else self.tr("Not available: systemd-inhibit is missing."),
            ),
            Switch(
                self.tr("Keep settings &beside the program"),
                lambda: self.tr("For a stick that travels. The settings: {path}").format(
                    path=shown(settings.path)
                ),
                is_portable, self._turn_portable, str,
            ),
        ]  # fmt: skip

    def _turn(self, switch: str, *, on: bool) -> None:
        self.window.settings.turn(switch, on)
        self.window.remember()
        self._keep_awake(self.window.controller.state)

    def _turn_portable(self, on: bool) -> None:
        marker = program_folder() / PORTABLE_MARKER
        if on:
            marker.touch()
        else:
            marker.unlink()
        self.window.settings.path = paths.settings_file()
        self.window.remember()

    @Slot(object)
    def _keep_awake(self, state: State) -> None:
        if state is State.RUNNING and self.window.settings.is_on(KEEP_AWAKE):
            self.awake.hold()
        else:
            self.awake.release()

    def end(self) -> None:
        self.awake.release()


def shown(path: Path) -> str:
    return QDir.toNativeSeparators(str(path))
