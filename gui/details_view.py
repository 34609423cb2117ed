"""What is known of one row, in full: the table cuts long texts, this doesn't."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from gui.numbers import count, duration
from gui.theme import Tone, TonedLabel
from gui.translation import QT_TRANSLATE_NOOP
from server_core.log_format import clock, escape

if TYPE_CHECKING:
    from collections.abc import Callable

    from server_core.events import Event

# A target may have 8 KiB: the first of it tells what it is, and the log file has all of it.
TEXT_CHARACTERS = 2_000


class Detail(NamedTuple):
    caption: str
    text: Callable[[Event], str]
    """Empty where there is nothing to say."""
    place: tuple[int, int, int]
    """Row, column, and the columns that it takes in a grid of two."""


def _request(event: Event) -> str:
    return f"{event.method} {event.target} {event.version}" if event.method else event.kind


def _answer(event: Event) -> str:
    if not event.status:
        return event.level
    text = translated("{status}, {bytes} bytes, {end}")
    end = translated("kept open") if event.keep_alive else translated("closed")
    return text.format(status=event.status, bytes=count(event.sent_bytes), end=end)


def _client(event: Event) -> str:
    if not event.client:
        return ""
    text = translated("{client}, connection {connection}, request {request}")
    return text.format(client=event.client, connection=event.connection, request=event.request)


def _timing(event: Event) -> str:
    if not event.status:
        return ""
    text = translated("waited {waited}, took {took}")
    return text.format(waited=duration(event.waited_ms), took=duration(event.took_ms))


def _served(event: Event) -> str:
    if not event.worker:
        return clock(event.time_s)
    return translated("{time} by {worker}").format(time=clock(event.time_s), worker=event.worker)


def _reason(event: Event) -> str:
    return (
        f"{event.message} ({event.reason})"
        if event.reason and event.message
        else event.message or event.reason
    )


DETAILS = (
    Detail(QT_TRANSLATE_NOOP("DetailsView", "Request"), _request, (0, 0, 2)),
    Detail(QT_TRANSLATE_NOOP("DetailsView", "Reason"), _reason, (1, 0, 2)),
    Detail(QT_TRANSLATE_NOOP("DetailsView", "Answer"), _answer, (2, 0, 1)),
    Detail(QT_TRANSLATE_NOOP("DetailsView", "Timing"), _timing, (2, 1, 1)),
    Detail(QT_TRANSLATE_NOOP("DetailsView", "Client"), _client, (3, 0, 1)),
    Detail(QT_TRANSLATE_NOOP("DetailsView", "Served"), _served, (3, 1, 1)),
)


def translated(text: str) -> str:
    return QCoreApplication.translate("DetailsView", text)


class DetailsView(QWidget):
    """Empty until a row is shown."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[tuple[Detail, TonedLabel, QLabel]] = []
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(10)
        layout.setVerticalSpacing(3)
        layout.setColumnStretch(1, 1)
        layout.setColumnStretch(3, 1)
        for detail in DETAILS:
            row, column, span = detail.place
            caption = TonedLabel(Tone.MUTED, translated(detail.caption))
            value = QLabel()
            value.setTextFormat(Qt.TextFormat.PlainText)
            value.setWordWrap(True)
            value.setAccessibleName(translated(detail.caption))
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            layout.addWidget(caption, row, column * 2, Qt.AlignmentFlag.AlignTop)
            layout.addWidget(value, row, column * 2 + 1, 1, span * 2 - 1, Qt.AlignmentFlag.AlignTop)
            self._lines.append((detail, caption, value))
        layout.setRowStretch(len(DETAILS), 1)
        self.show_event(None)

    def show_event(self, event: Event | None) -> None:
        """Show ``event``; None: nothing."""
        for detail, caption, value in self._lines:
            text = "" if event is None else escape(detail.text(event)[:TEXT_CHARACTERS])
            value.setText(text)
            caption.setVisible(bool(text))
            value.setVisible(bool(text))

    def text(self) -> str:
        """All that is shown, a line each."""
        return "\n".join(
            f"{caption.text()}: {value.text()}" for _, caption, value in self._lines if value.text()
        )
