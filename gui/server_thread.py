"""The thread in which one server lives, from binding to the last answer."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QThread, Signal

from server_core import ports
from server_core.errors import BindError, ConfigError
from server_core.http_server import HttpServer
from server_core.log_format import FORMATS
from server_core.log_writer import FileSink, LogWriter
from server_core.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server_core.config import Config
    from server_core.events import EventLog


@dataclass(frozen=True)
class Failure:
    """Why a server didn't run. Plain data: it travels from the server's thread to the window."""

    reason: str
    advice: str
    free_port: int = 0
    """A port that was free a moment ago, where another port is the way out."""


class ServerThread(QThread):
    """One start of the server. Referenced until ``finished`` was handled and ``wait()`` has returned."""

    stepped = Signal(object)
    """A :class:`State`; emitted in whatever thread took the step, so connect it queued."""

    def __init__(self, config: Config, events: EventLog) -> None:
        super().__init__()
        self.setObjectName("Server")
        self.config = config
        self._events = events
        self.server = HttpServer(config, events=events, on_state=self.stepped.emit)
        self.failure: Failure | None = None
        """Read after ``finished`` only."""

    def run(self) -> None:
        try:
            with self._log_file():
                self.server.prepare()
                self.server.serve()
        except BindError as error:
            self.failure = _explain(error)
        except ConfigError as error:  # no certificate to be had, or no log file
            self.failure = Failure(error.problems[0].sentence, "")
        except Exception as error:
            self.failure = Failure(
                Sentence("The server ended by an unexpected error: {why}.", why=error),
                Sentence("Start it again."),
            )
            sys.excepthook(type(error), error, error.__traceback__)

    @contextlib.contextmanager
    def _log_file(self) -> Iterator[None]:
        """What happens meanwhile is written to the log file, if there is to be one. Raises ConfigError."""
        if self.config.log_file is None:
            yield
            return
        try:
            sink = FileSink(self.config.log_file)
        except OSError as error:
            sentence = Sentence(
                "The log file {file} can't be written: {why}. Choose another.",
                file=self.config.log_file,
                why=error.strerror,
            )
            raise ConfigError.of("log_file", sentence) from None
        writer = LogWriter(self._events, [sink], FORMATS[self.config.log_format])
        try:
            yield
        finally:
            writer.close()


def _explain(error: BindError) -> Failure:
    return Failure(
        error.reason, error.advice, ports.free_port(error.host, above=error.port) if error.in_use else 0
    )
