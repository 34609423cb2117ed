"""What to serve and how: the fields, and under each what is wrong with it."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QDir, QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.form_field import FormField
from gui.patient_reader import PatientReader
from gui.risks import risk_of, sentence_of
from gui.theme import Tone, TonedLabel, keep_disabled_readable
from server_core.config import Config
from server_core.errors import ConfigError
from server_core.hosts import WILDCARD_ADDRESSES, normalise_address

THIS_COMPUTER = "127.0.0.1"
NETWORK = "0.0.0.0"

# Checking a folder asks the disk: wait until the typing pauses.
CHECK_AFTER_MS = 250


def firewall_sentence() -> str:
    """What the system asks when a program listens on the network for the first time."""
    if sys.platform == "win32":
        return QCoreApplication.translate(
            "ConfigForm", "Windows asks once whether to let others in: allow private networks."
        )
    return QCoreApplication.translate("ConfigForm", "A firewall on this computer may have to let them in.")


class ConfigForm(QWidget):
    """Fields hold texts; :meth:`config` makes them a Config or shows what is wrong. GUI thread."""

    submitted = Signal()
    """Enter was pressed in a field."""

    def __init__(self, texts: dict[str, str], recent_folders: list[str]) -> None:
        """``texts`` by attribute name of Config; those that have no field are kept and handed on."""
        super().__init__()
        self._texts = dict(texts)
        self._hidden_problem = ""
        self._folder = QComboBox()
        self._port = QLineEdit()
        self._threads = QLineEdit()
        self._listen_on = QComboBox()
        self._allow_hosts = QLineEdit()
        self._fields = self._make_fields()
        self._fixed_note = TonedLabel(Tone.MUTED, self.tr("Stop the server to change these."))
        self._fixed_note.setWordWrap(True)
        self._fixed_note.hide()
        self._lay_out()
        self._fill(recent_folders)
        self._reader = PatientReader(parent=self)
        self._reader.answered.connect(self.check, Qt.ConnectionType.QueuedConnection)
        self._check_timer = QTimer(self, singleShot=True, interval=CHECK_AFTER_MS)
        self._check_timer.timeout.connect(self.check)
        self._connect()
        keep_disabled_readable(self)
        self.check()

    def _make_fields(self) -> dict[str, FormField]:
        self._folder.setEditable(True)
        self._folder.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._folder.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._folder.setMinimumContentsLength(14)
        self._browse = QPushButton(self.tr("Browse…"))
        self._browse.setAutoDefault(False)
        self._browse.setAccessibleName(self.tr("Browse for the folder"))
        folder_row = QWidget()
        row = QHBoxLayout(folder_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._folder, 1)
        row.addWidget(self._browse)
        # A drop belongs to the whole window; a line edit would take it as text.
        for editor in (self._port, self._threads, self._allow_hosts, self._folder):
            editor.setAcceptDrops(False)
        self._line_edit().setAcceptDrops(False)
        return {
            "root": FormField(self.tr("Fol&der"), self._folder, row=folder_row),
            "port": FormField(self.tr("&Port"), self._port),
            "threads": FormField(self.tr("Worker &threads"), self._threads),
            "host": FormField(self.tr("Listen o&n"), self._listen_on),
            "allow_hosts": FormField(
                self.tr("A&llowed hosts"),
                self._allow_hosts,
                self.tr("Names to answer for besides this computer's own."),
            ),
        }

    def _line_edit(self) -> QLineEdit:
        line_edit = self._folder.lineEdit()
        assert line_edit is not None  # the combo box was made editable
        return line_edit

    def _lay_out(self) -> None:
        numbers = QHBoxLayout()
        numbers.setSpacing(12)
        numbers.addWidget(self._fields["port"], 1, Qt.AlignmentFlag.AlignTop)
        numbers.addWidget(self._fields["threads"], 1, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(14)
        layout.addWidget(self._fields["root"])
        layout.addLayout(numbers)
        layout.addWidget(self._fields["host"])
        layout.addWidget(self._fields["allow_hosts"])
        layout.addWidget(self._fixed_note)
        layout.addStretch(1)

    def _fill(self, recent_folders: list[str]) -> None:
        texts = {**Config().to_text(), **self._texts}
        self._folder.addItems([folder for folder in recent_folders if Path(folder) != Path(texts["root"])])
        self._folder.insertItem(0, texts["root"])
        self._folder.setCurrentIndex(0)
        self._line_edit().setCursorPosition(0)
        self._listen_on.addItem(self.tr("This computer only"), THIS_COMPUTER)
        self._listen_on.addItem(self.tr("The network"), NETWORK)
        self._show_texts(texts)

    def _show_texts(self, texts: dict[str, str]) -> None:
        self._port.setText(texts["port"])
        self._threads.setText(texts["threads"])
        self._allow_hosts.setText(texts["allow_hosts"])
        if self._listen_on.findData(texts["host"]) < 0:
            self._listen_on.addItem(texts["host"], texts["host"])
        self._listen_on.setCurrentIndex(self._listen_on.findData(texts["host"]))

    def _connect(self) -> None:
        self._browse.clicked.connect(self.browse)
        self._folder.currentTextChanged.connect(self._on_typed)
        self._listen_on.currentIndexChanged.connect(self._on_typed)
        for editor in (self._port, self._threads, self._allow_hosts):
            editor.textChanged.connect(self._on_typed)
        for editor in (self._line_edit(), self._port, self._threads, self._allow_hosts):
            editor.returnPressed.connect(self.submitted)

    @Slot()
    def _on_typed(self) -> None:
        self._check_timer.start()

    def set_texts(self, texts: dict[str, str]) -> None:
        """Show other settings; those that ``texts`` doesn't name get their defaults."""
        self._texts = dict(texts)
        shown = {**Config().to_text(), **texts}
        self._folder.setCurrentText(shown["root"])
        self._show_texts(shown)
        self.check()

    def texts(self) -> dict[str, str]:
        """What is typed, by attribute name of Config, with the settings that have no field."""
        return {
            **self._texts,
            "root": self._folder.currentText(),
            "port": self._port.text(),
            "threads": self._threads.text(),
            "host": self._listen_on.currentData(),
            "allow_hosts": self._allow_hosts.text(),
        }

    @Slot()
    def check(self) -> None:
        self.config()

    def config(self) -> Config | None:
        """The settings, or None where some are wrong: then each is explained under its field."""
        problems: dict[str, str] = {}
        config = None
        try:
            config = self._reader.read(self.texts())
        except ConfigError as error:
            problems = dict(error.problems)
        self._hidden_problem = " ".join(
            sentence for name, sentence in problems.items() if name not in self._fields
        )
        for name, field in self._fields.items():
            field.show_error(problems.get(name, ""))
        self._fields["host"].show_hint(self._listening_hint())
        self._fields["root"].show_hint(self._folder_hint(config))
        return config

    @property
    def hidden_problem(self) -> str:
        """What :meth:`config` found wrong in settings that the file holds and the form doesn't show."""
        return self._hidden_problem

    def focus_first_error(self) -> None:
        for field in self._fields.values():
            if field.error:
                field.editor.setFocus(Qt.FocusReason.OtherFocusReason)
                return

    def _folder_hint(self, config: Config | None) -> str:
        risk = risk_of(config.root) if config else ""
        return sentence_of(risk) if risk else self.tr("Or drop a folder on this window.")

    def _listening_hint(self) -> str:
        host = self._listen_on.currentData()
        if normalise_address(host) in WILDCARD_ADDRESSES:
            return self.tr("Everyone on your network can read this folder.") + " " + firewall_sentence()
        if host == THIS_COMPUTER:
            return self.tr("Nobody else can reach it.")
        return ""

    def field(self, name: str) -> FormField:
        """The field of one attribute of Config."""
        return self._fields[name]

    def set_folder(self, folder: str) -> None:
        self._folder.setCurrentText(QDir.toNativeSeparators(folder))
        self.check()

    def set_port(self, port: int) -> None:
        self._port.setText(str(port))
        self.check()

    def add_allowed_host(self, entry: str) -> None:
        entries = self._allow_hosts.text().replace(",", " ").split()
        if entry not in entries:
            self._allow_hosts.setText(", ".join((*entries, entry)))

    def remember_folders(self, folders: list[str]) -> None:
        """Offer ``folders`` in the list, leaving what is typed."""
        typed = self._folder.currentText()
        self._folder.blockSignals(True)
        self._folder.clear()
        self._folder.addItems(folders)
        self._folder.setCurrentText(typed)
        self._folder.blockSignals(False)

    @Slot()
    def browse(self) -> None:
        start = self._folder.currentText()
        folder = QFileDialog.getExistingDirectory(self, self.tr("Choose the folder to serve"), start)
        if folder:
            self.set_folder(folder)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            keep_disabled_readable(self)

    def set_fixed(self, fixed: bool) -> None:
        """While the server runs its settings can be read and not changed."""
        for field in self._fields.values():
            field.setEnabled(not fixed)
        # An example in a field that is fixed would be taken for its value.
        self._allow_hosts.setPlaceholderText("" if fixed else self.tr("example.test, *.example.test"))
        self._fixed_note.setVisible(fixed)
