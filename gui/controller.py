"""Starts and stops the server for the window, which knows this interface alone: it may hide a process.

``STOPPED`` and ``FAILED`` are said when the thread has ended: whoever hears them may start again or quit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from server_core.lifecycle import OFFERED, State

if TYPE_CHECKING:
    from gui.server_thread import Failure, ServerThread
    from server_core.config import Config
    from server_core.events import EventLog
    from server_core.stats import Snapshot

STOP_DEADLINE_S = 10.0
# What the end of a thread may take beyond the deadline that its server was given.
THREAD_GRACE_S = 3.0


class ServerController(QObject):
    """Lives in the GUI thread; every method belongs to it and returns at once, save :meth:`shut_down`."""

    state_changed = Signal(object)
    """The new :class:`State`."""
    failed = Signal(object)
    """A :class:`Failure`, after ``state_changed`` said FAILED."""

    def __init__(self, events: EventLog, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._events = events
        self._state = State.STOPPED
        self._thread: ServerThread | None = None
        self._has_run = False
        self._start_again: Config | None = None
        self.last_config: Config | None = None
        """What the server was started with last, and what it was allowed since."""
        self.last_url = ""
        """Where it answered last; stays when it has stopped."""

    @property
    def state(self) -> State:
        return self._state

    @property
    def url(self) -> str:
        """What a browser on this computer opens; empty unless running."""
        return self._thread.server.url if self._thread and self._state is State.RUNNING else ""

    @property
    def trust(self) -> str:
        """How others trust the certificate that this computer made; empty where there is none."""
        return self._thread.server.trust if self._thread and self._state is State.RUNNING else ""

    @property
    def config(self) -> Config | None:
        """What the server runs with; None unless running."""
        return self.last_config if self._state is State.RUNNING else None

    def snapshot(self) -> Snapshot | None:
        """What the server does now; None where there is none."""
        return self._thread.server.snapshot() if self._thread and self._has_run else None

    def start(self, config: Config) -> None:
        if "start" not in OFFERED[self._state]:
            return
        from gui.server_thread import ServerThread  # the window is shown without the server

        self.last_config = config
        thread = ServerThread(config, self._events)
        thread.stepped.connect(self._on_stepped, Qt.ConnectionType.QueuedConnection)
        thread.finished.connect(self._on_finished, Qt.ConnectionType.QueuedConnection)
        self._thread, self._has_run = thread, False
        self._become(State.STARTING)
        thread.start()

    def stop(self, deadline_s: float = STOP_DEADLINE_S) -> None:
        """Stop within ``deadline_s``; asked again with less, cut sooner. Also calls off a restart."""
        self._start_again = None
        if self._thread is not None:
            self._thread.server.stop(deadline_s)
            self._become(State.STOPPING)

    def allow_host(self, entry: str) -> None:
        """Answer for one more host from now on, if running. Raises ValueError where it is none."""
        if self._thread and self._state is State.RUNNING:
            self._thread.server.allow_host(entry)
            self.last_config = self._thread.server.config

    def restart(self, config: Config) -> None:
        if "restart" in OFFERED[self._state]:
            self.stop()
            self._start_again = config

    def shut_down(self, deadline_s: float) -> bool:
        """Stop and wait, at the end of the program; whether the thread has ended in time. Blocks."""
        thread, self._start_again = self._thread, None
        if thread is None:
            return True
        thread.server.stop(deadline_s)
        thread.quit()
        return thread.wait(int((deadline_s + THREAD_GRACE_S) * 1000))

    @Slot(object)
    def _on_stepped(self, state: State) -> None:
        # A stop asked for in the meantime is already shown; STARTING and the ends are said elsewhere.
        if state is State.RUNNING:
            self._has_run = True
            if self._state is State.STARTING:
                self.last_url = self._thread.server.url if self._thread else ""
                self._become(State.RUNNING)
        elif state is State.STOPPING:
            self._become(State.STOPPING)

    @Slot()
    def _on_finished(self) -> None:
        thread, self._thread = self._thread, None
        if thread is None:
            return
        thread.wait()
        again, self._start_again = self._start_again, None
        failure: Failure | None = thread.failure
        self._become(State.FAILED if failure else State.STOPPED)
        if failure:
            self.failed.emit(failure)
        elif again:
            self.start(again)

    def _become(self, state: State) -> None:
        if state is not self._state:
            self._state = state
            self.state_changed.emit(state)
