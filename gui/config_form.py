"""What to serve and how: the fields, and under each what is wrong with it."""

from __future__ import annotations

from PySide6.QtCore import QDir, QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui import form_hints
from gui.folder_editor import FolderEditor
from gui.form_field import FormField
from gui.form_hints import NETWORK, THIS_COMPUTER
from gui.patient_reader import PatientReader
from gui.server_texts import DEFAULTS, NOT_IN_WINDOW, Texts, holding
from gui.setting_editors import ChoiceEditor
from gui.theme import Tone, TonedLabel, keep_disabled_readable
from gui.translation import told
from server_core.config import SETTINGS, Config
from server_core.errors import ConfigError

# Checking a folder asks the disk: wait until the typing pauses.
CHECK_AFTER_MS = 250


class ConfigForm(QWidget):
    """Fields hold texts; :meth:`config` makes them a Config or shows what is wrong. GUI thread."""

    submitted = Signal()
    """Enter was pressed in a field."""
    more_wanted = Signal(str)
    """The settings that have no field here are to be seen, the one of this name first; empty: any."""
    checked = Signal()
    """:meth:`problem` says what is wrong now."""
    replaced = Signal()
    """All texts are others."""

    def __init__(self, texts: Texts, recent_folders: list[str]) -> None:
        """``texts`` of settings that have no field here are edited elsewhere, by :meth:`set_text`."""
        super().__init__()
        self._texts = dict(texts)
        self._problems: dict[str, str] = {}
        self.checked_config: Config | None = None
        """What :meth:`config` found last."""
        self._is_fixed = False
        self._folder = FolderEditor()
        self._port = QLineEdit()
        self._threads = QLineEdit()
        self._listen_on = QComboBox()
        self._allow_hosts = QLineEdit()
        self._profile = ChoiceEditor(next(each for each in SETTINGS if each.name == "profile"))
        self._more = QPushButton()
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
        # A drop belongs to the whole window; a line edit would take it as text.
        for editor in (self._port, self._threads, self._allow_hosts, self._folder):
            editor.setAcceptDrops(False)
        self._folder.line.setAcceptDrops(False)
        return {
            "root": FormField(self.tr("Fol&der"), self._folder, row=self._folder.row),
            "port": FormField(self.tr("&Port"), self._port),
            "threads": FormField(self.tr("Worker &threads"), self._threads),
            "host": FormField(self.tr("Listen o&n"), self._listen_on),
            "allow_hosts": FormField(
                self.tr("A&llowed hosts"),
                self._allow_hosts,
                self.tr("Besides this computer's own names."),
            ),
            "profile": FormField(self.tr("Prof&ile"), self._profile),
            "more": FormField(self.tr("More settin&gs…"), self._more),
        }

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
        layout.addWidget(self._fields["profile"])
        layout.addWidget(self._fields["more"])
        layout.addWidget(self._fixed_note)
        layout.addStretch(1)

    def _fill(self, recent_folders: list[str]) -> None:
        texts = {**DEFAULTS, **self._texts}
        self._folder.fill(texts["root"], recent_folders)
        self._listen_on.addItem(self.tr("This computer only"), THIS_COMPUTER)
        self._listen_on.addItem(self.tr("The network"), NETWORK)
        self._show_texts(texts)

    def _show_texts(self, texts: Texts) -> None:
        self._port.setText(texts["port"])
        self._threads.setText(texts["threads"])
        self._allow_hosts.setText(texts["allow_hosts"])
        if self._listen_on.findData(texts["host"]) < 0:
            self._listen_on.addItem(texts["host"], texts["host"])
        self._listen_on.setCurrentIndex(self._listen_on.findData(texts["host"]))
        self._profile.show_value(texts["profile"])

    def _connect(self) -> None:
        self._folder.browsed.connect(self.check)
        self._folder.currentTextChanged.connect(self._on_typed)
        self._listen_on.currentIndexChanged.connect(self._on_typed)
        self._profile.currentIndexChanged.connect(self._on_typed)
        self._more.clicked.connect(self._on_more)
        for editor in (self._port, self._threads, self._allow_hosts):
            editor.textChanged.connect(self._on_typed)
        for editor in (self._folder.line, self._port, self._threads, self._allow_hosts):
            editor.returnPressed.connect(self.submitted)

    @Slot()
    def _on_typed(self) -> None:
        self._check_timer.start()

    @Slot()
    def _on_more(self) -> None:
        self.more_wanted.emit(self._elsewhere())

    def set_texts(self, texts: Texts) -> None:
        """Show other settings; those that ``texts`` doesn't name get their defaults."""
        self._texts = dict(texts)
        shown = {**DEFAULTS, **texts}
        self._folder.setCurrentText(shown["root"])
        self._show_texts(shown)
        self.replaced.emit()
        self.check()

    def set_text(self, name: str, text: str) -> None:
        """Change a setting that has no field here; it is checked when the typing pauses."""
        self._texts[name] = text
        if text == DEFAULTS[name]:
            del self._texts[name]
        self._on_typed()

    def texts(self) -> Texts:
        """What is typed, and the settings that have no field here, also those that do not hold."""
        return {
            **self._texts,
            "root": self._folder.currentText(),
            "port": self._port.text(),
            "threads": self._threads.text(),
            "host": self._listen_on.currentData(),
            "allow_hosts": self._allow_hosts.text(),
            "profile": self._profile.value(),
        }

    @Slot()
    def check(self) -> None:
        self.config()

    def config(self) -> Config | None:
        """The settings that hold, or None where some are wrong: then each is explained under its field."""
        self._problems = {}
        config = None
        texts = {name: text for name, text in holding(self.texts()).items() if name not in NOT_IN_WINDOW}
        try:
            config = self._reader.read(texts)
        except ConfigError as error:
            self._problems = {name: told(sentence) for name, sentence in error.problems}
        for name, field in self._fields.items():
            field.show_error(self.problem(name))
        self._fields["more"].show_error(self.problem(self._elsewhere()))
        self._show_hints(config)
        self.checked_config = config
        self.checked.emit()
        return config

    def _show_hints(self, config: Config | None) -> None:
        texts, warned = self.texts(), form_hints.of_warnings(config)
        more = f"{form_hints.of_more(texts, self._fields)} {warned}".strip()
        self._fields["root"].show_hint(form_hints.of_folder(config, may_change=not self._is_fixed))
        self._fields["host"].show_hint(form_hints.of_listening(texts["host"]))
        self._fields["profile"].show_hint(form_hints.of_profile(texts))
        self._fields["more"].show_hint(more, Tone.WARNING if warned else Tone.MUTED)

    def problem(self, name: str) -> str:
        """What was wrong with a setting when it was checked last; empty where it was right."""
        return self._problems.get(name, "")

    def _elsewhere(self) -> str:
        """The first setting that is wrong and has no field here."""
        return next((name for name in self._problems if name not in self._fields), "")

    def focus_first_error(self) -> None:
        for name, field in self._fields.items():
            if name == "more" and field.error:
                self.more_wanted.emit(self._elsewhere())
            elif field.error:
                field.editor.setFocus(Qt.FocusReason.OtherFocusReason)
            if field.error:
                return

    def field(self, name: str) -> FormField:
        """The field of one attribute of Config."""
        return self._fields[name]

    def has_field(self, name: str) -> bool:
        return name in self._fields

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
        self._folder.offer(folders)

    @Slot()
    def browse(self) -> None:
        self._folder.browse()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            keep_disabled_readable(self)

    def set_fixed(self, fixed: bool) -> None:
        """While the server runs its settings can be read and not changed."""
        self._is_fixed = fixed
        for name, field in self._fields.items():
            field.setEnabled(name == "more" or not fixed)
        # An example in a field that is fixed would be taken for its value.
        self._allow_hosts.setPlaceholderText("" if fixed else self.tr("example.test, *.example.test"))
        self._fixed_note.setVisible(fixed)
        self._show_hints(self.checked_config)
