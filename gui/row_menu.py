"""What can be done with one row of the log: copy it, send it again, look for its like, allow its host."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMenu

from gui.commands import Repeat, curl, powershell, repeat_of
from gui.feature import Feature
from gui.theme import Tone
from server_core.parser import HeadCache, RequestParser
from server_core.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gui.main_window import MainWindow
    from server_core.events import Event

NOT_ALLOWED = "host-not-allowed"
_SAVED = re.compile(r"saved /(uploads/upload_[0-9a-z_]+\.json)")


def refused_host(event: Event, own_port: int) -> str:
    """The host for which ``event`` was refused, as ``--allow-host`` takes it; empty where it was something
    else.
    """
    if event.reason != NOT_ALLOWED:
        return ""
    parser = RequestParser(0, HeadCache())
    parser.receive(event.request_head)
    try:
        request = parser.next_event()
    except Refusal:
        return ""
    host = getattr(request, "host", None)
    if host is None:
        return ""
    return host.name if host.port in {None, own_port} else f"{host.name}:{host.port}"


class RowMenu(Feature):
    """Opens over a row by the right mouse button or the menu key."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._table = window.log.table
        self._table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._table.customContextMenuRequested.connect(self._pop_up)

    @Slot(QPoint)
    def _pop_up(self, place: QPoint) -> None:
        if (event := self._table.current_event()) is not None:
            menu = self.make_menu(event)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self._table.viewport().mapToGlobal(place))

    def make_menu(self, event: Event) -> QMenu:
        menu = QMenu(self.window)
        menu.addAction(self.window.actions_by_name["copy_rows"])
        repeat = self.repeat(event)

        def add(text: str, do: Callable[[], object], possible: bool = True) -> None:
            action = menu.addAction(text)
            action.setEnabled(possible)
            action.triggered.connect(do)

        bare = repeat is not None and repeat.method == "POST" and not repeat.body
        as_curl = self.tr("Copy as curl, &without its body") if bare else self.tr("Copy as &curl")
        as_powershell = (
            self.tr("Copy as PowerShell, without its &body") if bare else self.tr("Copy as &PowerShell")
        )
        add(as_curl, lambda: _copy(repeat, curl), repeat is not None)
        add(as_powershell, lambda: _copy(repeat, powershell), repeat is not None)
        url = self.window.controller.url
        opens = bool(url) and event.method == "GET" and event.target.startswith("/")
        add(self.tr("&Open in browser"), lambda: _open(url, event.target), opens)
        menu.addSeparator()
        client, status = event.client.rpartition(":")[0], event.status
        show = self.window.log.filter_by
        add(
            self.tr("Only this c&lient: {client}").format(client=client),
            lambda: show(f"client:{client}"),
            bool(client),
        )
        add(
            self.tr("Only this &status: {status}").format(status=status),
            lambda: show(f"status:{status}"),
            bool(status),
        )
        add(self.tr("Show all &rows"), lambda: show(""), self.window.log.model.is_filtered)
        if host := self.host_to_allow(event):
            menu.addSeparator()
            add(self.tr("&Allow this host: {host}").format(host=host), lambda: self.allow(host))
        return menu

    def repeat(self, event: Event) -> Repeat | None:
        """The request of ``event``, with its body where that was saved; None where there is none."""
        controller = self.window.controller
        if not controller.last_url:
            return None
        body: bytes | Path = b""
        if (saved := _SAVED.fullmatch(event.message)) and controller.last_config is not None:
            body = controller.last_config.root / saved[1]
        return repeat_of(event, controller.last_url, body)

    def host_to_allow(self, event: Event) -> str:
        """What could be allowed now to have ``event`` answered the next time; empty: nothing."""
        port = QUrl(self.window.controller.url).port()
        return refused_host(event, port) if port > 0 else ""

    def allow(self, host: str) -> None:
        """Answer for ``host`` from now on, and at the next start."""
        self.window.controller.allow_host(host)
        self.window.form.add_allowed_host(host)
        self.window.remember()
        text = self.tr("{host} is answered for from now on. It stands with the allowed hosts.")
        self.window.banner.show_notice(Tone.GOOD, text.format(host=host))


def _copy(repeat: Repeat | None, write: Callable[[Repeat], str]) -> None:
    if repeat is not None:
        QGuiApplication.clipboard().setText(write(repeat))


def _open(url: str, target: str) -> None:
    QDesktopServices.openUrl(QUrl.fromEncoded((url.rstrip("/") + target).encode("ascii", "replace")))
