"""Reads the form's texts in a thread and waits for it a moment only: a dead drive takes half a minute."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QObject, Signal

from server_core.config import Config
from server_core.errors import ConfigError
from server_core.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable

# A disk that is awake takes microseconds, one that sleeps seconds; people notice a window that stands still
# for longer than this.
PATIENCE_S = 0.25
# Folders that may be waited for at a time: a thread each.
WAITING = 4

Texts: TypeAlias = dict[str, str]
Outcome: TypeAlias = Config | ConfigError


class PatientReader(QObject):
    answered = Signal()
    """A folder that took too long has answered since: read again. Emitted in another thread."""

    def __init__(
        self, read: Callable[[Texts], Config] = Config.from_text, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._read = read
        self._waiting: set[str] = set()
        """Folders that have not answered yet."""
        self._late: tuple[Texts, Outcome] | None = None
        """What came when nobody waited any more."""
        self._lock = threading.Lock()

    def read(self, texts: Texts) -> Config:
        """The settings that ``texts`` mean, within :data:`PATIENCE_S`. Raises ConfigError, also where the
        folder does not answer in time. GUI thread.
        """
        outcome = self._ask(texts)
        if isinstance(outcome, ConfigError):
            raise outcome
        return outcome

    def _ask(self, texts: Texts) -> Outcome:
        folder = texts.get("root", "")
        with self._lock:
            late, self._late = self._late, None
            if late is not None and late[0] == texts:
                return late[1]
            if folder in self._waiting or len(self._waiting) >= WAITING:
                return _silent(folder)
            self._waiting.add(folder)
        box: list[Outcome] = []
        thread = threading.Thread(target=self._work, args=(texts, box), name="Settings check", daemon=True)
        thread.start()
        thread.join(PATIENCE_S)
        with self._lock:
            if box:
                return box[0]
            box.append(_silent(folder))  # tells the thread that it is late
            return box[0]

    def _work(self, texts: Texts, box: list[Outcome]) -> None:
        outcome: Outcome
        try:
            outcome = self._read(texts)
        except ConfigError as error:
            outcome = error
        with self._lock:
            self._waiting.discard(texts.get("root", ""))
            late = bool(box)
            if late:
                self._late = texts, outcome
            else:
                box.append(outcome)
        if late:
            self.answered.emit()


def _silent(folder: str) -> ConfigError:
    sentence = Sentence(
        "The folder {folder} does not answer: wait for its disk or network, or choose another.", folder=folder
    )
    return ConfigError.of("root", sentence)
