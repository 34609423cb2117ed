"""How others reach the server: their addresses, each to be copied, and a QR code for phones."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.addresses import DEFAULT_PORTS, Address, reachable
from gui.form_hints import NETWORK, of_firewall
from gui.qr_code import QrCode
from gui.theme import Tone, TonedLabel
from gui.translation import told
from gui.trust_view import TrustView

if TYPE_CHECKING:
    from gui.main_window import MainWindow
    from server_core.config import Config


class ShareDialog(QDialog):
    """Shows where the server is reached; asks the window for the network where it is this computer alone."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._scheme, self._port = "http", 0
        self.setWindowTitle(self.tr("Open on another device"))
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._note = TonedLabel(Tone.MUTED, smaller=True)
        self._note.setWordWrap(True)
        self.list = QListWidget()
        self.code = QrCode()
        self.copy_button = QPushButton(self.tr("Cop&y address"))
        self.trust = TrustView()
        self.network_button = QPushButton(self.tr("&Listen on the network"))
        self._lay_out()
        self.list.currentItemChanged.connect(self._show_current)
        self.list.itemActivated.connect(self.copy)
        self.copy_button.clicked.connect(self.copy)
        self.network_button.clicked.connect(self._listen_on_network)
        self.list.setSpacing(3)
        self.resize(600, 380)

    def _lay_out(self) -> None:
        label = QLabel(self.tr("&Addresses"))
        label.setBuddy(self.list)
        self.list.setAccessibleName(self.tr("Addresses"))
        left = QVBoxLayout()
        left.addWidget(label)
        left.addWidget(self.list, 1)
        left.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignLeft)
        self._addresses = QWidget()
        columns = QHBoxLayout(self._addresses)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(16)
        columns.addLayout(left, 1)
        columns.addWidget(self.code)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.network_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(self._text)
        layout.addWidget(self._addresses, 1)
        layout.addWidget(self.trust, 1)
        layout.addWidget(self._note)
        layout.addStretch(0)
        layout.addWidget(buttons)

    def refresh(self) -> None:
        """Show what others open, if the server runs."""
        config = self._window.controller.config
        where = urlsplit(self._window.controller.url)
        self._scheme = where.scheme or "http"
        self._port = where.port or DEFAULT_PORTS[self._scheme]
        found = reachable(config.host) if config else []
        self.list.clear()
        for address in found:
            self._add(address)
        self._addresses.setVisible(bool(found))
        self.network_button.setVisible(config is not None and not found and config.host != NETWORK)
        self._text.setText(self._sentence(config, found))
        self.trust.show_trust(told(self._window.controller.trust))
        self._note.show_text(of_firewall() if config else "")
        if found:
            self.list.setCurrentRow(0)
        else:
            self.code.show_text("")
        self.resize(self.width(), self.sizeHint().height())

    def _sentence(self, config: Config | None, found: list[Address]) -> str:
        if config is None:
            return self.tr("The server does not run.")
        if found:
            return self.tr(
                "On a device in the same network, scan the code with the camera or type one of the addresses."
            )
        if config.host == NETWORK:
            return self.tr("This computer is in no network at the moment. Connect it, then open this again.")
        return self.tr(
            "The server listens on this computer only: no other device can reach it. "
            "On the network everyone there can read the folder."
        )

    def _add(self, address: Address) -> None:
        url = address.url(self._port, self._scheme)
        adapter = address.adapter
        if address.virtual:
            adapter = self.tr("{adapter}, virtual").format(adapter=adapter)
        item = QListWidgetItem(f"{url}\n{adapter}" if adapter else url)
        item.setData(Qt.ItemDataRole.UserRole, url)
        self.list.addItem(item)

    def url(self) -> str:
        """The address that is chosen."""
        chosen = self.list.currentIndex()
        return str(chosen.data(Qt.ItemDataRole.UserRole)) if chosen.isValid() else ""

    @Slot()
    def _show_current(self) -> None:
        self.code.show_text(self.url())

    @Slot()
    def copy(self) -> None:
        if url := self.url():
            QGuiApplication.clipboard().setText(url)

    @Slot()
    def _listen_on_network(self) -> None:
        editor = self._window.form.field("host").editor
        editor.setProperty("currentIndex", 1)  # the form lists the network second
        self._window.restart()
