"""What the banner says of the server: why it did not start, and what a slow stop waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot

from gui.feature import Feature
from gui.theme import Tone
from gui.translation import told
from server_core.lifecycle import State

if TYPE_CHECKING:
    from gui.main_window import MainWindow
    from gui.server_thread import Failure

# A stop that takes longer than this shows what it waits for.
IN_FLIGHT_EVERY_MS = 300


class ServerNotices(Feature):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._in_flight_timer = QTimer(self, interval=IN_FLIGHT_EVERY_MS)
        self._in_flight_timer.timeout.connect(self._show_in_flight)
        window.controller.state_changed.connect(self._follow)
        window.controller.failed.connect(self._show_failure)

    @Slot(object)
    def _follow(self, state: State) -> None:
        if state is State.STOPPING:
            self._in_flight_timer.start()
        elif self._in_flight_timer.isActive():
            self._in_flight_timer.stop()
            self.window.banner.hide()

    @Slot(object)
    def _show_failure(self, failure: Failure) -> None:
        window = self.window
        text = f"{told(failure.reason)} {told(failure.advice)}"
        if not failure.free_port:
            window.banner.show_notice(Tone.ERROR, text)
            return

        def use_free_port() -> None:
            window.form.set_port(failure.free_port)
            window.start()

        offer = self.tr("Use port {port} instead").format(port=failure.free_port)
        window.banner.show_notice(Tone.ERROR, text, offer, use_free_port)
        window.banner.action_button.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _show_in_flight(self) -> None:
        controller = self.window.controller
        snapshot = controller.snapshot()
        if snapshot is None or controller.state is not State.STOPPING:
            return
        text = self.tr("Stopping. In progress: {busy}, waiting: {queued}, open connections: {open}.")
        text = text.format(busy=snapshot.busy_workers, queued=snapshot.queued, open=snapshot.open_connections)
        self.window.banner.show_notice(Tone.BUSY, text, self.tr("Cut them off now"), self._stop_now)

    def _stop_now(self) -> None:
        self.window.controller.stop(deadline_s=0.0)
