"""The self-test from inside the window: the scripts' checks against the running server, as they come."""

from __future__ import annotations

import queue
import threading
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from gui.check_run import FAILED, PASSED, SKIPPED, CheckRun, Outcome
from gui.checks import read_checks
from gui.hindrances import of_checks
from gui.numbers import count
from gui.theme import Tone, TonedLabel, ink
from gui.translation import QT_TRANSLATE_NOOP
from gui.trust import unchecked

if TYPE_CHECKING:
    from gui.main_window import MainWindow

DRAIN_EVERY_MS = 50
# A cancel is heard within a tenth of a second.
END_WITHIN_S = 1.0
PROGRESS_PX = 8

WORDS: dict[str, tuple[str, Tone]] = {
    PASSED: (QT_TRANSLATE_NOOP("ChecksDialog", "passed"), Tone.GOOD),
    FAILED: (QT_TRANSLATE_NOOP("ChecksDialog", "failed"), Tone.ERROR),
    SKIPPED: (QT_TRANSLATE_NOOP("ChecksDialog", "skipped"), Tone.MUTED),
}


class ChecksDialog(QDialog):
    """Runs at once; a thread sends the requests, a timer brings what it found."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._url, self._root = "", Path()
        self._checks = read_checks()
        self._run: CheckRun | None = None
        self._thread: threading.Thread | None = None
        self._found: queue.SimpleQueue[Outcome | None] = queue.SimpleQueue()
        self.outcomes: list[Outcome] = []
        self._groups: dict[str, QTreeWidgetItem] = {}
        self.setWindowTitle(self.tr("Self-test"))
        self._intro = TonedLabel(Tone.MUTED)
        self._intro.setWordWrap(True)
        self.hindrance = TonedLabel(Tone.WARNING)
        self.hindrance.setWordWrap(True)
        self.summary = TonedLabel(Tone.MUTED)
        self._progress = QProgressBar()
        self._tree = QTreeWidget()
        self._only_problems = QCheckBox(self.tr("&Only what did not pass"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.run_button = buttons.addButton(self.tr("&Run again"), QDialogButtonBox.ButtonRole.ActionRole)
        self._copy_button = buttons.addButton(self.tr("Cop&y"), QDialogButtonBox.ButtonRole.ActionRole)
        self._lay_out(buttons)
        self._timer = QTimer(self, interval=DRAIN_EVERY_MS)
        self._timer.timeout.connect(self._drain)
        self._only_problems.toggled.connect(self._filter)
        self.run_button.clicked.connect(self._run_or_cancel)
        self._copy_button.clicked.connect(self.copy)
        buttons.rejected.connect(self.reject)
        self.resize(780, 620)

    def _lay_out(self, buttons: QDialogButtonBox) -> None:
        self._tree.setColumnCount(2)
        self._tree.setHeaderLabels([self.tr("Check"), self.tr("Result")])
        self._tree.setAccessibleName(self.tr("Checks"))
        self._tree.setUniformRowHeights(True)
        header = self._tree.header()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(0, self.fontMetrics().horizontalAdvance("x" * 46))
        self._progress.setTextVisible(False)
        self._progress.setMaximumHeight(PROGRESS_PX)
        self._progress.setAccessibleName(self.tr("Progress"))
        below = QHBoxLayout()
        below.addWidget(self._only_problems)
        below.addStretch(1)
        below.addWidget(buttons)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(self._intro)
        layout.addWidget(self.hindrance)
        layout.addWidget(self.summary)
        layout.addWidget(self._progress)
        layout.addWidget(self._tree, 1)
        layout.addLayout(below)

    @property
    def is_running(self) -> bool:
        return self._thread is not None

    def refresh(self) -> None:
        """Offer to run where the server does; where it doesn't, what runs is cancelled."""
        config = self._window.controller.config
        self.run_button.setEnabled(config is not None)
        if config is None:
            self.cancel()
            return
        self._url, self._root = self._window.controller.url, config.root
        self.hindrance.show_text(of_checks(config))

    @Slot()
    def start(self) -> None:
        """Run all checks from the beginning, with a server that runs."""
        self.outcomes.clear()
        self._groups.clear()
        self._tree.clear()
        intro = self.tr(
            "The {count} checks of the test scripts, sent to {url}. What they upload is removed again."
        )
        self._intro.show_text(intro.format(count=count(len(self._checks)), url=self._url))
        self._progress.setRange(0, len(self._checks))
        self._found = queue.SimpleQueue()
        where = urlsplit(self._url)
        context = unchecked() if where.scheme == "https" else None
        self._run = CheckRun(self._checks, where.hostname or "", where.port or 80, self._root, context)
        self._thread = threading.Thread(
            target=_bring, args=(self._run, self._found), name="Checks", daemon=True
        )
        self._thread.start()
        self._timer.start()
        self._show_progress()

    @Slot()
    def cancel(self) -> None:
        if self._run is not None:
            self._run.cancel()

    def end(self) -> None:
        """Cancel and wait, for the end of the window: a second at most."""
        self.cancel()
        if self._thread is not None:
            self._thread.join(END_WITHIN_S)
        self._drain()

    @Slot()
    def _run_or_cancel(self) -> None:
        if self.is_running:
            self.cancel()
        else:
            self.start()

    @Slot()
    def _drain(self) -> None:
        self._tree.setUpdatesEnabled(False)
        while not self._found.empty():
            outcome = self._found.get()
            if outcome is None:
                self._thread = None
                self._timer.stop()
            else:
                self._add(outcome)
        self._tree.setUpdatesEnabled(True)
        self._show_progress()

    def _add(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        group = self._groups.get(outcome.check.group)
        if group is None:
            group = QTreeWidgetItem(self._tree, [outcome.check.group])
            group.setFirstColumnSpanned(True)
            group.setExpanded(True)
            self._groups[outcome.check.group] = group
        word, tone = WORDS[outcome.verdict]
        text = QCoreApplication.translate("ChecksDialog", word)
        item = QTreeWidgetItem(group, [outcome.check.name, f"{text}: {outcome.why}" if outcome.why else text])
        item.setToolTip(1, outcome.why)
        item.setData(0, Qt.ItemDataRole.UserRole, outcome.verdict)
        item.setForeground(1, ink(self.palette(), tone))
        item.setHidden(self._only_problems.isChecked() and outcome.verdict == PASSED)
        group.setHidden(all(each.isHidden() for each in _children(group)))
        if outcome.verdict == FAILED:
            self._tree.scrollToItem(item)

    @Slot()
    def _filter(self) -> None:
        only = self._only_problems.isChecked()
        for group in self._groups.values():
            for item in _children(group):
                item.setHidden(only and item.data(0, Qt.ItemDataRole.UserRole) == PASSED)
            group.setHidden(all(item.isHidden() for item in _children(group)))

    def _show_progress(self) -> None:
        done = len(self.outcomes)
        self._progress.setValue(done)
        self.run_button.setText(self.tr("C&ancel") if self.is_running else self.tr("&Run again"))
        numbers = {verdict: sum(each.verdict == verdict for each in self.outcomes) for verdict in WORDS}
        text = self.tr("{passed} passed, {failed} failed, {skipped} skipped")
        text = text.format(**{verdict: count(number) for verdict, number in numbers.items()})
        if not self.is_running and done < len(self._checks):
            text = self.tr("Cancelled after {done} of {all}: {numbers}").format(
                done=count(done), all=count(len(self._checks)), numbers=text
            )
        tone = Tone.ERROR if numbers[FAILED] else Tone.BUSY if done < len(self._checks) else Tone.GOOD
        self.summary.show_text(text, tone)

    @Slot()
    def copy(self) -> None:
        """The report as text: a line a check."""
        lines = [
            f"{each.verdict.upper():7} {each.check.name}: {each.why}".rstrip(": ") for each in self.outcomes
        ]
        QGuiApplication.clipboard().setText("\n".join([self._url, *lines, self.summary.text(), ""]))

    def done(self, result: int) -> None:
        self.end()
        super().done(result)


def _children(group: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    return [child for row in range(group.childCount()) if (child := group.child(row)) is not None]


def _bring(run: CheckRun, found: queue.SimpleQueue[Outcome | None]) -> None:
    """The thread: every outcome, then None."""
    try:
        for outcome in run.outcomes():
            found.put(outcome)
    finally:
        found.put(None)
