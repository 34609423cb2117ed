"""What is known of one row, in full: the table cuts long texts, this doesn't."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt
from PySide6.QtGui import QFontDatabase, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QPlainTextEdit,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from gui.numbers import count, duration
from gui.theme import Tone, TonedLabel, ink, mix
from gui.translation import QT_TRANSLATE_NOOP, told, translate
from server_core.events import ERROR, INFO
from server_core.log_format import clock, escape

if TYPE_CHECKING:
    from collections.abc import Callable

    from server_core.events import Event

# A target may have 8 KiB: the first of it tells what it is, and the head below has all of it.
TEXT_CHARACTERS = 2_000


class Detail(NamedTuple):
    caption: str
    text: Callable[[Event], str]
    """Empty where there is nothing to say."""


def _request(event: Event) -> str:
    return f"{event.method} {event.target} {event.version}".strip() if event.method else event.kind


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _answer(event: Event) -> str:
    if not event.status:
        return event.level
    text = translate("DetailsView", "{status}, {bytes} bytes, {end}")
    end = translate("DetailsView", "kept open") if event.keep_alive else translate("DetailsView", "closed")
    return text.format(status=_phrase(event.status), bytes=count(event.sent_bytes), end=end)


def _client(event: Event) -> str:
    if not event.client:
        return ""
    text = translate("DetailsView", "{client}, connection {connection}, request {request}")
    return text.format(client=event.client, connection=event.connection, request=event.request)


def _timing(event: Event) -> str:
    if not event.status:
        return ""
    text = translate("DetailsView", "waited {waited}, took {took}")
    return text.format(waited=duration(event.waited_ms), took=duration(event.took_ms))


def _served(event: Event) -> str:
    if not event.worker:
        return clock(event.time_s)
    return translate("DetailsView", "{time} by {worker}").format(
        time=clock(event.time_s), worker=event.worker
    )


def _reason(event: Event) -> str:
    message = told(event.message)
    return f"{message} ({event.reason})" if event.reason and message else message or event.reason


DETAILS = (
    Detail(QT_TRANSLATE_NOOP("DetailsView", "Request"), _request),
    Detail(QT_TRANSLATE_NOOP("DetailsView", "Reason"), _reason),
    Detail(QT_TRANSLATE_NOOP("DetailsView", "Answer"), _answer),
    Detail(QT_TRANSLATE_NOOP("DetailsView", "Timing"), _timing),
    Detail(QT_TRANSLATE_NOOP("DetailsView", "Client"), _client),
    Detail(QT_TRANSLATE_NOOP("DetailsView", "Served"), _served),
)
REASON, TIMING = 1, 3


def translated(text: str) -> str:
    return QCoreApplication.translate("DetailsView", text)


def head_text(head: bytes) -> str:
    """A head as people read it: a field a line, unsafe characters escaped."""
    return "\n".join(map(escape, head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")))


class DetailsView(QWidget):
    """One row beside its heads; a hint until there is one."""

    def __init__(self) -> None:
        super().__init__()
        self._hint = TonedLabel(
            Tone.MUTED,
            self.tr("Choose a row of the log to see its request, its answer and where the time went."),
        )
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setWordWrap(True)
        self._lines: list[tuple[TonedLabel, TonedLabel]] = []
        self._bar = TimeBar()
        self.request_head = _head_box(self.tr("Request head"))
        self.response_head = _head_box(self.tr("Response head"))
        self._splitter = QSplitter()
        self._splitter.setHandleWidth(12)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self._make_summary())
        self._splitter.addWidget(_captioned(self.request_head))
        self._splitter.addWidget(_captioned(self.response_head))
        self._splitter.setSizes([360, 300, 300])
        self._pages = QStackedLayout(self)
        self._pages.setContentsMargins(0, 0, 0, 0)
        self._pages.addWidget(self._hint)
        self._pages.addWidget(self._splitter)
        self.show_event(None)

    def _make_summary(self) -> QWidget:
        inside = QWidget()
        layout = QGridLayout(inside)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setHorizontalSpacing(12)
        layout.setVerticalSpacing(5)
        layout.setColumnStretch(1, 1)
        for detail in DETAILS:
            row = layout.rowCount()
            caption = TonedLabel(Tone.MUTED, translated(detail.caption))
            value = TonedLabel(Tone.PLAIN)
            value.setWordWrap(True)
            value.setAccessibleName(translated(detail.caption))
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            layout.addWidget(caption, row, 0, Qt.AlignmentFlag.AlignTop)
            layout.addWidget(value, row, 1, Qt.AlignmentFlag.AlignTop)
            self._lines.append((caption, value))
            if detail is DETAILS[TIMING]:
                layout.addWidget(self._bar, row + 1, 1)
        layout.setRowStretch(layout.rowCount(), 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        return area

    def show_event(self, event: Event | None) -> None:
        """Show ``event``; None: how to choose one."""
        self._pages.setCurrentIndex(0 if event is None else 1)
        for number, (detail, (caption, value)) in enumerate(zip(DETAILS, self._lines, strict=True)):
            text = "" if event is None else escape(detail.text(event)[:TEXT_CHARACTERS])
            value.show_text(text, _tone(event) if event is not None and number == REASON else None)
            caption.setVisible(bool(text))
        self.request_head.setPlainText("" if event is None else head_text(event.request_head))
        self.response_head.setPlainText("" if event is None else head_text(event.response_head))
        self._bar.setVisible(event is not None and bool(event.status))
        if event is not None:
            self._bar.show_times(event.waited_ms, event.took_ms)

    def text(self) -> str:
        """All that is shown in the summary, a line each."""
        return "\n".join(
            f"{caption.text()}: {value.text()}" for caption, value in self._lines if value.text()
        )


def _tone(event: Event) -> Tone:
    if event.level == ERROR:
        return Tone.ERROR
    return Tone.PLAIN if event.level == INFO else Tone.WARNING


def _head_box(name: str) -> QPlainTextEdit:
    box = QPlainTextEdit()
    box.setReadOnly(True)
    box.setTabChangesFocus(True)
    box.setUndoRedoEnabled(False)
    box.setAccessibleName(name)
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPointSizeF(box.font().pointSizeF() * 0.95)
    box.setFont(font)
    box.setMinimumWidth(box.fontMetrics().averageCharWidth() * 18)
    return box


def _captioned(box: QPlainTextEdit) -> QWidget:
    holder = QWidget()
    layout = QVBoxLayout(holder)
    layout.setContentsMargins(0, 4, 0, 0)
    layout.setSpacing(4)
    layout.addWidget(TonedLabel(Tone.MUTED, box.accessibleName()))
    layout.addWidget(box, 1)
    return holder


class TimeBar(QWidget):
    """How long a request waited for a worker, and how long that took, side by side."""

    HEIGHT_PX = 5

    def __init__(self) -> None:
        super().__init__()
        self._waited_share = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Share of waiting"))

    def show_times(self, waited_ms: float, took_ms: float) -> None:
        whole_ms = waited_ms + took_ms
        self._waited_share = waited_ms / whole_ms if whole_ms else 0.0
        text = self.tr("{percent} % of the time went into waiting for a worker")
        self.setToolTip(text.format(percent=round(self._waited_share * 100)))
        self.setAccessibleDescription(self.toolTip())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(40, self.HEIGHT_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:
        palette = self.palette()
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(self.rect())
        painter.setBrush(mix(palette.window().color(), ink(palette, Tone.BUSY), 0.55))
        painter.drawRect(whole)
        whole.setWidth(whole.width() * self._waited_share)
        painter.setBrush(ink(palette, Tone.WARNING))
        painter.drawRect(whole)
        painter.end()
